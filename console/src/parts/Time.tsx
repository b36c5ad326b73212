// A moment as people say it, that keeps itself current; the exact time when pointed at.
import { full, relative, short, useNow } from "./time";

export function Moment({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={full(at)} className={className}>
      {relative(at, now)}
    </time>
  );
}

/** How long something took, or takes so far. */
export function Took({ from, to }: { from: string; to: string | null }) {
  const now = useNow();
  const end = to === null ? now : Date.parse(to);
  return <>{short(Math.max(0, end - Date.parse(from)) / 1000)}</>;
}
