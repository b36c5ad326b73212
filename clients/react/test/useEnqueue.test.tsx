import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { act, cleanup, renderHook } from '@testing-library/react';
import { parse } from 'graphql';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { JobcastError, JobcastProvider, useEnqueue } from '../src/index.js';
import { FakeTransport } from './fakeTransport.js';

type Count = {
  count:
    | { __typename: 'CountAccepted'; job: { id: string } }
    | { __typename: 'InvalidInput'; message: string }
    | { __typename: 'RateLimited'; message: string };
};

const COUNT = parse('mutation ($to: Int!) { count(input: {to: $to}) { __typename } }') as
  TypedDocumentNode<Count, { to: number }>;

let transport: FakeTransport;

beforeEach(() => {
  transport = new FakeTransport();
});

afterEach(cleanup);

function enqueuing() {
  const wrapper = ({ children }: { children: ReactNode }): ReactNode => (
    <JobcastProvider transport={transport}>{children}</JobcastProvider>
  );
  return renderHook(() => useEnqueue(COUNT), { wrapper, reactStrictMode: true });
}

function answer(count: Count['count']): void {
  transport.answer = () => Promise.resolve({ count });
}

test('an accepted job is given, with its type', async () => {
  const { result } = enqueuing();
  expect(result.current[1]).toEqual({ status: 'idle' });
  answer({ __typename: 'CountAccepted', job: { id: 'default.1' } });

  const outcome = await act(() => result.current[0]({ to: 3 }));

  expect(outcome.status === 'accepted' && outcome.accepted.job.id).toBe('default.1');
  expect(result.current[1]).toEqual(outcome);
});

test('a refusal is a value, and not an exception', async () => {
  const { result } = enqueuing();
  answer({ __typename: 'InvalidInput', message: 'too many' });

  const outcome = await act(() => result.current[0]({ to: 3 }));

  expect(outcome.status === 'refused' && outcome.problem.message).toBe('too many');
  expect(result.current[1]).toEqual(outcome);
});

test('an error has its code', async () => {
  const { result } = enqueuing();
  transport.answer = () => Promise.reject(new JobcastError('TOO_MANY_REQUESTS', 'wait'));

  const outcome = await act(() => result.current[0]({ to: 3 }));

  expect(outcome.status === 'failed' && outcome.error.code).toBe('TOO_MANY_REQUESTS');
});

test('an exception of the client is an error as well', async () => {
  const { result } = enqueuing();
  transport.answer = () => Promise.reject(new TypeError('fetch failed'));

  const outcome = await act(() => result.current[0]({ to: 3 }));

  expect(outcome.status === 'failed' && outcome.error.code).toBe('DISCONNECTED');
});

test('of two calls the later one is shown, whichever is answered first', async () => {
  const { result } = enqueuing();
  const answers: ((count: Count) => void)[] = [];
  transport.answer = () => new Promise<Count>((resolve) => answers.push(resolve));
  const accepted = (id: string): Count => ({ count: { __typename: 'CountAccepted', job: { id } } });

  const both: Promise<unknown>[] = [];
  act(() => void both.push(result.current[0]({ to: 1 }), result.current[0]({ to: 2 })));
  expect(result.current[1].status).toBe('pending');
  await act(async () => {
    answers[1]?.(accepted('second'));
    answers[0]?.(accepted('first'));
    await Promise.all(both);
  });

  expect(result.current[1]).toMatchObject({ accepted: { job: { id: 'second' } } });
});

test('variables and outcomes have the types of the document', () => {
  const { result } = enqueuing();

  expectTypeOf(result.current[0]).parameter(0).toEqualTypeOf<{ to: number }>();
  type State = (typeof result.current)[1];
  expectTypeOf<Extract<State, { status: 'accepted' }>['accepted']['__typename']>().toEqualTypeOf<
    'CountAccepted'
  >();
  expectTypeOf<Extract<State, { status: 'refused' }>['problem']['__typename']>().toEqualTypeOf<
    'InvalidInput' | 'RateLimited'
  >();
});
