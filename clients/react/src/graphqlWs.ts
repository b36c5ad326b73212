/** A transport of a graphql-ws client; mutations go by HTTP. */
import { print } from 'graphql';
import type { Client } from 'graphql-ws';
import { JobcastError, toJobcastError } from './errors.js';
import type { Transport } from './transport.js';

export interface HttpOptions {
  /** `https://jobs.example.org/graphql` */
  readonly url: string;
  /** Headers of each request, such as `Authorization`. */
  readonly headers?: () => Record<string, string> | Promise<Record<string, string>>;
  readonly fetch?: typeof fetch;
}

const PONG_MS = 5_000; // how long a ping waits for its pong before the connection counts as dead

/**
 * Subscriptions go over `client`, which signs in by its `connectionParams`.
 *
 * When the client has `keepAlive`, a connection that died without a word is noticed as well.
 * Mutations are sent by HTTP: over the socket, graphql-ws would send one whose answer was lost again.
 */
export function graphqlWsTransport(
  client: Pick<Client, 'subscribe' | 'on' | 'terminate'>,
  { url, headers, fetch: ask = fetch }: HttpOptions,
): Transport {
  let silence: ReturnType<typeof setTimeout> | undefined;
  client.on('ping', (received) => {
    if (!received) silence = setTimeout(() => client.terminate(), PONG_MS);
  });
  client.on('pong', (received) => {
    if (received) clearTimeout(silence);
  });
  client.on('closed', () => clearTimeout(silence));

  return {
    async mutate(document, variables) {
      const body = JSON.stringify({ query: print(document), variables });
      let answer: { data?: unknown; errors?: readonly unknown[] };
      try {
        const response = await ask(url, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            Accept: 'application/graphql-response+json',
            ...(await headers?.()),
          },
          body,
        });
        answer = await response.json();
      } catch (reason) {
        throw toJobcastError(reason);
      }
      if (answer.errors !== undefined || answer.data == null) throw toJobcastError(answer.errors);
      return answer.data as never;
    },

    subscribe(document, variables, sink) {
      return client.subscribe<never>(
        { query: print(document), variables: variables as Record<string, unknown> },
        {
          next: ({ data, errors }) => {
            const error = errors && toJobcastError(errors);
            if (data != null) sink.next(data, error);
            else sink.error(error ?? new JobcastError('PROTOCOL', 'A result had no data.'));
          },
          error: (reason) => sink.error(toJobcastError(reason)),
          complete: () => sink.complete(),
        },
      );
    },

    onConnection(listener) {
      const unlisten = [
        client.on('connected', () => listener(true)),
        client.on('closed', () => listener(false)),
      ];
      return () => unlisten.forEach((end) => end());
    },
  };
}
