// What an error of the API is to a person.
import type { CombinedError } from "urql";

import { text } from "../text";

/** A message of the server, without the backticks around what one types in code. */
export function plain(message: string): string {
  return message.replaceAll("`", "");
}

/** In words; what the server says of it, if it says anything. */
export function inWords(error: CombinedError): string {
  if (error.networkError) return text.errors.unreachable;
  return plain(error.graphQLErrors[0]?.message ?? text.errors.unknown);
}

/** The code of docs/protocol.md, "Error codes". */
export function codeOf(error: CombinedError | undefined): string | undefined {
  return error?.graphQLErrors[0]?.extensions?.["code"] as string | undefined;
}
