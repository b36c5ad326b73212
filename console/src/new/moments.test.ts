import assert from "node:assert/strict";
import { test } from "node:test";

import { isoDuration } from "./moments";

const DURATIONS = [
  ["90s", "PT90S"],
  ["1h 30m", "PT5400S"],
  ["2 min", "PT120S"],
  ["1.5h", "PT5400S"],
  ["2d", "PT172800S"],
  ["pt1m30s", "PT1M30S"],
  ["P1DT2H", "P1DT2H"],
  ["soon", null],
  ["90", null],
  ["P", null],
  ["", null],
] as const;

for (const [typed, expected] of DURATIONS) {
  test(`"${typed}" is ${expected ?? "no duration"}`, () => {
    assert.equal(isoDuration(typed), expected);
  });
}
