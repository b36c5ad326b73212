// One operation over HTTP, past the cache: for what is no entity, as the schema.
import { headers, ENDPOINT } from "./client";

export interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** Throws when the server cannot be reached, or answers what is no GraphQL. */
export async function request<Data>(
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answer<Data>> {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      ...headers(),
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json",
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer<Data>;
}
