// Moments and lengths of time in words, and a clock that all of a page share.
import { useSyncExternalStore } from "react";

import { text } from "../text";

const TICK = 1_000; // ms

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** The time of day in milliseconds, anew each second. */
export function useNow(): number {
  return useSyncExternalStore(onTick, () => now);
}

/** How long ago, or until when: "5 s ago", "in 2 min". */
export function relative(moment: string, at: number): string {
  const seconds = (at - Date.parse(moment)) / 1000;
  if (Math.abs(seconds) < 1) return text.time.now;
  const length = short(Math.round(Math.abs(seconds)));
  return seconds < 0 ? text.time.in(length) : text.time.ago(length);
}

/** The two largest units at most: "2 h 5 min", "48 s", "4.2 s", "40 ms". */
export function short(seconds: number): string {
  if (seconds < 1 && seconds > 0) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${Math.max(0, Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), "min", whole < 600 ? whole % 60 : 0, "s");
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(whole / 3600);
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** The seconds of an ISO 8601 duration as the API writes them; null for another text. */
export function secondsOf(duration: string): number | null {
  const found = /^(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(
    duration,
  );
  if (found === null) return null;
  const [, sign, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found;
  const total =
    Number(weeks) * 604800 + Number(days) * 86400 + Number(hours) * 3600 + Number(minutes) * 60;
  return (sign ? -1 : 1) * (total + Number(seconds));
}

const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 1,
});

export const full = (moment: string): string => FULL.format(new Date(moment));
export const clock = (moment: string): string => CLOCK.format(new Date(moment));

function pair(large: number, unit: string, small: number, smaller: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;
}

function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK);
  now = Date.now();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
