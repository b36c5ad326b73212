// Sends a change, or says why not.
import type { AnyVariables, TypedDocumentNode } from "urql";

import { text } from "../text";
import { client } from "./client";
import { connection } from "./connection";
import { inWords } from "./failures";

export type Sent<Data> =
  { data: Data; refused?: undefined } | { data?: undefined; refused: string };

/** Nothing is kept for later: who comes back online would not know what happens by itself. */
export async function mutate<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Sent<Data>> {
  if (isOffline()) return { refused: text.errors.offline };
  const { data, error } = await client.mutation(document, variables).toPromise();
  if (error) return { refused: inWords(error) };
  return data === undefined ? { refused: text.errors.unknown } : { data };
}

export function isOffline(): boolean {
  return !navigator.onLine || connection().state === "lost";
}
