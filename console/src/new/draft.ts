// What a form holds while it is filled in, and the input that it becomes.
import { constraintsOf, type Constraints } from "../schema/constraints";
import { readLiteral, type Value } from "../schema/literal";
import { isRequired, nameOf, nullable, type InputField, type Schema } from "../schema/schema";
import { text } from "../text";
import { isoDuration, isoMoment } from "./moments";

/** Texts as they are typed; undefined for what is left out. */
export type Draft = undefined | string | boolean | File | Draft[] | { [name: string]: Draft };

/** What is wrong, by the path of the field: "order.items.0.quantity". */
export type Problems = ReadonlyMap<string, string>;

export type Input = Value | File | Input[] | { [name: string]: Input };

/** The fields of a form before anyone has touched it: defaults, and as many items as it takes. */
export function emptyDraft(schema: Schema, typeName: string): { [name: string]: Draft } {
  const fields = schema.type(typeName)?.inputFields ?? [];
  return Object.fromEntries(fields.map((field) => [field.name, initial(schema, field)]));
}

export function initial(schema: Schema, field: InputField): Draft {
  const preset = field.defaultValue === null ? null : readLiteral(field.defaultValue);
  if (preset !== null) return drafted(preset);
  if (!isRequired(field.type)) return undefined;
  const type = nullable(field.type);
  if (type.kind === "LIST") {
    const least = constraintsOf(field.description).minItems ?? 0;
    return Array.from({ length: least }, () => initial(schema, itemOf(field)));
  }
  const named = schema.type(nameOf(type))!;
  if (named.kind === "INPUT_OBJECT") return emptyDraft(schema, named.name);
  return named.name === "Boolean" ? false : undefined;
}

/** One item of a list, as a field of its own: the list's description says how each must be. */
export function itemOf(list: InputField): InputField {
  const each = /each (.*)$/is.exec(list.description ?? "")?.[1] ?? null;
  return { ...list, type: nullable(list.type).ofType!, defaultValue: null, description: each };
}

/** The input, or what is wrong with it. */
export function collect(
  schema: Schema,
  typeName: string,
  draft: { [name: string]: Draft },
): { input: { [name: string]: Input }; problems: Problems } {
  const problems = new Map<string, string>();

  function object(name: string, from: { [name: string]: Draft }, path: string) {
    const fields = schema.type(name)?.inputFields ?? [];
    return Object.fromEntries(
      fields.flatMap((field) => {
        const at = path === "" ? field.name : `${path}.${field.name}`;
        const value = read(field, from[field.name], at);
        return value === undefined ? [] : [[field.name, value] as const];
      }),
    );
  }

  function read(field: InputField, from: Draft, path: string): Input | undefined {
    const type = nullable(field.type);
    const empty = from === undefined || from === "";
    if (type.kind === "LIST") {
      if (empty && !isRequired(field.type)) return undefined;
      return items(field, Array.isArray(from) ? from : [], path);
    }
    const named = schema.type(nameOf(type))!;
    if (empty) {
      // An empty text is a text, where one must be given and nothing says how long.
      const least = constraintsOf(field.description);
      const mayBeEmpty = named.name === "String" && !least.minLength && !least.pattern;
      if (isRequired(field.type) && mayBeEmpty) return "";
      if (isRequired(field.type)) problems.set(path, text.form.required);
      return undefined;
    }
    if (named.kind === "INPUT_OBJECT") {
      return object(named.name, from as { [name: string]: Draft }, path);
    }
    if (typeof from !== "string") return from as Input;
    const { value, problem } = scalar(named.name, from, constraintsOf(field.description));
    if (problem !== undefined) problems.set(path, problem);
    return value;
  }

  function items(field: InputField, from: Draft[], path: string): Input[] {
    const { minItems, maxItems } = constraintsOf(field.description);
    if (minItems !== undefined && from.length < minItems) {
      problems.set(path, text.form.tooFew(minItems));
    }
    if (maxItems !== undefined && from.length > maxItems) {
      problems.set(path, text.form.tooMany(maxItems));
    }
    return from.map((item, at) => read(itemOf(field), item, `${path}.${at}`) ?? null);
  }

  return { input: object(typeName, draft, ""), problems };
}

function drafted(value: Value): Draft {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(drafted);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, drafted(one)]));
  }
  return typeof value === "boolean" ? value : String(value);
}

interface Read {
  value?: Input;
  problem?: string;
}

function scalar(type: string, typed: string, rules: Constraints): Read {
  switch (type) {
    case "Int":
    case "Float":
      return number(typed, rules, type === "Int");
    case "BigInt":
      return /^-?\d+$/.test(typed.trim()) ? { value: typed.trim() } : { problem: text.form.whole };
    case "Boolean":
      return { value: typed === "true" };
    case "Duration":
      return orProblem(isoDuration(typed), text.form.duration);
    case "DateTime":
      return orProblem(isoMoment(typed), text.form.moment);
    default:
      return { value: typed, problem: textProblem(typed, rules) };
  }
}

function number(typed: string, rules: Constraints, whole: boolean): Read {
  const value = Number(typed);
  const { min, max, above, below } = rules;
  if (typed.trim() === "" || !Number.isFinite(value)) return { problem: text.form.number };
  if (whole && !Number.isInteger(value)) return { problem: text.form.whole };
  const low = (min !== undefined && value < min) || (above !== undefined && value <= above);
  const high = (max !== undefined && value > max) || (below !== undefined && value >= below);
  return { value, problem: low || high ? text.form.outside : undefined };
}

function textProblem(typed: string, { minLength, maxLength, pattern }: Constraints) {
  const length = [...typed].length; // characters, as Python counts them
  if (minLength !== undefined && length < minLength) return text.form.tooShort(minLength);
  if (maxLength !== undefined && length > maxLength) return text.form.tooLong(maxLength);
  if (pattern === undefined || matches(typed, pattern)) return undefined;
  return text.form.pattern(pattern);
}

function matches(typed: string, pattern: string): boolean {
  // Strictly if it can be, else as browsers always did: Python lets more be escaped.
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(pattern, flags).test(typed);
    } catch {
      continue;
    }
  }
  return true; // not a pattern of JavaScript's: the server says
}

function orProblem(value: string | null, problem: string): Read {
  return value === null ? { problem } : { value };
}
