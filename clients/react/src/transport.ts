/** What the hooks need of a GraphQL client. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { JobcastError } from './errors.js';

export interface Sink<Data> {
  /** A result; with `error` when some of its fields could not be read, and are null. */
  next(data: Data, error?: JobcastError): void;
  /** No more comes. */
  error(error: JobcastError): void;
  /** The server has told everything. */
  complete(): void;
}

export interface Transport {
  /** The result of a mutation, sent once. Rejects with a `JobcastError`. */
  mutate<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data>;

  /**
   * Tells `sink` the results of a subscription, until the returned function is called. A transport
   * may subscribe again by itself when its connection breaks, but does not have to.
   */
  subscribe<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    sink: Sink<Data>,
  ): () => void;

  /** Tells `listener` when the connection breaks and when it is back, if the client tells that. */
  onConnection?(listener: (connected: boolean) => void): () => void;
}
