/**
 * Both transports against a real server, through a proxy that cuts connections when it is asked to.
 *
 * `tests/e2e/test_react_package.py` starts all that, and says where it is.
 */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { parse } from 'graphql';
import { createClient, type ClientOptions } from 'graphql-ws';
import type { ReactNode } from 'react';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { graphqlWsTransport } from '../src/graphqlWs.js';
import { JobcastProvider, useEnqueue, useJob, type JobEvent, type Transport } from '../src/index.js';
import { urqlTransport } from '../src/urql.js';

const url = process.env['JOBCAST_URL'];
const cutting = process.env['JOBCAST_TEST_CUT'] ?? ''; // asked for, it cuts all connections; with `strand` below it, silently

const live = test.skipIf(url === undefined);

type Count = {
  count: { __typename: 'CountAccepted'; job: { id: string } } | { __typename: 'X'; message: string };
};

const COUNT = parse(`mutation ($to: Int!) {
  count(input: { to: $to, pauseMs: 20 }) {
    __typename
    ... on CountAccepted { job { id } }
    ... on Problem { message }
  }
}`) as TypedDocumentNode<Count, { to: number }>;

const EVENTS = 60;
const CUT_AFTER = new Set([8, 40]);
const SECONDS = 30;

// graphql-ws as it is without any option, and as docs/clients.md has it.
const GIVES_UP: Partial<ClientOptions> = { retryAttempts: 0 };
const STOCK: Partial<ClientOptions> = {};
const COMES_BACK: Partial<ClientOptions> = {
  retryAttempts: Infinity,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  shouldRetry: () => true,
};

function socket(options: Partial<ClientOptions>, viewer: string) {
  return createClient({
    url: `${url}`.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { viewer },
    ...options,
  });
}

function overGraphqlWs(options: Partial<ClientOptions>, viewer = 'ada'): Transport {
  return graphqlWsTransport(socket(options, viewer), {
    url: `${url}`,
    headers: () => ({ 'X-Jobcast-Viewer': viewer }),
  });
}

function overUrql(options: Partial<ClientOptions>): Transport {
  const over = socket(options, 'ada');
  const client = new Client({
    url: `${url}`,
    preferGetMethod: false,
    fetchOptions: { headers: { 'X-Jobcast-Viewer': 'ada' } },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: over.subscribe(
              { query: `${query}`, variables: variables as Record<string, unknown> },
              sink as never,
            ),
          }),
        }),
      }),
    ],
  });
  return urqlTransport(client);
}

function inside(transport: Transport) {
  const wrapper = ({ children }: { children: ReactNode }): ReactNode => (
    <JobcastProvider transport={transport}>{children}</JobcastProvider>
  );
  return { wrapper, reactStrictMode: true };
}

async function enqueued(transport: Transport): Promise<string> {
  const { result } = renderHook(() => useEnqueue(COUNT), inside(transport));
  const outcome = await act(() => result.current[0]({ to: EVENTS }));
  if (outcome.status !== 'accepted') throw new Error(JSON.stringify(outcome));
  return outcome.accepted.job.id;
}

afterEach(cleanup);

live.for([
  { name: 'graphql-ws, which gives up at once', transport: () => overGraphqlWs(GIVES_UP) },
  { name: 'graphql-ws without options', transport: () => overGraphqlWs(STOCK) },
  { name: 'graphql-ws, which comes back', transport: () => overGraphqlWs(COMES_BACK) },
  { name: 'urql, whose socket gives up', transport: () => overUrql(GIVES_UP) },
  { name: 'urql, whose socket comes back', transport: () => overUrql(COMES_BACK) },
])('no event is missing or doubled over $name', async ({ transport: make }) => {
  const transport = make();
  const id = await enqueued(transport);
  const events: JobEvent[] = [];
  const onEvent = (event: JobEvent): void => {
    events.push(event);
    if (CUT_AFTER.has(events.length)) void fetch(cutting);
  };

  const { result } = renderHook(() => useJob(id, { onEvent }), inside(transport));
  await waitFor(() => expect(result.current.connection).toBe('ended'), { timeout: SECONDS * 1000 });

  expect(result.current.job?.status).toBe('SUCCEEDED');
  const [first, ...rest] = events;
  expect(first?.__typename).toBe('JobSnapshot');
  let offset = first?.offset ?? 0;
  for (const event of rest) {
    expect(event.offset - (event.merged ?? 0)).toBe(offset + 1);
    offset = event.offset;
  }
  expect(rest.length).toBeGreaterThan(EVENTS);
});

live('two components that watch one job over urql both see it from a snapshot', async () => {
  const transport = overUrql(COMES_BACK);
  const id = await enqueued(transport);
  const seen: JobEvent[][] = [[], []];

  const first = renderHook(() => useJob(id, { onEvent: (e) => seen[0]?.push(e) }), inside(transport));
  await waitFor(() => expect(first.result.current.event).toBeDefined(), { timeout: 10_000 });
  const second = renderHook(() => useJob(id, { onEvent: (e) => seen[1]?.push(e) }), inside(transport));
  await waitFor(() => expect(second.result.current.connection).toBe('ended'), { timeout: 30_000 });

  expect(seen.map((events) => events[0]?.__typename)).toEqual(['JobSnapshot', 'JobSnapshot']);
  expect(second.result.current.job?.status).toBe('SUCCEEDED');
});

live('a connection that dies without a word is noticed, and nothing is missed', async () => {
  const transport = overGraphqlWs({ ...GIVES_UP, keepAlive: 200 });
  const id = await enqueued(transport);
  const offsets: number[] = [];
  const onEvent = ({ offset, merged }: JobEvent): void => {
    offsets.push(offset - (merged ?? 0), offset);
    if (offsets.length === 16) void fetch(`${cutting}strand`);
  };

  const { result } = renderHook(() => useJob(id, { onEvent }), inside(transport));
  await waitFor(() => expect(result.current.connection).toBe('ended'), { timeout: SECONDS * 1000 });

  expect(result.current.job?.status).toBe('SUCCEEDED');
  for (let next = 2; next < offsets.length; next += 2) {
    expect(offsets[next]).toBe((offsets[next - 1] ?? 0) + 1);
  }
});

live.for([
  { name: 'graphql-ws', transport: () => overGraphqlWs(GIVES_UP) },
  { name: 'urql', transport: () => overUrql(GIVES_UP) },
])("another viewer's job is NOT_FOUND over $name", async ({ transport }) => {
  const id = await enqueued(overGraphqlWs(GIVES_UP, 'eve'));

  const { result } = renderHook(() => useJob(id), inside(transport()));
  await waitFor(() => expect(result.current.connection).toBe('failed'), { timeout: 10_000 });

  expect(result.current.error?.code).toBe('NOT_FOUND');
});

live.for([
  { name: 'graphql-ws', transport: () => overGraphqlWs(GIVES_UP) },
  { name: 'urql', transport: () => overUrql(GIVES_UP) },
])('a value that does not fit is BAD_REQUEST over $name', async ({ transport }) => {
  const { result } = renderHook(() => useEnqueue(COUNT), inside(transport()));

  const outcome = await act(() => result.current[0]({ to: 'many' as never }));

  expect(outcome.status === 'failed' && outcome.error.code).toBe('BAD_REQUEST');
});
