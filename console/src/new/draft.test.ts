import assert from "node:assert/strict";
import { test } from "node:test";

import { Schema, type InputField, type NamedType, type TypeRef } from "../schema/schema";
import { collect, emptyDraft } from "./draft";

const named = (name: string, kind = "SCALAR"): TypeRef => ({ kind, name, ofType: null });
const required = (type: TypeRef): TypeRef => ({ kind: "NON_NULL", name: null, ofType: type });
const list = (type: TypeRef): TypeRef => ({ kind: "LIST", name: null, ofType: type });

function field(name: string, type: TypeRef, more: Partial<InputField> = {}): InputField {
  return { name, type, description: null, defaultValue: null, ...more };
}

function type(name: string, kind: string, inputFields: InputField[] | null = null): NamedType {
  const none = { description: null, fields: null, enumValues: null, possibleTypes: null };
  return { ...none, name, kind, inputFields };
}

const schema = new Schema([
  ...["Int", "Float", "String", "Boolean", "Duration"].map((name) => type(name, "SCALAR")),
  type("Place", "INPUT_OBJECT", [
    field("latitude", required(named("Float")), { description: "From -90 to 90." }),
  ]),
  type("Ride", "INPUT_OBJECT", [
    field("route", required(list(required(named("Place", "INPUT_OBJECT")))), {
      description: "The way. 2 to 3 items.",
    }),
    field("scale", required(named("Int")), { defaultValue: "10" }),
    field("note", named("String")),
    field("options", named("Place", "INPUT_OBJECT")),
  ]),
]);

test("a form begins with defaults, and with as many items as a list must have", () => {
  const draft = emptyDraft(schema, "Ride");

  assert.deepEqual(draft, {
    route: [{ latitude: undefined }, { latitude: undefined }],
    scale: "10",
    note: undefined,
    options: undefined,
  });
});

test("what is left out is not sent, and what is typed becomes what the API takes", () => {
  const draft = { ...emptyDraft(schema, "Ride"), route: [{ latitude: "1.5" }, { latitude: "2" }] };

  const { input, problems } = collect(schema, "Ride", draft);

  assert.deepEqual(input, { route: [{ latitude: 1.5 }, { latitude: 2 }], scale: 10 });
  assert.equal(problems.size, 0);
});

test("problems are named by the path of their field", () => {
  const draft = { route: [{ latitude: "91" }], scale: "1.5", note: "", options: { latitude: "" } };

  const { problems } = collect(schema, "Ride", draft);

  assert.deepEqual([...problems.keys()].sort(), [
    "options.latitude",
    "route",
    "route.0.latitude",
    "scale",
  ]);
});
