// What a field's description says of the values that it takes: `From 1 to 100.`
// The server writes these sentences in tasks/shapes/constraints.py, the last of a description.

export interface Constraints {
  min?: number;
  max?: number;
  above?: number;
  below?: number;
  step?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}

const NUMBER = String.raw`(-?[\d.]+(?:e[+-]?\d+)?)`;

const RULES: [RegExp, (found: string[]) => Constraints][] = [
  [/(\d+) to (\d+) (item|character)s?/i, ([low, high, unit]) => size(unit!, low, high)],
  [/at least (\d+) (item|character)s?/i, ([low, unit]) => size(unit!, low, undefined)],
  [/at most (\d+) (item|character)s?/i, ([high, unit]) => size(unit!, undefined, high)],
  [/(?<![\w-] )(?:^|\. )(\d+) (item|character)s?/i, ([both, unit]) => size(unit!, both, both)],
  [RegExp(`from ${NUMBER} to ${NUMBER}(?! ?(?:item|char))`, "i"), range],
  [RegExp(`at least ${NUMBER}(?! ?(?:item|char|\\d))`, "i"), ([low]) => ({ min: Number(low) })],
  [RegExp(`at most ${NUMBER}(?! ?(?:item|char|\\d))`, "i"), ([high]) => ({ max: Number(high) })],
  [RegExp(`more than ${NUMBER}`, "i"), ([low]) => ({ above: Number(low) })],
  [RegExp(`less than ${NUMBER}`, "i"), ([high]) => ({ below: Number(high) })],
  [RegExp(`a multiple of ${NUMBER}`, "i"), ([step]) => ({ step: Number(step) })],
];

export function constraintsOf(description: string | null): Constraints {
  let words = description ?? "";
  const found: Constraints = {};
  const pattern = /matches `(.*)`/i.exec(words);
  if (pattern) {
    found.pattern = pattern[1]!;
    words = words.replace(pattern[0], "");
  }
  // Numbers end in a full stop that is no part of them.
  words = words.replace(/\.(?=\s|$)/g, " .");
  for (const [rule, read] of RULES) {
    const match = rule.exec(words);
    if (match) Object.assign(found, read(match.slice(1)));
  }
  return found;
}

function range([low, high]: string[]): Constraints {
  return { min: Number(low), max: Number(high) };
}

function size(unit: string, low: string | undefined, high: string | undefined): Constraints {
  const [min, max] = [low, high].map((one) => (one === undefined ? undefined : Number(one)));
  return unit.toLowerCase() === "item"
    ? { minItems: min, maxItems: max }
    : { minLength: min, maxLength: max };
}
