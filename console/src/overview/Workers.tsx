// Who works on a queue: where, on what, and for how long the lease holds.
import { Link } from "../parts/Link";
import { ProgressBar } from "../parts/Progress";
import { useNow, relative } from "../parts/time";
import { Words } from "../parts/Words";
import { pathOf } from "../router";
import { text } from "../text";
import type { Queue } from "./QueueCard";

type Worker = Queue["workers"][number];

export function Workers({ queue }: { queue: Queue }) {
  const { workers: words } = text.overview;
  const more = queue.workerCount - queue.workers.length;
  return (
    <div className="workers">
      <h3>
        {words.title} <span className="quiet">{queue.workerCount}</span>
      </h3>
      {queue.workerCount === 0 ? (
        <NoWorker queue={queue.name} />
      ) : (
        <ul>
          {queue.workers.map((worker) => (
            <li key={worker.id}>
              <WorkerRow worker={worker} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && <p className="quiet">{words.more(more)}</p>}
    </div>
  );
}

function NoWorker({ queue }: { queue: string }) {
  const { workers: words } = text.overview;
  return (
    <div className="no-worker">
      <p>
        <strong>{words.none}</strong> {words.start}
      </p>
      <pre tabIndex={0}>jobcast worker --queue {queue}</pre>
      <p className="quiet">
        <Words>{words.startDev}</Words>
      </p>
    </div>
  );
}

function WorkerRow({ worker }: { worker: Worker }) {
  const { workers: words } = text.overview;
  const now = useNow();
  const { host, processId, version, startedAt, running, concurrency } = worker;
  return (
    <div className="worker" data-worker={worker.id}>
      <div>
        <strong className="host">{host ?? words.unnamed}</strong>
        <p className="quiet">
          {[
            processId !== null && words.process(processId),
            version !== null && words.version(version),
            startedAt !== null && words.since(relative(startedAt, now)),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
        <Lease worker={worker} now={now} />
      </div>
      <div className="places">
        <span>{words.busy(running, concurrency)}</span>
        {concurrency !== null && (
          <ProgressBar fraction={running / concurrency} label={words.busyLabel} />
        )}
      </div>
      <Runs worker={worker} />
    </div>
  );
}

/** It is renewed several times a lease, so this jumps up again and again: that is its health. */
function Lease({ worker, now }: { worker: Worker; now: number }) {
  const { workers: words } = text.overview;
  if (!worker.alive) return <p className="lease problem">{words.ended}</p>;
  const left = Math.max(0, Math.round((Date.parse(worker.leaseExpiresAt) - now) / 1000));
  return <p className="lease quiet">{words.lease(left)}</p>;
}

function Runs({ worker }: { worker: Worker }) {
  const { workers: words } = text.overview;
  const others = worker.running - worker.runningJobs.length;
  if (worker.running === 0) return <p className="runs quiet">{words.idle}</p>;
  return (
    <ul className="runs" aria-label={words.runs}>
      {worker.runningJobs.map(({ id, task, progress }) => (
        <li key={id}>
          <Link href={pathOf.job(id)}>{task.name}</Link>
          {progress !== null && (
            <ProgressBar
              fraction={progress.fraction}
              label={text.jobs.columns.progress}
              status="RUNNING"
            />
          )}
        </li>
      ))}
      {others > 0 && <li className="quiet">{words.otherJobs(others)}</li>}
    </ul>
  );
}
