import assert from "node:assert/strict";
import { test } from "node:test";

import { constraintsOf } from "./constraints";

// As tasks/shapes/constraints.py writes them.
const SENTENCES = [
  ["Degrees north of the equator; south is negative. From -90 to 90.", { min: -90, max: 90 }],
  ["How many updates. From 0.1 to 10.", { min: 0.1, max: 10 }],
  ["At least 3.", { min: 3 }],
  ["At most 1000.", { max: 1000 }],
  ["More than 0, less than 1.5.", { above: 0, below: 1.5 }],
  ["At least 0, a multiple of 5.", { min: 0, step: 5 }],
  ["What to buy. 1 to 20 items.", { minItems: 1, maxItems: 20 }],
  ["At least 2 items, each from 1 to 5.", { minItems: 2, min: 1, max: 5 }],
  ["3 items.", { minItems: 3, maxItems: 3 }],
  ["1 to 40 characters.", { minLength: 1, maxLength: 40 }],
  [
    "Where it goes. At most 254 characters, matches `^[^@]+@x{1,3}$`.",
    { maxLength: 254, pattern: "^[^@]+@x{1,3}$" },
  ],
  ["Name at least one of them.", {}],
  ["What to buy.", {}],
] as const;

for (const [sentence, expected] of SENTENCES) {
  test(`"${sentence}" is understood`, () => {
    const found = JSON.parse(JSON.stringify(constraintsOf(sentence)));

    assert.deepEqual(found, expected);
  });
}

test("no description, no constraints", () => {
  assert.deepEqual(constraintsOf(null), {});
});
