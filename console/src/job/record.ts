// `JobRecord`: a job's events as they come, each once and in order, and what they add up to.
import { gql } from "urql";

import { client } from "../api/client";
import { codeOf, inWords } from "../api/failures";
import type { JobQuery } from "../generated/graphql";
import type { Value } from "../schema/literal";

export type Job = NonNullable<JobQuery["job"]>;

export interface JobEvent {
  __typename: string;
  cursor: string;
  offset: number;
  at: string;
  job: Partial<Job> & Pick<Job, "status" | "attempt">;
  merged?: number;
  progress?: { fraction: number; message: string | null };
  level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
  message?: string;
  failure?: { message: string; attempt: number };
  reason?: string;
  output?: Value;
}

export interface RecordState {
  /** What the newest event says of the job. */
  job: JobEvent["job"] | null;
  /** All but progress, log lines and output. */
  turns: readonly JobEvent[];
  logs: readonly JobEvent[];
  outputs: readonly JobEvent[];
  /** Events are missing before those that are shown. */
  incomplete: boolean;
  /** How many events there were in all, those that others stand for included. */
  offset: number;
  error: string | null;
}

const MOST_KEPT = 5_000; // events of a kind: what a page can still draw at once
const AGAIN_AFTER = 2_000; // ms, when the connection was ended for good
const FINAL = new Set(["NOT_FOUND", "JOB_GONE", "FORBIDDEN", "CURSOR_INVALID", "UNAUTHENTICATED"]);

export class JobRecord {
  private state: RecordState = {
    job: null,
    turns: [],
    logs: [],
    outputs: [],
    incomplete: false,
    offset: 0,
    error: null,
  };
  private arrived: JobEvent[] = [];
  private frame: ReturnType<typeof setTimeout> | undefined;
  private listeners = new Set<() => void>();
  private end: () => void = () => {};
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly id: string,
    private readonly operation: string,
    private after: string | null,
  ) {}

  /** Begin to follow; returns how to end. */
  start(): () => void {
    const events = client.subscription<{ job: JobEvent }>(gql(this.operation), {
      id: this.id,
      after: this.after,
    });
    const { unsubscribe } = events.subscribe(({ data, error }) => {
      if (data?.job) return this.take(data.job);
      if (!error) return;
      if (FINAL.has(codeOf(error) ?? "")) return this.publish({ error: inWords(error) });
      this.timer = setTimeout(() => this.start(), AGAIN_AFTER);
    });
    this.end = unsubscribe;
    return () => {
      clearTimeout(this.frame);
      clearTimeout(this.timer);
      this.frame = undefined;
      this.end();
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  current = (): RecordState => this.state;

  private take(event: JobEvent): void {
    this.after = event.cursor;
    this.arrived.push(event);
    // Many at once when a history is replayed: drawn together, some 60 times a second at most.
    this.frame ??= setTimeout(() => {
      this.frame = undefined;
      this.add(this.arrived.splice(0));
    }, 16);
  }

  private add(events: JobEvent[]): void {
    const { turns, logs, outputs } = this.state;
    let { job, incomplete, offset } = this.state;
    const added = { turns: [] as JobEvent[], logs: [] as JobEvent[], outputs: [] as JobEvent[] };
    for (const event of events) {
      const whole = event.__typename === "JobSnapshot" || event.__typename === "JobReset";
      if (!whole && event.offset <= offset) continue; // seen
      if (whole ? offset < event.offset : event.offset - (event.merged ?? 0) > offset + 1) {
        incomplete = true;
      }
      offset = event.offset;
      job = event.job;
      if (event.__typename === "JobProgressed") continue;
      if (event.__typename === "JobLogged") added.logs.push(event);
      else if ("output" in event) added.outputs.push(event);
      else added.turns.push(event);
    }
    this.publish({
      job,
      incomplete,
      offset,
      turns: joined(turns, added.turns),
      logs: joined(logs, added.logs),
      outputs: joined(outputs, added.outputs),
    });
  }

  private publish(change: Partial<RecordState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

function joined(kept: readonly JobEvent[], added: JobEvent[]): readonly JobEvent[] {
  return added.length === 0 ? kept : [...kept, ...added].slice(-MOST_KEPT);
}
