/** What is known of every event, and a subscription that asks for it. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';

/** What any subscription to a job has to ask of its events, so that none is missed or doubled. */
export interface WatchedEvent {
  readonly __typename: string;
  readonly cursor: string;
  readonly offset: number;
  readonly job: unknown;
}

/** A subscription `($id: ID!, $after: Cursor) { job(id: $id, after: $after) { … } }`. */
export type WatchDocument<Event extends WatchedEvent> = TypedDocumentNode<
  { job: Event },
  { id: string; after?: string | null }
>;

export type JobStatus =
  | 'SCHEDULED'
  | 'QUEUED'
  | 'RUNNING'
  | 'RETRYING'
  | 'CANCELLING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELLED';

/** An event as `useJob` asks for it when it is given no document: what all tasks have in common. */
export interface JobEvent extends WatchedEvent {
  readonly at: string;
  /** Of a `JobLogged`. */
  readonly level?: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
  /** Of a `JobLogged`. */
  readonly message?: string;
  /** Of a `JobProgressed`: how many older ones it stands for. */
  readonly merged?: number;
  readonly job: {
    readonly __typename: string;
    readonly id: string;
    readonly status: JobStatus;
    readonly attempt: number;
    readonly maxAttempts: number;
    readonly progress: { readonly fraction: number; readonly message: string | null } | null;
    readonly failure: { readonly kind: string; readonly message: string } | null;
  };
}

export const WATCH_JOB = parse(`
  subscription WatchJob($id: ID!, $after: Cursor) {
    job(id: $id, after: $after) {
      __typename
      cursor
      offset
      at
      ... on JobLogged { level message }
      ... on JobProgressed { merged }
      job {
        __typename
        id
        status
        attempt
        maxAttempts
        progress { fraction message }
        failure { kind message }
      }
    }
  }
`) as WatchDocument<JobEvent>;
