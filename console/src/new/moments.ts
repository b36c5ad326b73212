// Moments and durations as people type them.
import { secondsOf } from "../parts/time";

const UNITS: Record<string, number> = { w: 604800, d: 86400, h: 3600, m: 60, s: 1 };
const WORDS = /^(?:\d+(?:\.\d+)?\s*(?:w|d|h|min|m|s)\s*)+$/i;

/** `90s`, `1h 30m`, `2 d` or ISO 8601 as the API takes it; null for anything else. */
export function isoDuration(typed: string): string | null {
  const trimmed = typed.trim();
  if (secondsOf(trimmed.toUpperCase()) !== null && trimmed.length > 1) return trimmed.toUpperCase();
  if (!WORDS.test(trimmed)) return null;
  let seconds = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(w|d|h|min|m|s)/gi)) {
    seconds += Number(amount) * UNITS[unit!.charAt(0).toLowerCase()]!;
  }
  return `PT${Math.round(seconds * 1000) / 1000}S`;
}

/** What a field for date and time gives is the local time. */
export function isoMoment(typed: string): string | null {
  const moment = new Date(typed);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
