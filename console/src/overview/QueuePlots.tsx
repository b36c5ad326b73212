// A queue's last hour as plots: one pointer for all of them, and a table of the same numbers.
import { useState } from "react";

import { Link } from "../parts/Link";
import { pathOf } from "../router";
import Plot from "../plots/Plot";
import { text } from "../text";
import { hourOf } from "./hour";
import { MinutesTable } from "./MinutesTable";
import { plotsOf, type MinutePlot } from "./plots";
import type { Queue } from "./QueueCard";

const HEIGHT = 140; // px

export function QueuePlots({ queue }: { queue: Queue }) {
  const [pointed, setPointed] = useState<number | null>(null);
  const { minutes, name } = queue;
  if (hourOf(minutes).quiet) {
    return (
      <p className="quiet">
        {text.overview.plots.none} <Link href={pathOf.new()}>{text.overview.plots.make}</Link>
      </p>
    );
  }
  const times = minutes.map(({ at }) => Date.parse(at) / 1000);
  const at = Math.min(pointed ?? minutes.length - 1, minutes.length - 1);
  const when = pointed === null ? text.overview.plots.newest : minute(times[at]!);
  return (
    <div className="hour" role="group" aria-label={text.overview.plots.label}>
      {plotsOf(minutes).map((plot) => (
        <figure key={plot.title}>
          <figcaption>
            <span>
              <strong>{plot.title}</strong> <span className="quiet">{plot.unit}</span>
            </span>
            <Legend plot={plot} at={at} when={when} />
          </figcaption>
          <Plot
            label={plot.spoken}
            times={times}
            series={plot.series}
            height={HEIGHT}
            group={`minutes of ${name}`}
            onPoint={setPointed}
            write={plot.write}
            top={plot.top}
            step={60}
          />
        </figure>
      ))}
      <MinutesTable name={name} minutes={minutes} />
    </div>
  );
}

/** What the plot's colours stand for, and the numbers at the pointer; the plot's label says it in words. */
function Legend({ plot, at, when }: { plot: MinutePlot; at: number; when: string }) {
  return (
    <span className="legend" aria-hidden="true">
      <span className="quiet">{when}</span>
      {plot.legend.map(({ name, colour, values }) => {
        const value = values[at] ?? null;
        return (
          <span key={name}>
            <i style={{ background: `var(${colour})` }} />
            {name} {value === null ? "–" : plot.write(value)}
          </span>
        );
      })}
    </span>
  );
}

const MINUTE = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const minute = (seconds: number) => MINUTE.format(seconds * 1000);
