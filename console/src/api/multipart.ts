// Operations with files, as the GraphQL multipart request specification has them.
// Source: https://github.com/jaydenseric/graphql-multipart-request-spec

interface Operation {
  query: string;
  variables: Record<string, unknown>;
  operationName?: string | null;
}

/** A foreign page cannot send this one without asking. */
export const UPLOAD_HEADERS = { "GraphQL-Require-Preflight": "true" };

/**
 * The body of the request, with a file for each value of the variables that stands for one;
 * null when none does.
 */
export function multipart(
  operation: Operation,
  fileOf: (value: unknown) => File | undefined,
): FormData | null {
  const files: File[] = [];
  const map: Record<string, string[]> = {};

  function without(value: unknown, path: string): unknown {
    const file = fileOf(value);
    if (file !== undefined) {
      map[String(files.length)] = [path];
      files.push(file);
      return null;
    }
    if (Array.isArray(value)) return value.map((item, at) => without(item, `${path}.${at}`));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, one]) => [name, without(one, `${path}.${name}`)]),
    );
  }

  const variables = without(operation.variables, "variables");
  if (files.length === 0) return null;
  const form = new FormData();
  form.set("operations", JSON.stringify({ ...operation, variables }));
  form.set("map", JSON.stringify(map));
  files.forEach((file, at) => form.set(String(at), file, file.name));
  return form;
}
