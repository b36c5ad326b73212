// An input to begin with: what must be given, with values that may fit, and no more.
import { constraintsOf, type Constraints } from "./constraints";
import type { Value } from "./literal";
import { isRequired, nameOf, nullable, type InputField, type Schema } from "./schema";

/** All required fields of an input type. */
export function sampleInput(schema: Schema, typeName: string): { [name: string]: Value } {
  const required = (schema.type(typeName)?.inputFields ?? []).filter(
    (field) => isRequired(field.type) && field.defaultValue === null,
  );
  return Object.fromEntries(required.map((field) => [field.name, sampleOf(schema, field, 0)]));
}

function sampleOf(schema: Schema, field: InputField, at: number): Value {
  const rules = constraintsOf(field.description);
  const type = nullable(field.type);
  if (type.kind === "LIST") {
    const item = { ...field, type: type.ofType!, defaultValue: null };
    const length = Math.max(1, rules.minItems ?? 1);
    return Array.from({ length }, (_, index) => sampleOf(schema, item, index));
  }
  const named = schema.type(nameOf(type))!;
  if (named.kind === "INPUT_OBJECT") {
    const entries = Object.entries(sampleInput(schema, named.name));
    // Places that are all the same make no route.
    return Object.fromEntries(entries.map(([name, value]) => [name, shifted(name, value, at)]));
  }
  if (named.kind === "ENUM") return named.enumValues![0]!.name;
  return scalar(named.name, field.name, rules);
}

function shifted(name: string, value: Value, at: number): Value {
  return /^l(at|ong)itude$/.test(name) && typeof value === "number" ? value + at / 20 : value;
}

function scalar(type: string, name: string, rules: Constraints): Value {
  switch (type) {
    case "Boolean":
      return false;
    case "Int":
    case "BigInt":
    case "Float":
      if (name === "latitude") return 52.52;
      if (name === "longitude") return 13.4;
      return (
        rules.min ?? (rules.above === undefined ? Math.min(1, rules.max ?? 1) : rules.above + 1)
      );
    case "Duration":
      return "PT1M";
    case "DateTime":
      return new Date(Date.now() + 3_600_000).toISOString();
    case "FileRef":
      return "@file"; // what the Files pane replaces
    default:
      if (/e?mail/i.test(name)) return "ada@example.org";
      return "x".repeat(rules.minLength ?? 0);
  }
}
