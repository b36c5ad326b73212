// Selections made from the schema: all that can be asked of a type.
import { nameOf, isLeaf, type Field, type Schema } from "./schema";

const DEEPEST = 5; // objects within objects; the API takes 15 levels in all

/** `{ a b { c } }`, or nothing for a leaf; null when nothing can be selected within the depth. */
export function selectionOf(schema: Schema, typeName: string, depth = DEEPEST): string | null {
  const type = schema.type(typeName);
  if (type === undefined) return null;
  if (isLeaf(type)) return "";
  if (depth === 0) return null;
  if (type.kind === "UNION") {
    const members = (type.possibleTypes ?? []).map(({ name }) => {
      return `... on ${name} ${selectionOf(schema, name, depth - 1) ?? "{ __typename }"}`;
    });
    return `{ __typename ${members.join(" ")} }`;
  }
  const fields = fieldsOf(schema, type.fields ?? [], depth);
  return `{ __typename ${fields.join(" ")} }`;
}

function fieldsOf(schema: Schema, fields: Field[], depth: number): string[] {
  return fields
    .filter((field) => field.args.length === 0)
    .flatMap((field) => {
      const inner = selectionOf(schema, nameOf(field.type), depth - 1);
      return inner === null ? [] : [`${field.name} ${inner}`.trim()];
    });
}

/** The named fields of a job's own type (`input`, `result`), as far as it has them. */
export function partsOf(schema: Schema, jobType: string, names: string[]): string {
  const fields = schema.type(jobType)?.fields ?? [];
  return fieldsOf(
    schema,
    fields.filter((field) => names.includes(field.name)),
    DEEPEST + 1,
  ).join(" ");
}

/** The type of the task's partial output, as an event; null when it gives none. */
export function outputEventOf(schema: Schema, jobType: string): string | null {
  for (const { name } of schema.type("JobOutput")?.possibleTypes ?? []) {
    const fields = schema.type(name)?.fields ?? [];
    const job = fields.find((field) => field.name === "job");
    const output = fields.some((field) => field.name === "output");
    if (output && job && nameOf(job.type) === jobType) return name;
  }
  return null;
}

/** What the failures of this API tell beyond the words: `... on OutOfStock { product }`. */
export function failureParts(schema: Schema): string {
  const common = new Set(schema.type("JobFailure")?.fields?.map(({ name }) => name));
  const parts = (schema.type("JobFailure")?.possibleTypes ?? []).flatMap(({ name }, at) => {
    const own = (schema.type(name)?.fields ?? []).filter((field) => !common.has(field.name));
    // Two failures may give one name to fields of different types.
    const fields = fieldsOf(schema, own, 2).map(
      (field) => `f${at}_${field.split(" ")[0]}: ${field}`,
    );
    return fields.length === 0 ? [] : [`... on ${name} { ${fields.join(" ")} }`];
  });
  return `{ __typename ${[...common].join(" ")} ${parts.join(" ")} }`;
}
