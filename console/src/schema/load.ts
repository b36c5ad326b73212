// Asks the server for its schema, once for all pages.
import { request } from "../api/request";
import { Schema, type NamedType } from "./schema";

// Lists and non-nulls make at most five layers around a name: [[Name!]!]!
const TYPE =
  "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
const INPUT = `name description defaultValue type { ${TYPE} }`;
const INTROSPECTION = `query Schema {
  __schema {
    types {
      kind name description
      fields { name description type { ${TYPE} } args { ${INPUT} } }
      inputFields { ${INPUT} }
      enumValues { name description }
      possibleTypes { name }
    }
  }
}`;

let loading: Promise<Schema> | undefined;

/** The server's schema, asked for once. Rejects when it does not tell. */
export function loadSchema(): Promise<Schema> {
  loading ??= ask().catch((failure: unknown) => {
    loading = undefined;
    throw failure;
  });
  return loading;
}

async function ask(): Promise<Schema> {
  const answer = await request<{ __schema: { types: NamedType[] } }>(INTROSPECTION);
  if (!answer.data) throw new Error(answer.errors?.[0]?.message);
  return new Schema(answer.data.__schema.types);
}
