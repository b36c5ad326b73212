// `Schema`: the server's types, by introspection, so that the pages can show any task.
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
