// The numbers of the plots, for those who read rather than look; made only when it is opened.
import { useState } from "react";

import { short } from "../parts/time";
import { text } from "../text";
import type { Minute } from "./hour";

interface Props {
  name: string;
  minutes: readonly Minute[];
}

const COUNTS = [
  "enqueued",
  "started",
  "succeeded",
  "failed",
  "cancelled",
  "retried",
  "lost",
] as const;

export function MinutesTable({ name, minutes }: Props) {
  const [open, setOpen] = useState(false);
  const { table } = text.overview;
  return (
    <details className="minutes" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{table.action}</summary>
      {open && (
        <div className="table" tabIndex={0} role="region" aria-label={table.label(name)}>
          <table>
            <thead>
              <tr>
                <th scope="col">{table.at}</th>
                {COUNTS.map((count) => (
                  <th key={count} scope="col">
                    {table[count]}
                  </th>
                ))}
                <th scope="col">{table.waiting}</th>
                <th scope="col">{table.waited}</th>
                <th scope="col">{table.ran}</th>
              </tr>
            </thead>
            <tbody>
              {minutes.toReversed().map((minute) => (
                <tr key={minute.at}>
                  <th scope="row">{CLOCK.format(new Date(minute.at))}</th>
                  {COUNTS.map((count) => (
                    <td key={count}>{minute[count]}</td>
                  ))}
                  <td>{minute.waiting ?? "–"}</td>
                  <td>{latency(minute.waited)}</td>
                  <td>{latency(minute.ran)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

function latency(taken: Minute["waited"]): string {
  return taken === null ? "–" : [taken.p50, taken.p95, taken.p99].map(short).join(" / ");
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
