/** A transport of an urql client, with whatever exchanges it has. */
import { createRequest, type Client, type CombinedError, type AnyVariables } from '@urql/core';
import { onEnd, pipe, subscribe } from 'wonka';
import { JobcastError, toJobcastError } from './errors.js';
import type { Transport } from './transport.js';

// urql's own keys are hashes of 32 bits. Those who watch one job each get a key of their own: with
// one in common, urql would let the second join in the middle, without a snapshot.
let lastKey = 2 ** 32;

/** Everything goes over `client`, so that its cache hears of every event. */
export function urqlTransport(client: Client): Transport {
  return {
    async mutate(document, variables) {
      const { data, error } = await client
        .mutation(document, variables as AnyVariables)
        .toPromise();
      if (error !== undefined) throw ofUrql(error);
      return data as never;
    },

    subscribe(document, variables, sink) {
      const request = { ...createRequest(document, variables as AnyVariables), key: ++lastKey };
      let over = false;
      let subscription: { unsubscribe(): void } | undefined;
      const end = (tell?: () => void): void => {
        if (over) return;
        over = true;
        subscription?.unsubscribe();
        tell?.();
      };
      subscription = pipe(
        client.executeSubscription(request),
        onEnd(() => end(() => sink.complete())),
        subscribe(({ data, error }) => {
          if (over) return;
          if (data != null) sink.next(data as never, error && ofUrql(error));
          else if (error !== undefined) end(() => sink.error(ofUrql(error)));
        }),
      );
      if (over) subscription.unsubscribe();
      return () => end();
    },
  };
}

function ofUrql(error: CombinedError): JobcastError {
  return toJobcastError(error.networkError ?? error.graphQLErrors);
}
