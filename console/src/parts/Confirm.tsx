// Asks before something is done that cannot be taken back, and says when it could not be done.
import { useState } from "react";

import { text } from "../text";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  body: string;
  action: string;
  danger?: boolean;
  /** Does it; the words of why it could not be done, or null. */
  run: () => Promise<string | null>;
  onClose: () => void;
}

export function Confirm({ title, body, action, danger, run, onClose }: Props) {
  const [refused, setRefused] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function confirm() {
    setBusy(true);
    setRefused(null);
    const problem = await run();
    setBusy(false);
    if (problem === null) onClose();
    else setRefused(problem);
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <p>{body}</p>
      {refused && (
        <p className="problem" role="alert">
          {refused}
        </p>
      )}
      <div className="dialog-actions">
        <button onClick={onClose}>{text.back}</button>
        <button
          className={danger ? "danger" : "primary"}
          disabled={busy}
          onClick={() => void confirm()}
        >
          {action}
        </button>
      </div>
    </Dialog>
  );
}
