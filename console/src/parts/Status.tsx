// Where a job stands, as a word with a colour and a shape, for those who see no colours.
import type { JobStatus } from "../generated/graphql";
import { text } from "../text";

export const ENDED: ReadonlySet<JobStatus> = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

export function Status({ status }: { status: JobStatus }) {
  return (
    <span className="status" data-status={status}>
      <Mark status={status} />
      {text.status[status]}
    </span>
  );
}

function Mark({ status }: { status: JobStatus }) {
  return (
    <svg className="mark" viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[status]}
    </svg>
  );
}

const ring = <circle cx="6" cy="6" r="4" />;
const SHAPES: Record<JobStatus, React.ReactNode> = {
  SCHEDULED: (
    <>
      {ring}
      <path d="M6 4v2.2l1.4 1" />
    </>
  ),
  QUEUED: ring,
  RUNNING: (
    <>
      {ring}
      <circle cx="6" cy="6" r="2" className="full" />
    </>
  ),
  RETRYING: <path d="M9.6 6.4A3.7 3.7 0 1 1 8.7 3.5M9.3 1.8v2.1H7.2" />,
  CANCELLING: (
    <>
      {ring}
      <path d="M4.4 6h3.2" />
    </>
  ),
  SUCCEEDED: <path d="M2.4 6.4l2.5 2.5 4.8-5.4" />,
  FAILED: <path d="M3 3l6 6M9 3l-6 6" />,
  CANCELLED: <path d="M2.8 6h6.4" />,
};
