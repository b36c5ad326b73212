// The turns that a job has taken, by attempt, with the number and the time of each.
import { clock, full, short } from "../parts/time";
import { text } from "../text";
import type { JobEvent } from "./record";

interface Props {
  turns: readonly JobEvent[];
  incomplete: boolean;
  enqueuedAt: string;
}

export function Timeline({ turns, incomplete, enqueuedAt }: Props) {
  const begin = Date.parse(enqueuedAt);
  return (
    <section className="card part" aria-label={text.job.timeline.title}>
      <h2>{text.job.timeline.title}</h2>
      {incomplete && <p className="quiet">{text.job.timeline.incomplete}</p>}
      <ol className="timeline">
        {turns.map((event) => (
          <li key={event.offset} data-status={event.job.status}>
            <span className="offset" title={text.job.timeline.offset}>
              {event.offset}
            </span>
            <div>
              <span className="turn">{words(event)}</span>
              {event.failure && <span className="quiet reason">{event.failure.message}</span>}
            </div>
            <time dateTime={event.at} title={full(event.at)}>
              {clock(event.at)}
              <span className="quiet">
                {" "}
                +{short(Math.max(0, Date.parse(event.at) - begin) / 1000)}
              </span>
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}

function words(event: JobEvent): string {
  const known = text.job.timeline.events as Record<string, (attempt: number) => string>;
  let name = event.__typename.endsWith("Succeeded") ? "JobSucceeded" : event.__typename;
  // Nothing is lost where nothing was seen before: one came late.
  if (event.reason === "HISTORY_TRIMMED") name = "JobSnapshot";
  return known[name]?.(event.job.attempt) ?? text.status[event.job.status];
}
