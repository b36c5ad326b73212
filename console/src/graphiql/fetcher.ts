// Sends what GraphiQL runs: HTTP, multipart where files are named, a WebSocket for subscriptions.
import type { Fetcher } from "@graphiql/toolkit";
import { getOperationAST, type DocumentNode } from "graphql";

import { ENDPOINT, headers } from "../api/client";
import { multipart, UPLOAD_HEADERS } from "../api/multipart";
import { socket } from "../api/socket";
import { fileOf } from "./files";

export const fetcher: Fetcher = (asked, options) => {
  const { operationName } = asked;
  const query = asked.query;
  const variables = (asked.variables ?? {}) as Record<string, unknown>;
  if (isSubscription(options?.documentAST, operationName)) {
    return socket.iterate({ query, variables, operationName }) as ReturnType<Fetcher>;
  }
  return send({ query, variables, operationName }, options?.headers ?? {});
};

async function send(
  operation: { query: string; variables: Record<string, unknown>; operationName?: string | null },
  own: Record<string, string>,
) {
  const form = multipart(operation, fileOf);
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      ...headers(),
      Accept: "application/graphql-response+json, application/json",
      ...(form ? UPLOAD_HEADERS : { "Content-Type": "application/json" }),
      ...own,
    },
    body: form ?? JSON.stringify(operation),
  });
  return response.json();
}

function isSubscription(document: DocumentNode | undefined, name: string | null | undefined) {
  return document && getOperationAST(document, name)?.operation === "subscription";
}
