// Lines or bars over time, drawn on a canvas. Whoever shows one says in words what it shows.
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { onTheme, resolved } from "./colours";

export interface Series {
  name: string;
  /** One for each time; null for none. */
  values: readonly (number | null)[];
  /** The name of a token: `--accent`. */
  colour: string;
  as?: "line" | "area" | "bars";
}

interface Props {
  label: string;
  times: readonly number[]; // seconds
  series: readonly Series[];
  height?: number; // px
  /** Plots of one group show where the pointer is in any of them. */
  group?: string;
  /** The place in `times` under the pointer; null when it has left. */
  onPoint?: (at: number | null) => void;
  /** How numbers of the axis are written. */
  write?: (value: number) => string;
  /** The axis goes up to this at least. */
  top?: number;
  /** Seconds that each value stands for, as a bar is wide. */
  step?: number;
}

type Colours = (token: string, percent?: number) => string;

const HEIGHT = 180; // px
const AXIS = 52; // px: room for "250 ms"
const CLOCK = 28; // px: a line of "14:05"

export default function Plot(props: Props) {
  const { label, times, series, height = HEIGHT, group } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const newest = useRef(props);
  newest.current = props;
  const shape = series.map(({ name, as }) => `${name} ${as}`).join();

  useEffect(() => {
    const element = box.current!;

    function draw() {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, height, newest), dataOf(newest.current), element);
    }

    draw();
    const observer = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    const forget = onTheme(draw);
    return () => {
      observer.disconnect();
      forget();
      plot.current?.destroy();
    };
  }, [shape, height, group]);

  useEffect(() => {
    plot.current?.setData(dataOf(newest.current));
  }, [times, series]);

  return <div ref={box} className="plot" role="img" aria-label={label} style={{ height }} />;
}

function dataOf({ times, series }: Props): uPlot.AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])];
}

function options(
  element: HTMLElement,
  height: number,
  newest: { readonly current: Props },
): uPlot.Options {
  const { series, group, top = 0, step = 0, write } = newest.current;
  const colour = (token: string, part = 100) => resolved(element, token, part);
  const axis: uPlot.Axis = {
    stroke: colour("--ink-quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { show: series.every(({ as }) => as !== "bars") },
      ...(group !== undefined && { sync: { key: group } }),
    },
    scales: {
      x: { range: (_, first, last) => [first - step / 2, last + step / 2] },
      y: { range: (_, low, high) => rangeOf(low, Math.max(high, top), top > 0) },
    },
    axes: [
      { ...axis, size: CLOCK, space: 64, values: (_, at) => clocks(at) },
      { ...axis, size: AXIS, ...(write && { values: (_, at) => at.map(write) }) },
    ],
    series: [{}, ...series.map((one) => drawn(one, colour))],
    hooks: { setCursor: [({ cursor }) => newest.current.onPoint?.(cursor.idx ?? null)] },
  };
}

function drawn({ name, colour, as = "line" }: Series, of: Colours): uPlot.Series {
  const stroke = of(colour);
  if (as === "bars") {
    return {
      label: name,
      fill: stroke,
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars!({ size: [0.7, 12] }),
    };
  }
  return {
    label: name,
    stroke,
    width: 2,
    points: { size: 4, fill: stroke, width: 0 },
    ...(as === "area" && { fill: of(colour, 14) }),
  };
}

/** From zero, where the axis is one of amounts; else around what there is. */
function rangeOf(low: number | null, high: number | null, amounts: boolean): [number, number] {
  if (low === null || high === null || !Number.isFinite(high)) return [0, 1];
  if (amounts) return [0, high * 1.08];
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  return [low - room, high + room];
}

/** "14:05", with seconds where the steps are shorter than a minute. */
function clocks(moments: number[]): string[] {
  const [first = 0, second = 0] = moments;
  const format = second - first < 60 ? SECONDS : MINUTES;
  return moments.map((moment) => format.format(moment * 1000));
}

const MINUTES = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
