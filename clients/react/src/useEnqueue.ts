/** `useEnqueue`: a mutation that enqueues a job, and what came of it. */
import { useCallback, useRef, useState } from 'react';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { toJobcastError, type JobcastError } from './errors.js';
import { useTransport } from './provider.js';

type Payload<Data> = NonNullable<Data[Exclude<keyof Data, '__typename'>]>;

/** The member of the mutation's payload that has the job. */
export type Accepted<Data> =
  Payload<Data> extends infer Member
    ? Member extends { readonly message: unknown }
      ? never
      : Member extends { readonly job: unknown }
        ? Member
        : never
    : never;

/** The members that say what is wrong: `InvalidInput`, `RateLimited` and the like. */
export type Refused<Data> = Exclude<Payload<Data>, Accepted<Data>>;

export type Outcome<Data> =
  | { readonly status: 'accepted'; readonly accepted: Accepted<Data> }
  | { readonly status: 'refused'; readonly problem: Refused<Data> }
  | { readonly status: 'failed'; readonly error: JobcastError };

export type EnqueueState<Data> =
  | { readonly status: 'idle' }
  | { readonly status: 'pending' }
  | Outcome<Data>;

/**
 * A function that enqueues with `document`, and what came of its last call.
 *
 * The document is a mutation with one field, as each task has one; it asks for `job` where it is
 * accepted, and for `message` of a `Problem`. The promise is never rejected. Whether a job whose
 * enqueueing `failed` exists is not known: call again with the same `idempotencyKey`.
 */
export function useEnqueue<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
): readonly [(variables: Variables) => Promise<Outcome<Data>>, EnqueueState<Data>] {
  const transport = useTransport();
  const [state, setState] = useState<EnqueueState<Data>>({ status: 'idle' });
  const calls = useRef(0);

  const enqueue = useCallback(
    async (variables: Variables): Promise<Outcome<Data>> => {
      const call = ++calls.current;
      setState({ status: 'pending' });
      let outcome: Outcome<Data>;
      try {
        const data: Data = await transport.mutate(document, variables);
        outcome = outcomeOf<Data>(data);
      } catch (reason) {
        outcome = { status: 'failed', error: toJobcastError(reason) };
      }
      if (call === calls.current) setState(outcome);
      return outcome;
    },
    [transport, document],
  );

  return [enqueue, state];
}

function outcomeOf<Data>(data: Data): Outcome<Data> {
  const members = Object.entries(data as object).filter(([name]) => name !== '__typename');
  const payload = members[0]?.[1] as object | undefined;
  if (payload !== undefined && 'job' in payload && !('message' in payload)) {
    return { status: 'accepted', accepted: payload as Accepted<Data> };
  }
  return { status: 'refused', problem: payload as Refused<Data> };
}
