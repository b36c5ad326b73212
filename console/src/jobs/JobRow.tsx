// One job in the list.
import { memo } from "react";

import { Link } from "../parts/Link";
import { ProgressBar } from "../parts/Progress";
import { ENDED, Status } from "../parts/Status";
import { Moment, Took } from "../parts/Time";
import { pathOf } from "../router";
import { text } from "../text";
import type { Row } from "./feed";

interface Props {
  row: Row;
  owner: boolean;
  tabIndex: number;
  onFocus: () => void;
}

export const JobRow = memo(
  function JobRow({ row, owner, tabIndex, onFocus }: Props) {
    const ended = ENDED.has(row.status);
    return (
      <Link href={pathOf.job(row.id)} tabIndex={tabIndex} onFocus={onFocus} data-job={row.id}>
        <Status status={row.status} />
        <span className="what">
          <span className="task">{row.task.name}</span>
          {row.tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
          <span className="detail">{detail(row)}</span>
        </span>
        <span className="progress">
          {row.progress && row.status !== "SUCCEEDED" && (
            <ProgressBar
              fraction={row.progress.fraction}
              label={text.jobs.columns.progress}
              status={row.status}
            />
          )}
        </span>
        {owner && <span className="owner">{row.owner}</span>}
        <Moment at={row.enqueuedAt} className="end" />
        <span className="end took">
          {row.startedAt && (ended ? row.finishedAt !== null : row.status !== "RETRYING") && (
            <Took from={row.startedAt} to={row.finishedAt} />
          )}
        </span>
      </Link>
    );
  },
  (before, now) =>
    before.row === now.row && before.owner === now.owner && before.tabIndex === now.tabIndex,
);

/** The one thing worth knowing of it now. */
function detail(row: Row): React.ReactNode {
  if (row.failure) return row.failure.message;
  if (row.scheduledFor && !ENDED.has(row.status)) {
    return <Moment at={row.scheduledFor} />;
  }
  if (row.progress?.message && !ENDED.has(row.status)) return row.progress.message;
  if (row.attempt > 1) return text.jobs.attempt(row.attempt, row.maxAttempts);
  return null;
}
