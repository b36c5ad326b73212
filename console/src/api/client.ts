// The client of all pages: the public API, through urql's normalized cache.
import { cacheExchange, type Data } from "@urql/exchange-graphcache";
import {
  Client,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
  type ExecutionResult,
} from "urql";

import { authorization, rejectCredentials } from "../session/credentials";
import { codeOf } from "./failures";
import { socket } from "./socket";

export const ENDPOINT = "/graphql";

function makeClient(): Client {
  return new Client({
    url: ENDPOINT,
    preferGetMethod: false,
    exchanges: [
      // Wherever a token or a link is refused, another one is asked for.
      mapExchange({
        onError: (error) => {
          if (codeOf(error) === "UNAUTHENTICATED") rejectCredentials();
        },
      }),
      cacheExchange({
        keys: {
          Task: named,
          Queue: named,
          QueueMinute: () => null,
          LatencySeconds: () => null,
          JobStatusCount: () => null,
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables, operationName }) => ({
          subscribe: (sink) => {
            const payload = { query: query!, variables: { ...variables }, operationName };
            return {
              unsubscribe: socket.subscribe(payload, {
                next: (result) => {
                  goOnAfter(payload.variables, result.data);
                  sink.next(result as ExecutionResult);
                },
                error: (failure) => {
                  // The server's answer, or what cut the connection for good.
                  if (!Array.isArray(failure)) return sink.error(failure);
                  sink.next({ errors: failure.slice(), data: null });
                  sink.complete();
                },
                complete: () => sink.complete(),
              }),
            };
          },
        }),
      }),
    ],
    fetchOptions: () => ({ headers: headers() }),
  });
}

function named(entity: Data): string {
  return String(entity["name"]);
}

/**
 * graphql-ws sends an operation as it is by then, when the connection is back: with the cursor of
 * the last event as its `after`, no event is sent twice.
 */
function goOnAfter(variables: Record<string, unknown>, data: unknown): void {
  const cursor = (data as { job?: { cursor?: string } } | null | undefined)?.job?.cursor;
  if (cursor !== undefined && "after" in variables) variables["after"] = cursor;
}

/** What every request says of who sends it. */
export function headers(): Record<string, string> {
  const value = authorization();
  return value === undefined ? {} : { Authorization: value };
}

export let client = makeClient();

/** Forget all that was read: it may not be the next viewer's to see. */
export function forgetAll(): Client {
  client = makeClient();
  return client;
}
