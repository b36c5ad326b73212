/** A transport whose server is the test. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { JobEvent, Sink, Transport } from '../src/index.js';

type Watch = Sink<{ job: JobEvent }> & {
  readonly id: string;
  readonly after: string | null;
  open: boolean;
};

export class FakeTransport implements Transport {
  /** Every subscription that there was. */
  readonly watches: Watch[] = [];
  /** What mutations are answered; an exception is thrown. */
  answer: (variables: unknown) => Promise<unknown> = () => Promise.reject(new Error('no answer'));
  private listener: ((connected: boolean) => void) | undefined;

  get open(): Watch[] {
    return this.watches.filter((watch) => watch.open);
  }

  /** The one that is open. */
  get watch(): Watch {
    const [only, ...others] = this.open;
    if (only === undefined || others.length > 0) throw new Error(`${this.open.length} are open`);
    return only;
  }

  connected(connected: boolean): void {
    this.listener?.(connected);
  }

  mutate<Data, Variables>(
    _document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return this.answer(variables) as Promise<Data>;
  }

  subscribe<Data, Variables>(
    _document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    sink: Sink<Data>,
  ): () => void {
    const watch = { ...variables, ...sink, open: true } as unknown as Watch;
    this.watches.push(watch);
    return () => {
      watch.open = false;
    };
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.listener = listener;
    return () => {
      this.listener = undefined;
    };
  }
}

export function event(
  offset: number,
  __typename = 'JobProgressed',
  job: Partial<JobEvent['job']> = {},
): { job: JobEvent } {
  return {
    job: {
      __typename,
      offset,
      cursor: `cursor-${offset}`,
      at: '2026-01-01T00:00:00Z',
      job: {
        __typename: 'CountJob',
        id: 'default.1',
        status: 'RUNNING',
        attempt: 1,
        maxAttempts: 1,
        progress: null,
        failure: null,
        ...job,
      },
    },
  };
}
