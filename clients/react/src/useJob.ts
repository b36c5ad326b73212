/** `useJob`: a job as it stands, from its events. */
import { useEffect, useRef, useState } from 'react';
import type { JobcastError } from './errors.js';
import { WATCH_JOB, type JobEvent, type WatchDocument, type WatchedEvent } from './events.js';
import { follow, type Connection } from './follow.js';
import { useTransport } from './provider.js';

export interface UseJobOptions<Event extends WatchedEvent> {
  /** A subscription of your own; made outside of components, so that it stays the same. */
  readonly document?: WatchDocument<Event>;
  /** A cursor to begin after, such as that of the job just enqueued; else with a snapshot. */
  readonly after?: string | null;
  /** Called for every event, once and in order; also for those between two renderings. */
  readonly onEvent?: (event: Event) => void;
}

export interface JobState<Event extends WatchedEvent> {
  /** The newest event. */
  readonly event: Event | undefined;
  /** The job as it stood just after it. */
  readonly job: Event['job'] | undefined;
  readonly connection: Connection;
  /** Why it `failed` or is `reconnecting`; or why a field of the newest event is null. */
  readonly error: JobcastError | undefined;
}

const NOTHING = {
  event: undefined,
  job: undefined,
  connection: 'connecting',
  error: undefined,
} as const;

/**
 * Watches a job to its end, over broken connections, while the component is there.
 *
 * Another `id` shows another job; `null` or `undefined` watches none. Without a document, it asks
 * for what the jobs of all tasks have in common.
 */
export function useJob<Event extends WatchedEvent = JobEvent>(
  id: string | null | undefined,
  options: UseJobOptions<Event> = {},
): JobState<Event> {
  const transport = useTransport();
  // Without a document of the caller's, Event is JobEvent.
  const document = options.document ?? (WATCH_JOB as unknown as WatchDocument<Event>);
  const [shown, show] = useState<{ id: string | null | undefined; state: JobState<Event> }>({
    id,
    state: NOTHING,
  });
  const newest = useRef(options);
  useEffect(() => {
    newest.current = options;
  });

  useEffect(() => {
    if (id == null) return undefined;
    show({ id, state: NOTHING });
    const change = (part: Partial<JobState<Event>>): void =>
      show(({ state }) => ({ id, state: { ...state, ...part } }));
    return follow(transport, document, id, newest.current.after ?? null, {
      event(event, error) {
        change({ event, job: event.job, error });
        newest.current.onEvent?.(event);
      },
      connection: (connection, error) =>
        change(connection === 'ended' ? { connection } : { connection, error }),
    });
  }, [transport, document, id]);

  // The first rendering with another id comes before the effect.
  return shown.id === id ? shown.state : NOTHING;
}
