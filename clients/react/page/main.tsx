/** A page that counts, and shows every event of it. `?api=URL` says where Jobcast is. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { StrictMode, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { graphqlWsTransport } from '../src/graphqlWs.js';
import { JobcastProvider, useEnqueue, useJob } from '../src/index.js';

type Count = {
  count: { __typename: 'CountAccepted'; job: { id: string } } | { __typename: 'X'; message: string };
};

const COUNT = parse(`mutation ($to: Int!) {
  count(input: { to: $to, pauseMs: 60 }) {
    __typename
    ... on CountAccepted { job { id } }
    ... on Problem { message }
  }
}`) as TypedDocumentNode<Count, { to: number }>;

const url = new URLSearchParams(location.search).get('api') ?? '/graphql';
const socket = createClient({
  url: url.replace(/^http/, 'ws'),
  retryAttempts: Infinity,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  shouldRetry: () => true,
});
const transport = graphqlWsTransport(socket, { url });

function Job({ id }: { id: string }): ReactNode {
  const [events, setEvents] = useState<string[]>([]);
  const { job, connection, error } = useJob(id, {
    onEvent: ({ __typename, offset, merged }) =>
      setEvents((all) => [...all, `${__typename} ${offset} ${merged ?? 0}`]),
  });
  return (
    <section>
      <h2>{id}</h2>
      <progress aria-label="Progress" value={job?.progress?.fraction ?? 0} />
      <p role="status">
        {connection} {job?.status} {error?.code}
      </p>
      <ol>
        {events.map((event, index) => (
          <li key={index}>{event}</li>
        ))}
      </ol>
    </section>
  );
}

function Page(): ReactNode {
  const [enqueue, enqueued] = useEnqueue(COUNT);
  const [shown, show] = useState(true);
  return (
    <>
      <button onClick={() => void enqueue({ to: 60 })}>Count</button>
      <button onClick={() => show(!shown)}>{shown ? 'Hide' : 'Show'}</button>
      {enqueued.status === 'refused' && <p role="alert">{enqueued.problem.message}</p>}
      {enqueued.status === 'failed' && <p role="alert">{enqueued.error.message}</p>}
      {enqueued.status === 'accepted' && shown && (
        <Job key={enqueued.accepted.job.id} id={enqueued.accepted.job.id} />
      )}
    </>
  );
}

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <JobcastProvider transport={transport}>
      <Page />
    </JobcastProvider>
  </StrictMode>,
);
