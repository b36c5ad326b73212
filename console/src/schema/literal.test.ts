import assert from "node:assert/strict";
import { test } from "node:test";

import { readLiteral } from "./literal";

const LITERALS = [
  ["null", null],
  ["P720", "P720"],
  ["-1.5e3", -1500],
  ["true", true],
  ['"a \\"b\\" { c }"', 'a "b" { c }'],
  ["[]", []],
  ["[1, [2, 3]]", [1, [2, 3]]],
  [
    '{ method: "pm_card_visa", currency: EUR, items: [{ n: 1 }] }',
    { method: "pm_card_visa", currency: "EUR", items: [{ n: 1 }] },
  ],
] as const;

for (const [literal, expected] of LITERALS) {
  test(`${literal} is read`, () => {
    assert.deepEqual(readLiteral(literal), expected);
  });
}
