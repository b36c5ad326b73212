// What can be done with a job; what cannot be done says why.
import { useId, useState } from "react";

import { plain } from "../api/failures";
import { mutate } from "../api/mutate";
import { CancelDocument, RetryDocument } from "../generated/graphql";
import { Confirm } from "../parts/Confirm";
import { ENDED } from "../parts/Status";
import { navigate, pathOf } from "../router";
import type { Schema } from "../schema/schema";
import { useCredentials } from "../session/credentials";
import { useViewer } from "../session/viewer";
import { text } from "../text";
import { Operation } from "./Operation";
import type { Job } from "./record";
import { Share } from "./Share";

interface Props {
  job: Job;
  schema: Schema;
  events: string;
}

type Open = "cancel" | "retry" | "share" | "operation" | null;

export function Actions({ job, schema, events }: Props) {
  const [open, setOpen] = useState<Open>(null);
  const viewer = useViewer();
  const { watching } = useCredentials();
  const mine = viewer !== null && (viewer.admin || viewer.id === job.owner);
  const close = () => setOpen(null);

  const notMine = mine ? null : text.job.notYours;
  const noCancel =
    notMine ??
    (ENDED.has(job.status) ? text.job.cancel.ended : null) ??
    (job.status === "CANCELLING" ? text.job.cancel.under : null);
  const noRetry =
    notMine ?? (job.status === "FAILED" || job.status === "CANCELLED" ? null : text.job.retry.not);

  return (
    <div className="actions">
      {!watching && (
        <>
          <Action name={text.job.cancel.action} not={noCancel} onClick={() => setOpen("cancel")} />
          <Action name={text.job.retry.action} not={noRetry} onClick={() => setOpen("retry")} />
          <Action name={text.job.share.action} not={notMine} onClick={() => setOpen("share")} />
        </>
      )}
      <button onClick={() => setOpen("operation")}>{text.job.operation.action}</button>
      {open === "cancel" && <Cancel id={job.id} onClose={close} />}
      {open === "retry" && <Retry id={job.id} onClose={close} />}
      {open === "share" && <Share id={job.id} onClose={close} />}
      {open === "operation" && (
        <Operation job={job} schema={schema} events={events} onClose={close} />
      )}
    </div>
  );
}

function Action(props: { name: string; not: string | null; onClick: () => void }) {
  const { name, not, onClick } = props;
  const id = useId();
  if (not === null) return <button onClick={onClick}>{name}</button>;
  // Not `disabled`: then it could not be reached, and its reason not be read.
  return (
    <button
      aria-disabled="true"
      aria-describedby={id}
      title={not}
      onClick={(e) => e.preventDefault()}
    >
      {name}
      <span id={id} className="hidden">
        {not}
      </span>
    </button>
  );
}

function Cancel({ id, onClose }: { id: string; onClose: () => void }) {
  async function run() {
    const { data, refused } = await mutate(CancelDocument, { id });
    if (refused !== undefined) return refused;
    return "message" in data.cancelJob ? plain(data.cancelJob.message) : null;
  }
  const { title, body, confirm } = text.job.cancel;
  return <Confirm title={title} body={body} action={confirm} danger run={run} onClose={onClose} />;
}

function Retry({ id, onClose }: { id: string; onClose: () => void }) {
  async function run() {
    const { data, refused } = await mutate(RetryDocument, { id });
    if (refused !== undefined) return refused;
    if ("message" in data.retryJob) return plain(data.retryJob.message);
    if ("job" in data.retryJob) navigate(pathOf.job(data.retryJob.job.id));
    return null;
  }
  const { title, body, confirm } = text.job.retry;
  return <Confirm title={title} body={body} action={confirm} run={run} onClose={onClose} />;
}
