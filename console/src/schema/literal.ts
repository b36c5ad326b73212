// Reads a default value as introspection writes it: a GraphQL literal.

export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[A-Za-z_]\w*|[[\]{}:]/g;

/** Enum values become texts. */
export function readLiteral(literal: string): Value {
  const tokens = literal.match(TOKEN) ?? [];
  let at = 0;

  function value(): Value {
    const token = tokens[at++] ?? "null";
    if (token === "[") return list();
    if (token === "{") return object();
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (token === "true" || token === "false") return token === "true";
    if (token === "null") return null;
    return /^-?\d/.test(token) ? Number(token) : token;
  }

  function list(): Value[] {
    const items: Value[] = [];
    while (at < tokens.length && tokens[at] !== "]") items.push(value());
    at += 1;
    return items;
  }

  function object(): { [name: string]: Value } {
    const fields: { [name: string]: Value } = {};
    while (at < tokens.length && tokens[at] !== "}") {
      const name = tokens[at]!;
      at += 2; // the name and its colon
      fields[name] = value();
    }
    at += 1;
    return fields;
  }

  return value();
}
