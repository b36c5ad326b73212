// `Schema`: the server's types, by introspection, so that the pages can show any task.
import { request } from "../api/request";

export interface TypeRef {
  kind: string;
  name: string | null;
  ofType: TypeRef | null;
}

export interface InputField {
  name: string;
  description: string | null;
  type: TypeRef;
  defaultValue: string | null;
}

export interface Field {
  name: string;
  description: string | null;
  type: TypeRef;
  args: InputField[];
}

export interface NamedType {
  kind: string;
  name: string;
  description: string | null;
  fields: Field[] | null;
  inputFields: InputField[] | null;
  enumValues: { name: string; description: string | null }[] | null;
  possibleTypes: { name: string }[] | null;
}

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

export class Schema {
  private readonly types: ReadonlyMap<string, NamedType>;

  constructor(types: NamedType[]) {
    this.types = new Map(types.map((type) => [type.name, type]));
  }

  type(name: string): NamedType | undefined {
    return this.types.get(name);
  }

  /** The type within all lists and non-nulls. */
  innermost(type: TypeRef): NamedType | undefined {
    return this.type(nameOf(type));
  }

  mutation(name: string): Field | undefined {
    return this.type("Mutation")?.fields?.find((field) => field.name === name);
  }
}

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

export const isRequired = (type: TypeRef): boolean => type.kind === "NON_NULL";
export const isLeaf = (type: NamedType): boolean => type.kind === "SCALAR" || type.kind === "ENUM";

/** Without a non-null around it. */
export const nullable = (type: TypeRef): TypeRef => (isRequired(type) ? type.ofType! : type);

export function nameOf(type: TypeRef): string {
  return type.ofType ? nameOf(type.ofType) : type.name!;
}

/** As it is written: `[Name!]!`. */
export function signature(type: TypeRef): string {
  if (type.kind === "NON_NULL") return `${signature(type.ofType!)}!`;
  return type.kind === "LIST" ? `[${signature(type.ofType!)}]` : type.name!;
}
