// How far the job is, what it is at, and when it may be done.
import { ProgressBar } from "../parts/Progress";
import { ENDED } from "../parts/Status";
import { short, useNow } from "../parts/time";
import { Moment, Took } from "../parts/Time";
import { text } from "../text";
import type { Job } from "./record";

// A guess from less would jump about: an attempt's start, and a task's first step, are slower than
// what follows, and made it twice the truth after 2 s.
const LEAST_FRACTION = 0.02;
const LEAST_SECONDS = 3;

export function Progress({ job }: { job: Job }) {
  const now = useNow();
  const running = job.status === "RUNNING";
  const ended = ENDED.has(job.status);
  const fraction = job.status === "SUCCEEDED" ? 1 : (job.progress?.fraction ?? 0);
  const left = running ? secondsLeft(job, now) : null;
  const due = !ended && !running && job.scheduledFor;

  return (
    <section className="card part job-progress" aria-label={text.job.progress}>
      <div className="figures">
        <strong>{Math.floor(fraction * 100)}%</strong>
        <span className="saying">
          {(!ended && job.progress?.message) || text.job.says[job.status]}
        </span>
        <span className="quiet">
          {due && <Moment at={due} />}
          {left !== null && text.job.left(short(left))}
          {ended && job.startedAt && job.finishedAt && (
            <>
              {text.job.took} <Took from={job.startedAt} to={job.finishedAt} />
            </>
          )}
        </span>
      </div>
      <ProgressBar fraction={fraction} label={text.job.progress} status={job.status} />
    </section>
  );
}

/** As if it went on as fast as so far in this attempt; null when that says nothing yet. */
function secondsLeft(job: Job, now: number): number | null {
  const { progress, startedAt } = job;
  if (!progress || !startedAt || progress.fraction < LEAST_FRACTION) return null;
  const taken = (now - Date.parse(startedAt)) / 1000;
  if (taken < LEAST_SECONDS) return null;
  return Math.round((taken * (1 - progress.fraction)) / progress.fraction);
}
