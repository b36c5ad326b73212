// The statuses to choose from, and how many jobs there are of each, as it moves.
import { useLive } from "../api/live";
import { JobCountsDocument, type JobStatus } from "../generated/graphql";
import { text } from "../text";
import { STATUSES, type Filter } from "./filter";

interface Props {
  filter: Filter;
  onChange: (to: Filter) => void;
}

export function StatusFilter({ filter, onChange }: Props) {
  const chosen = filter.statuses;
  const { data } = useLive(JobCountsDocument);
  const counts = new Map(data?.jobCounts.map(({ status, count }) => [status, count]));

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
        <Count of={data?.jobCounts.reduce((sum, { count }) => sum + count, 0)} />
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
          <Count of={counts.get(status)} />
        </button>
      ))}
    </div>
  );
}

function Count({ of }: { of: number | undefined }) {
  return of !== undefined && <span className="count">{of.toLocaleString("en")}</span>;
}
