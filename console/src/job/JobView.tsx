// The parts of a job's page, and where they stand.
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { gql, useQuery } from "urql";

import { CopyButton } from "../parts/CopyButton";
import { Link } from "../parts/Link";
import { ENDED, Status } from "../parts/Status";
import { pathOf } from "../router";
import type { Value } from "../schema/literal";
import type { Schema } from "../schema/schema";
import { useCredentials } from "../session/credentials";
import { text } from "../text";
import { Actions } from "./Actions";
import { Facts } from "./Facts";
import { Failure } from "./Failure";
import { Logs } from "./Logs";
import { detailsOperation, eventsOperation } from "./operations";
import { Output } from "./Output";
import { Progress } from "./Progress";
import { JobRecord, type Job } from "./record";
import { Timeline } from "./Timeline";
import { ValueView } from "./ValueView";

interface Details {
  job: {
    input?: { [name: string]: Value } | null;
    result?: Value;
    failure?: { [name: string]: Value } | null;
  } | null;
}

export function JobView({ job: first, schema }: { job: Job; schema: Schema }) {
  const events = useMemo(() => eventsOperation(schema, first.__typename), [schema]);
  const [record] = useState(() => new JobRecord(first.id, events, first.firstCursor));
  useEffect(() => record.start(), [record]);
  const state = useSyncExternalStore(record.subscribe, record.current);
  const job: Job = { ...first, ...state.job };
  const ended = ENDED.has(job.status);

  const details = useMemo(() => gql(detailsOperation(schema, first.__typename)), [schema]);
  const [{ data }, readAgain] = useQuery<Details>({
    query: details,
    variables: { id: first.id },
    requestPolicy: "cache-and-network",
  });
  useEffect(() => {
    if (ended) readAgain({ requestPolicy: "network-only" });
  }, [ended, job.attempt]);
  const { input, result, failure } = data?.job ?? {};
  const { watching } = useCredentials();

  return (
    <article className="job-page">
      <header>
        {!watching && (
          <Link href={pathOf.jobs} className="back">
            {text.nav.jobs}
          </Link>
        )}
        <div className="job-title">
          <h1>{job.task.name}</h1>
          <Status status={job.status} />
          <Actions job={job} schema={schema} events={events} />
        </div>
        <p className="quiet id">
          <code>{job.id}</code> <CopyButton value={job.id} label={text.job.copyId} />
        </p>
      </header>
      <Progress job={job} />
      {state.error && (
        <p className="problem" role="alert">
          {state.error}
        </p>
      )}
      <div className="columns">
        <div className="column">
          {job.failure && <Failure failure={job.failure} details={failure ?? null} />}
          {job.status === "SUCCEEDED" && result !== undefined && result !== null && (
            <section className="card part" aria-label={text.job.result}>
              <h2>{text.job.result}</h2>
              <ValueView value={result} />
            </section>
          )}
          {state.outputs.length > 0 && <Output events={state.outputs} input={input ?? null} />}
          <Logs logs={state.logs} ended={ended} />
        </div>
        <div className="column">
          <Facts job={job} />
          {input && Object.keys(input).some((name) => name !== "__typename") && (
            <section className="card part" aria-label={text.job.input}>
              <h2>{text.job.input}</h2>
              <ValueView value={input} />
            </section>
          )}
          <Timeline turns={state.turns} incomplete={state.incomplete} enqueuedAt={job.enqueuedAt} />
        </div>
      </div>
    </article>
  );
}
