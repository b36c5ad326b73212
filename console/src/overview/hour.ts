// What the minutes of a queue add up to.
import type { QueuesSubscription } from "../generated/graphql";

export type Minute = QueuesSubscription["queues"][number]["minutes"][number];

export interface Hour {
  /** Jobs that ended, however they did. */
  ended: number;
  /** Those of them that failed. */
  failed: number;
  /** The most that ended in one minute. */
  mostEnded: number;
  /** The most that waited at once. */
  mostWaiting: number;
  /** Whether anything happened at all. */
  quiet: boolean;
}

export function hourOf(minutes: readonly Minute[]): Hour {
  const ends = minutes.map(endedIn);
  return {
    ended: sum(ends),
    failed: sum(minutes.map(({ failed }) => failed)),
    mostEnded: Math.max(0, ...ends),
    mostWaiting: Math.max(0, ...minutes.map(({ waiting }) => waiting ?? 0)),
    quiet: minutes.every(
      (minute) => minute.enqueued + minute.started + endedIn(minute) + (minute.waiting ?? 0) === 0,
    ),
  };
}

export function endedIn({ succeeded, failed, cancelled }: Minute): number {
  return succeeded + failed + cancelled;
}

/** The part that failed, from 0 to 1; null where none ended. */
export function failureRate(minute: Minute): number | null {
  const ended = endedIn(minute);
  return ended === 0 ? null : minute.failed / ended;
}

/** "3%", and "0.4%" for what is little but not nothing. */
export function percent(part: number): string {
  const hundredths = part * 100;
  const digits = hundredths > 0 && hundredths < 1 ? 1 : 0;
  return `${hundredths.toFixed(digits)}%`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
