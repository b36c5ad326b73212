// The statuses to choose from.
import { text } from "../text";
import { STATUSES, type Filter } from "./filter";
import type { JobStatus } from "../generated/graphql";

interface Props {
  filter: Filter;
  onChange: (to: Filter) => void;
  /** How many jobs there are of each; none are shown without. */
  counts?: Partial<Record<JobStatus, number>>;
}

export function StatusFilter({ filter, onChange, counts }: Props) {
  const chosen = filter.statuses;

  function toggle(status: JobStatus) {
    const on = chosen.includes(status);
    const statuses = STATUSES.filter((one) => (one === status ? !on : chosen.includes(one)));
    onChange({ ...filter, statuses });
  }

  return (
    <div className="chips" role="group" aria-label={text.jobs.statuses}>
      <button
        className="chip"
        aria-pressed={chosen.length === 0}
        onClick={() => onChange({ ...filter, statuses: [] })}
      >
        {text.jobs.all}
      </button>
      {STATUSES.map((status) => (
        <button
          key={status}
          className="chip"
          data-status={status}
          aria-pressed={chosen.includes(status)}
          onClick={() => toggle(status)}
        >
          <span className="dot" aria-hidden="true" />
          {text.status[status]}
          {counts?.[status] !== undefined && <span className="count">{counts[status]}</span>}
        </button>
      ))}
    </div>
  );
}
