// One queue: how it stands, its last hour, and who works on it.
import type { QueuesSubscription } from "../generated/graphql";
import { Took } from "../parts/Time";
import { relative, useNow } from "../parts/time";
import { text } from "../text";
import { hourOf, percent } from "./hour";
import { PauseButton } from "./PauseButton";
import { QueuePlots } from "./QueuePlots";
import { Workers } from "./Workers";

export type Queue = QueuesSubscription["queues"][number];

export function QueueCard({ queue }: { queue: Queue }) {
  return (
    <section className="card part queue" aria-label={text.overview.queue(queue.name)}>
      <div className="queue-title">
        <h2>{queue.name}</h2>
        {queue.pausedAt !== null && <Paused since={queue.pausedAt} />}
        <PauseButton queue={queue} />
      </div>
      <Figures queue={queue} />
      <QueuePlots queue={queue} />
      <Workers queue={queue} />
    </section>
  );
}

function Paused({ since }: { since: string }) {
  const now = useNow();
  return <span className="paused">{text.overview.paused(relative(since, now))}</span>;
}

function Figures({ queue }: { queue: Queue }) {
  const { figures } = text.overview;
  const { ended, failed } = hourOf(queue.minutes);
  const since = queue.oldestWaitingSince;
  return (
    <dl className="figures">
      <Figure name={figures.waiting}>{queue.waiting.toLocaleString("en")}</Figure>
      <Figure name={figures.scheduled}>{queue.scheduled.toLocaleString("en")}</Figure>
      <Figure name={figures.running}>{queue.running.toLocaleString("en")}</Figure>
      <Figure name={figures.lag}>
        {since === null ? (
          <span className="quiet small">{figures.nobody}</span>
        ) : (
          <Took from={since} to={null} />
        )}
      </Figure>
      <Figure name={figures.ended}>{ended.toLocaleString("en")}</Figure>
      <Figure name={figures.failed}>{ended === 0 ? "–" : percent(failed / ended)}</Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
