// Makes a link with which anyone can watch the job, and ends all that were made.
import { useId, useState } from "react";

import { plain } from "../api/failures";
import { mutate } from "../api/mutate";
import { ShareDocument, UnshareDocument } from "../generated/graphql";
import { CopyButton } from "../parts/CopyButton";
import { Dialog } from "../parts/Dialog";
import { full } from "../parts/time";
import { watchAddress } from "../session/credentials";
import { text } from "../text";

const LENGTHS = ["PT1H", "P1D", "P7D"] as const;

export function Share({ id, onClose }: { id: string; onClose: () => void }) {
  const [length, setLength] = useState<(typeof LENGTHS)[number]>("P1D");
  const [link, setLink] = useState<{ address: string; until: string } | null>(null);
  const [said, setSaid] = useState<{ words: string; problem: boolean } | null>(null);
  const select = useId();

  async function make() {
    const { data, refused } = await mutate(ShareDocument, { id, expiresIn: length });
    if (refused !== undefined) return setSaid({ words: refused, problem: true });
    const made = data.createWatchLink;
    if ("message" in made) return setSaid({ words: plain(made.message), problem: true });
    setSaid(null);
    if ("token" in made) setLink({ address: watchAddress(id, made.token), until: made.expiresAt });
  }

  async function revoke() {
    const { data, refused } = await mutate(UnshareDocument, { id });
    const problem =
      refused ?? ("message" in data!.revokeWatchLinks && plain(data!.revokeWatchLinks.message));
    setSaid(
      problem
        ? { words: problem, problem: true }
        : { words: text.job.share.revoked, problem: false },
    );
    if (!problem) setLink(null);
  }

  return (
    <Dialog title={text.job.share.title} onClose={onClose}>
      <p>{text.job.share.body}</p>
      <div className="inline">
        <label htmlFor={select}>{text.job.share.length}</label>
        <select
          id={select}
          value={length}
          onChange={(event) => setLength(event.target.value as typeof length)}
        >
          {LENGTHS.map((one) => (
            <option key={one} value={one}>
              {text.job.share.lengths[one]}
            </option>
          ))}
        </select>
        <button className="primary" onClick={() => void make()}>
          {text.job.share.make}
        </button>
      </div>
      {link && (
        <div className="made">
          <input
            readOnly
            aria-label={text.job.share.link}
            value={link.address}
            onFocus={(event) => event.target.select()}
          />
          <CopyButton value={link.address} />
          <p className="quiet">{text.job.share.until(full(link.until))}</p>
        </div>
      )}
      {said && (
        <p className={said.problem ? "problem" : "quiet"} role="alert">
          {said.words}
        </p>
      )}
      <div className="dialog-actions">
        <button className="danger" onClick={() => void revoke()}>
          {text.job.share.revoke}
        </button>
      </div>
    </Dialog>
  );
}
