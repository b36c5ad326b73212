// Which plots there are of a queue's minutes, and what each shows in words.
import { short } from "../parts/time";
import type { Series } from "../plots/Plot";
import { text } from "../text";
import { endedIn, failureRate, hourOf, percent, type Minute } from "./hour";

export interface MinutePlot {
  title: string;
  unit: string;
  /** The whole of it in a sentence. */
  spoken: string;
  series: Series[];
  /** What is named beside it: the same, unless bars stand on each other. */
  legend: Series[];
  write: (value: number) => string;
  /** The axis goes up to this at least. */
  top: number;
}

type Latency = "waited" | "ran";

export function plotsOf(minutes: readonly Minute[]): MinutePlot[] {
  return [
    throughput(minutes),
    failures(minutes),
    depth(minutes),
    latency(minutes, "waited"),
    latency(minutes, "ran"),
  ];
}

function throughput(minutes: readonly Minute[]): MinutePlot {
  const { plots } = text.overview;
  const { ended, mostEnded } = hourOf(minutes);
  const legend = [
    bars(minutes, plots.succeeded, "--green", ({ succeeded }) => succeeded),
    bars(minutes, plots.cancelled, "--grey", ({ cancelled }) => cancelled),
    bars(minutes, plots.failed, "--red", ({ failed }) => failed),
  ];
  // On each other: each is drawn as high as itself and those below it, the highest first.
  const series = [
    bars(minutes, plots.succeeded, "--green", endedIn),
    bars(minutes, plots.cancelled, "--grey", ({ cancelled, failed }) => cancelled + failed),
    legend[2]!,
  ];
  const spoken = plots.spoken.ended(ended, mostEnded, endedIn(minutes.at(-1)!));
  return {
    title: plots.ended,
    unit: plots.endedUnit,
    spoken,
    series,
    legend,
    write: whole,
    top: 4,
  };
}

function failures(minutes: readonly Minute[]): MinutePlot {
  const { plots } = text.overview;
  const { ended, failed } = hourOf(minutes);
  const series = [bars(minutes, plots.rate, "--red", failureRate)];
  return {
    title: plots.failures,
    unit: plots.failuresUnit,
    spoken: plots.spoken.failures(failed, ended, ended === 0 ? "–" : percent(failed / ended)),
    series,
    legend: series,
    write: percent,
    top: 0.1,
  };
}

function depth(minutes: readonly Minute[]): MinutePlot {
  const { plots } = text.overview;
  const { mostWaiting } = hourOf(minutes);
  const values = minutes.map(({ waiting }) => waiting);
  const series: Series[] = [{ name: plots.waiting, colour: "--accent", as: "area", values }];
  return {
    title: plots.depth,
    unit: plots.depthUnit,
    spoken: plots.spoken.depth(mostWaiting, minutes.at(-1)!.waiting ?? 0),
    series,
    legend: series,
    write: whole,
    top: 4,
  };
}

function latency(minutes: readonly Minute[], which: Latency): MinutePlot {
  const { plots } = text.overview;
  const taken = minutes.map((minute) => minute[which]);
  const known = taken.filter((one) => one !== null);
  const series: Series[] = [
    { name: plots.p99, colour: "--red", values: taken.map((one) => one?.p99 ?? null) },
    { name: plots.p95, colour: "--amber", values: taken.map((one) => one?.p95 ?? null) },
    { name: plots.p50, colour: "--blue", values: taken.map((one) => one?.p50 ?? null) },
  ];
  const worst = Math.max(0, ...known.map(({ p99 }) => p99));
  const newest = known.at(-1);
  return {
    title: plots[which],
    unit: plots[`${which}Unit`],
    spoken:
      newest === undefined
        ? plots.spoken.nothing(plots[which])
        : plots.spoken.latency(plots[which], short(newest.p50), short(worst)),
    series,
    legend: series.toReversed(),
    write: short,
    top: 0.01, // seconds
  };
}

function bars(
  minutes: readonly Minute[],
  name: string,
  colour: string,
  of: (minute: Minute) => number | null,
): Series {
  return { name, colour, as: "bars", values: minutes.map(of) };
}

/** Counts have no halves: such steps of the axis stay without a number. */
function whole(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : "";
}
