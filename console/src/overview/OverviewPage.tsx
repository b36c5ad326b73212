// Queues and workers as they stand, and the last hour of each; live, for admins.
import { useLive } from "../api/live";
import { QueuesDocument } from "../generated/graphql";
import { Notice } from "../parts/Notice";
import { Words } from "../parts/Words";
import { text } from "../text";
import "../styles/parts.css";
import "../styles/overview.css";
import { QueueCard } from "./QueueCard";

export default function OverviewPage() {
  const { data, error } = useLive(QueuesDocument);

  if (error?.code === "FORBIDDEN") {
    return (
      <Notice title={text.overview.forbidden.title}>
        <Words>{text.overview.forbidden.body}</Words>
      </Notice>
    );
  }
  if (data === null) {
    if (error === null) return <p className="quiet wait">{text.loading}</p>;
    return (
      <Notice title={text.errors.unknown} error>
        {error.message}
      </Notice>
    );
  }
  if (data.queues.length === 0) {
    return <Notice title={text.overview.noQueues.title}>{text.overview.noQueues.body}</Notice>;
  }
  return (
    <div className="overview">
      <h1>{text.nav.overview}</h1>
      {error && (
        <p className="problem" role="alert">
          {text.overview.stale(error.message)}
        </p>
      )}
      {data.queues.map((queue) => (
        <QueueCard key={queue.name} queue={queue} />
      ))}
    </div>
  );
}
