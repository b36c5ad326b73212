// The client of all pages: the public API, through urql's normalized cache.
import { cacheExchange, type Data } from "@urql/exchange-graphcache";
import { Client, fetchExchange, subscriptionExchange, type ExecutionResult } from "urql";

import { authorization } from "../session/credentials";
import { socket } from "./socket";

export const ENDPOINT = "/graphql";

function makeClient(): Client {
  return new Client({
    url: ENDPOINT,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({ keys: { Task: (task: Data) => String(task["name"]) } }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables, operationName }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query: query!, variables, operationName },
              {
                next: (result) => sink.next(result as ExecutionResult),
                error: (failure) => {
                  // The server's answer, or what cut the connection for good.
                  if (!Array.isArray(failure)) return sink.error(failure);
                  sink.next({ errors: failure.slice(), data: null });
                  sink.complete();
                },
                complete: () => sink.complete(),
              },
            ),
          }),
        }),
      }),
    ],
    fetchOptions: () => ({ headers: headers() }),
  });
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
