// What the task has given so far, by its kind: text, numbers, places, pictures, or anything.
import { lazy, Suspense, useState } from "react";

import type { Value } from "../schema/literal";
import { text } from "../text";
import { FileView, isFile } from "./FileView";
import type { JobEvent } from "./record";
import { isPlace, placesIn, RouteView } from "./RouteView";
import { entriesOf, ValueView } from "./ValueView";

const Plot = lazy(() => import("../plots/Plot"));

const SHOWN = 100; // of what is only listed

interface Props {
  events: readonly JobEvent[];
  input: Value;
}

export function Output({ events, input }: Props) {
  const values = events.map((event) => event.output!);
  const newest = values.at(-1) ?? null;
  return (
    <section className="card part" aria-label={text.job.output.title}>
      <h2>
        {text.job.output.title}{" "}
        <span className="quiet">{events.at(-1)!.offset && values.length}</span>
      </h2>
      <ByKind events={events} values={values} newest={newest} input={input} />
    </section>
  );
}

function ByKind(props: Props & { values: Value[]; newest: Value }) {
  const { events, values, newest, input } = props;
  if (typeof newest === "string") {
    return (
      <pre className="stream" tabIndex={0}>
        {values.join("\n")}
      </pre>
    );
  }
  if (typeof newest === "number") {
    return <Numbers events={events} pick={(value) => value} name={text.job.output.value} />;
  }
  if (newest === null || Array.isArray(newest) || typeof newest !== "object") {
    return <Listed values={values} />;
  }
  if (isFile(newest)) {
    return (
      <div className="files">
        {values.slice(-SHOWN).map((value, at) => (
          <FileView key={at} file={value as never} />
        ))}
      </div>
    );
  }
  return (
    <>
      {isPlace(newest) && (
        <RouteView
          travelled={values.flatMap((value) => placesIn(value))}
          planned={placesIn(input)}
          heading={typeof newest["headingDegrees"] === "number" ? newest["headingDegrees"] : null}
        />
      )}
      <FieldPlot events={events} newest={newest} />
      <ValueView value={newest} />
    </>
  );
}

/** One of an object's numbers, to choose from. */
function FieldPlot({
  events,
  newest,
}: {
  events: readonly JobEvent[];
  newest: { [n: string]: Value };
}) {
  const names = entriesOf(newest)
    .filter(([name, value]) => typeof value === "number" && !/^l(at|ong)itude$/.test(name))
    .map(([name]) => name);
  const [chosen, setChosen] = useState(names.find((name) => /speed|value|score/i.test(name)));
  const name = chosen ?? names[0];
  if (name === undefined) return null;
  return (
    <>
      {names.length > 1 && (
        <select
          aria-label={text.job.output.field}
          value={name}
          onChange={(event) => setChosen(event.target.value)}
        >
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
      <Numbers
        key={name}
        events={events}
        name={name}
        pick={(value) => (value as { [name: string]: Value } | null)?.[name] ?? null}
      />
    </>
  );
}

interface NumbersProps {
  events: readonly JobEvent[];
  name: string;
  pick: (value: Value) => Value;
}

function Numbers({ events, name, pick }: NumbersProps) {
  const points = events.map((event) => [Date.parse(event.at) / 1000, pick(event.output!)] as const);
  const last = points.at(-1)?.[1];
  const label = text.job.output.plot(name, points.length, String(last));
  return (
    <Suspense fallback={<div className="plot" />}>
      <Plot
        label={label}
        times={points.map(([time]) => time)}
        series={[
          {
            name,
            colour: "--accent",
            values: points.map(([, value]) => (typeof value === "number" ? value : null)),
          },
        ]}
      />
    </Suspense>
  );
}

function Listed({ values }: { values: Value[] }) {
  const shown = values.slice(-SHOWN);
  return (
    <ol className="values" start={values.length - shown.length + 1}>
      {shown.map((value, at) => (
        <li key={at}>
          <ValueView value={value} />
        </li>
      ))}
    </ol>
  );
}
