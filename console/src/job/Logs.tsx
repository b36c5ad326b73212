// The job's log, line by line as it comes.
import { useLayoutEffect, useRef } from "react";

import { clock, full } from "../parts/time";
import { text } from "../text";
import type { JobEvent } from "./record";

const AT_THE_END = 24; // px: closer than this, one follows the newest line

export function Logs({ logs, ended }: { logs: readonly JobEvent[]; ended: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);

  useLayoutEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [logs.length]);

  function onScroll() {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    follows.current = scrollHeight - scrollTop - clientHeight < AT_THE_END;
  }

  return (
    <section className="card part" aria-label={text.job.logs.title}>
      <h2>{text.job.logs.title}</h2>
      {logs.length === 0 ? (
        <p className="quiet">{ended ? text.job.logs.none : text.job.logs.waiting}</p>
      ) : (
        <div
          ref={box}
          className="logs"
          role="log"
          tabIndex={0}
          aria-label={text.job.logs.title}
          onScroll={onScroll}
        >
          {logs.map((event) => (
            <p key={event.offset} data-level={event.level}>
              <time dateTime={event.at} title={full(event.at)}>
                {clock(event.at)}
              </time>
              <span className="level">{text.job.logs.levels[event.level!]}</span>
              <span>{event.message}</span>
            </p>
          ))}
        </div>
      )}
    </section>
  );
}
