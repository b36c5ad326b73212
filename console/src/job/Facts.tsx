// What there is to know of a job beside what happens to it.
import type { ReactNode } from "react";

import { Moment } from "../parts/Time";
import { Words } from "../parts/Words";
import { text } from "../text";
import type { Job } from "./record";

export function Facts({ job }: { job: Job }) {
  const facts: [string, ReactNode][] = [
    [text.job.facts.owner, job.owner],
    [text.job.facts.queue, job.task.queue],
    [text.job.facts.attempt, text.job.facts.attempts(job.attempt, job.maxAttempts)],
    [text.job.facts.enqueued, <Moment at={job.enqueuedAt} />],
    [text.job.facts.started, job.startedAt && <Moment at={job.startedAt} />],
    [text.job.facts.finished, job.finishedAt && <Moment at={job.finishedAt} />],
    [
      text.job.facts.tags,
      job.tags.length > 0 &&
        job.tags.map((tag) => (
          <span key={tag} className="tag">
            {tag}
          </span>
        )),
    ],
  ];
  return (
    <section className="card part" aria-label={text.job.facts.title}>
      <h2>{text.job.facts.title}</h2>
      {job.task.description && (
        <p className="about">
          <Words>{job.task.description.split("\n")[0]!}</Words>
        </p>
      )}
      <dl className="pairs">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
