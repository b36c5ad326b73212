// The list itself: only the rows in view exist, so that ten thousand scroll like ten.
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";

import { text } from "../text";
import type { Row } from "./feed";
import { JobRow } from "./JobRow";

interface Props {
  rows: readonly Row[];
  fresh: number;
  owners: boolean;
  loading: boolean;
  hasMore: boolean;
  onEnd?: () => void;
  onHold: (hold: boolean) => void;
  onFresh: () => void;
  foot: ReactNode;
}

const BEYOND = 8; // rows above and below, so that a fast wheel shows no white
const READ_AHEAD = 30; // rows before the end

const ENTER_BY = ["ArrowDown", "ArrowUp", "j", "k"]; // the rest scrolls the page, as ever

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "preventDefault">;

export function JobList(props: Props) {
  const { rows, fresh, owners, loading, hasMore, onEnd, onHold, onFresh, foot } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800, row: 48 });
  const [active, setActive] = useState<string | null>(null);
  const held = useRef({ pointer: false, focus: false });

  const first = Math.max(0, Math.floor(view.top / view.row) - BEYOND);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / view.row) + BEYOND);
  const activeAt = active === null ? -1 : rows.findIndex((row) => row.id === active);

  function measure() {
    const { scrollTop, clientHeight } = box.current!;
    const row = Number.parseFloat(getComputedStyle(box.current!).getPropertyValue("--row"));
    setView({ top: scrollTop, height: clientHeight, row });
    hold();
  }

  // New jobs wait while someone is at a place in the list, or about to click in it.
  function hold(change: Partial<typeof held.current> = {}) {
    Object.assign(held.current, change);
    const { pointer, focus } = held.current;
    onHold(pointer || focus || (box.current?.scrollTop ?? 0) > 0);
  }

  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      onHold(false); // nobody is at a place in a list that is gone
    };
  }, []);

  useLayoutEffect(() => {
    if (last > rows.length - READ_AHEAD && hasMore && !loading) onEnd?.();
  }, [last, rows.length, hasMore, loading]);

  function showNew() {
    onFresh();
    box.current!.scrollTop = 0;
  }

  function move(event: Key) {
    const page = Math.max(1, Math.floor(view.height / view.row) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const to = Math.min(rows.length - 1, Math.max(0, activeAt + step));
    const row = rows[to];
    if (row === undefined) return;
    const { current } = box;
    const top = to * view.row;
    if (top < current!.scrollTop) current!.scrollTop = top;
    else if (top + view.row > current!.scrollTop + view.height) {
      current!.scrollTop = top + view.row - view.height;
    }
    setActive(row.id);
    requestAnimationFrame(() => current?.querySelector<HTMLElement>(`a[tabindex="0"]`)?.focus());
  }

  // Nobody has to find the list before its keys work.
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const { key } = event;
      const target = event.target as HTMLElement;
      const free = target.matches("body, main");
      const keys = free ? ENTER_BY : target.matches("input[type=search]") ? ["ArrowDown"] : [];
      if (keys.includes(key)) move(event);
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });

  const shown = rows.slice(first, last).map((row, index) => ({ row, at: first + index }));
  // The row that has the keyboard stays, wherever it is: else the page would lose its place.
  if (activeAt !== -1 && (activeAt < first || activeAt >= last)) {
    shown.push({ row: rows[activeAt]!, at: activeAt });
  }
  const entry = activeAt === -1 ? first : activeAt;

  return (
    <div className="job-list" data-owners={owners}>
      <div className="head" aria-hidden="true">
        <span>{text.jobs.columns.status}</span>
        <span>{text.jobs.columns.job}</span>
        <span>{text.jobs.columns.progress}</span>
        {owners && <span>{text.jobs.columns.owner}</span>}
        <span className="end">{text.jobs.columns.when}</span>
        <span className="end">{text.jobs.columns.took}</span>
      </div>
      <div className="pill" role="status">
        {fresh > 0 && <button onClick={showNew}>{text.jobs.fresh(fresh)}</button>}
      </div>
      <div
        ref={box}
        className="scroll"
        role="list"
        aria-label={text.jobs.list}
        aria-busy={loading}
        onScroll={measure}
        onKeyDown={move}
        onPointerEnter={() => hold({ pointer: true })}
        onPointerLeave={() => hold({ pointer: false })}
        onFocus={() => hold({ focus: true })}
        onBlur={() => hold({ focus: false })}
      >
        <div className="space" role="presentation" style={{ height: rows.length * view.row }}>
          {shown.map(({ row, at }) => (
            <div
              key={row.id}
              className="row"
              role="listitem"
              aria-posinset={at + 1}
              aria-setsize={hasMore ? -1 : rows.length}
              style={{ transform: `translateY(${at * view.row}px)` }}
            >
              <JobRow
                row={row}
                owner={owners}
                tabIndex={at === entry ? 0 : -1}
                onFocus={() => setActive(row.id)}
              />
            </div>
          ))}
        </div>
      </div>
      <div className="foot">
        <span>{loading ? text.loading : foot}</span>
        <span className="keys">{text.jobs.keys}</span>
      </div>
    </div>
  );
}
