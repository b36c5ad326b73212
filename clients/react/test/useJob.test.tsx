import { act, cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, expectTypeOf, test, vi } from 'vitest';
import {
  JobcastError,
  JobcastProvider,
  useJob,
  type JobEvent,
  type JobStatus,
  type WatchDocument,
} from '../src/index.js';
import { FakeTransport, event } from './fakeTransport.js';

let transport: FakeTransport;
let seen: number[];

beforeEach(() => {
  vi.useFakeTimers();
  transport = new FakeTransport();
  seen = [];
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function wrapper({ children }: { children: ReactNode }): ReactNode {
  return <JobcastProvider transport={transport}>{children}</JobcastProvider>;
}

function watching(id: string | null = 'default.1', after?: string) {
  const onEvent = (seenNow: JobEvent): void => void seen.push(seenNow.offset);
  return renderHook(
    (props: { id: string | null }) => useJob(props.id, { onEvent, after: after ?? null }),
    { wrapper, initialProps: { id }, reactStrictMode: true },
  );
}

function tell(...events: { job: JobEvent }[]): void {
  act(() => events.forEach((one) => transport.watch.next(one)));
}

function fail(code: ConstructorParameters<typeof JobcastError>[0]): void {
  act(() => transport.watch.error(new JobcastError(code, code)));
}

const snapshot = event(3, 'JobSnapshot');

test('a job is watched once, though StrictMode mounts twice', () => {
  const { result } = watching();
  expect(result.current.connection).toBe('connecting');

  tell(snapshot, event(4), event(5, 'JobProgressed', { status: 'SUCCEEDED' }));

  expect(transport.open).toHaveLength(1);
  expect(seen).toEqual([3, 4, 5]);
  expect(result.current).toMatchObject({ connection: 'live', job: { status: 'SUCCEEDED' } });
});

test('after a broken connection it goes on from the last event, without those that come twice', () => {
  const { result } = watching();
  tell(snapshot, event(4));

  fail('DISCONNECTED');
  expect(result.current).toMatchObject({ connection: 'reconnecting', job: { id: 'default.1' } });
  expect(transport.open).toHaveLength(0);
  act(() => vi.advanceTimersByTime(500));
  expect(transport.watch.after).toBe('cursor-4');
  tell(event(4), event(5), event(6));

  expect(seen).toEqual([3, 4, 5, 6]);
  expect(result.current).toMatchObject({ connection: 'live', error: undefined });
});

test('pauses grow to a quarter of a minute, and no further', () => {
  watching();
  for (let attempt = 0; attempt < 12; attempt++) {
    fail('SERVICE_UNAVAILABLE');
    act(() => vi.advanceTimersByTime(15_000));
  }

  expect(transport.open).toHaveLength(1);
  fail('DISCONNECTED');
  act(() => vi.advanceTimersByTime(7_000));
  expect(transport.open).toHaveLength(0);
});

test('a transport that subscribes again by itself, from the beginning, leaves no gap', () => {
  watching();
  tell(snapshot, event(4));

  tell(event(9, 'JobSnapshot'));
  act(() => vi.advanceTimersByTime(0));
  expect(transport.watch.after).toBe('cursor-4');
  tell(event(5), event(6));

  expect(seen).toEqual([3, 4, 5, 6]);
});

test('a transport that subscribes again by itself, when nothing has happened, goes on', () => {
  watching();
  tell(snapshot, event(4));

  tell(event(4, 'JobSnapshot'), event(5));

  expect(transport.watches.filter((watch) => watch.after !== null)).toEqual([]);
  expect(seen).toEqual([3, 4, 5]);
});

test('a reset is told, whatever its offset', () => {
  watching();
  tell(snapshot, event(4));
  fail('DISCONNECTED');
  act(() => vi.advanceTimersByTime(500));

  tell(event(2, 'JobReset'), event(3));

  expect(seen).toEqual([3, 4, 2, 3]);
});

test('a cursor that became invalid is given up for a snapshot', () => {
  watching();
  tell(snapshot);

  fail('CURSOR_INVALID');
  act(() => vi.advanceTimersByTime(0));
  expect(transport.watch.after).toBeNull();
  tell(event(8, 'JobSnapshot'));

  expect(seen).toEqual([3, 8]);
});

test('the end of the job ends it', () => {
  const { result } = watching();
  tell(snapshot, event(4, 'CountSucceeded', { status: 'SUCCEEDED' }));

  act(() => transport.watch.complete());

  expect(result.current).toMatchObject({ connection: 'ended', job: { status: 'SUCCEEDED' } });
  expect(transport.open).toHaveLength(0);
});

test('what does not pass is told as an error with its code', () => {
  const { result } = watching();

  fail('NOT_FOUND');
  act(() => vi.advanceTimersByTime(60_000));

  expect(result.current.connection).toBe('failed');
  expect(result.current.error?.code).toBe('NOT_FOUND');
  expect(transport.open).toHaveLength(0);
});

test('a token that expires is asked for once more, one that is refused is not', () => {
  const { result } = watching();
  tell(snapshot);

  fail('UNAUTHENTICATED');
  act(() => vi.advanceTimersByTime(500));
  expect(transport.watch.after).toBe('cursor-3');
  fail('UNAUTHENTICATED');

  expect(result.current).toMatchObject({ connection: 'failed', error: { code: 'UNAUTHENTICATED' } });
});

test('fields that could not be read are told beside the event', () => {
  const { result } = watching();

  act(() => transport.watch.next(snapshot, new JobcastError('UNREADABLE', 'no')));

  expect(result.current).toMatchObject({ connection: 'live', error: { code: 'UNREADABLE' } });
});

test('a connection that breaks below a transport that comes back by itself is shown', () => {
  const { result } = watching();
  tell(snapshot);

  act(() => transport.connected(false));
  expect(result.current.connection).toBe('reconnecting');
  act(() => transport.connected(true));

  expect(result.current.connection).toBe('live');
});

test('another id shows another job, and nothing of the one before', () => {
  const { result, rerender } = watching();
  tell(snapshot);
  const first = transport.watch;

  rerender({ id: 'default.2' });
  expect(result.current).toMatchObject({ connection: 'connecting', job: undefined });
  expect(first.open).toBe(false);
  expect(transport.watch.id).toBe('default.2');
  act(() => first.next(event(4)));

  expect(seen).toEqual([3]);
  expect(result.current.job).toBeUndefined();
});

test('without an id nothing is watched', () => {
  watching(null);

  expect(transport.watches).toEqual([]);
});

test('a cursor says where to begin', () => {
  watching('default.1', 'of the mutation');

  expect(transport.watch.after).toBe('of the mutation');
});

test('unmounting ends it, even while it waits to come back', () => {
  const { unmount } = watching();
  tell(snapshot);
  fail('DISCONNECTED');

  unmount();
  vi.advanceTimersByTime(60_000);

  expect(transport.open).toHaveLength(0);
  expect(transport.watches).toHaveLength(2); // StrictMode's, and the one that was cut off
});

test('without a provider it says what to do', () => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);

  expect(() => renderHook(() => useJob('default.1'))).toThrow('JobcastProvider');

  noise.mockRestore();
});

test('the job has the type that the document gives it', () => {
  interface Mine {
    __typename: 'JobSnapshot' | 'CountOutput';
    cursor: string;
    offset: number;
    job: { id: string; result: number | null };
  }
  // Never called: only its types are looked at.
  const typed = (document: WatchDocument<Mine>) => useJob('default.1', { document });

  expectTypeOf(typed).returns.toHaveProperty('job').toEqualTypeOf<Mine['job'] | undefined>();
  expectTypeOf<JobEvent['job']['status']>().toEqualTypeOf<JobStatus>();
});
