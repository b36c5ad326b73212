// `JobsFeed`: the list of jobs, newest first, read page by page and kept current by events.
import type { CombinedError } from "urql";

import { client } from "../api/client";
import { connection, onConnection } from "../api/connection";
import { inWords } from "../api/failures";
import {
  JobsChangedDocument,
  JobsDocument,
  type JobFilter,
  type JobsQuery,
} from "../generated/graphql";
import { passes } from "./filter";

export type Row = JobsQuery["jobs"]["edges"][number]["node"];

export interface FeedState {
  rows: readonly Row[];
  /** Jobs that came since, and wait to be shown. */
  fresh: number;
  loading: boolean;
  hasMore: boolean;
  /** How many pages in a row were short: few jobs pass the filter. */
  short: number;
  error: string | null;
}

const PAGE = 100; // the API's largest
const MOST_READ_AGAIN = 10; // pages, after a cut; what is older has mostly ended
const AGAIN_AFTER = 2_000; // ms, when the events broke off for good, as at a fault of the server

/** Subscribe first, read then: whatever an event has said of a job is newer than what was read. */
export class JobsFeed {
  private state: FeedState = {
    rows: [],
    fresh: 0,
    loading: true,
    hasMore: false,
    short: 0,
    error: null,
  };
  private rows = new Map<string, Row>(); // in order
  private fresh = new Map<string, Row>();
  private heard = new Map<string, Row>(); // while a page is being read
  private after: string | null = null;
  private pages = 0;
  private hold = false;
  private ended = false;
  private frame = 0;
  private listeners = new Set<() => void>();
  private ends: (() => void)[] = [];

  constructor(private readonly filter: JobFilter | null) {}

  /** Begin; returns how to end. */
  start(): () => void {
    let { returns } = connection();
    this.listen();
    this.ends.push(
      onConnection(() => {
        if (connection().returns === returns) return;
        returns = connection().returns; // events were missed: there is no cursor for all jobs
        void this.readAgain();
      }),
    );
    void this.readNext();
    return () => {
      this.ended = true;
      cancelAnimationFrame(this.frame);
      for (const end of this.ends.splice(0)) end();
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  current = (): FeedState => this.state;

  /** While held, new jobs wait to be shown, so that nothing moves under the pointer. */
  setHold(hold: boolean): void {
    this.hold = hold;
    if (!hold && this.fresh.size > 0) this.showFresh();
  }

  showFresh(): void {
    const newest = [...this.fresh.values()].sort((a, b) => (a.enqueuedAt < b.enqueuedAt ? 1 : -1));
    this.rows = new Map([...newest.map((row) => [row.id, row] as const), ...this.rows]);
    this.fresh.clear();
    this.publish();
  }

  /** One page; `far`: look on, though there were few in the last ones. */
  loadMore(far = false): void {
    if (far) this.state = { ...this.state, short: 0 };
    if (!this.state.loading && this.state.hasMore) void this.readNext();
  }

  retry(): void {
    void (this.pages === 0 ? this.readNext() : this.readAgain());
  }

  private async readNext(): Promise<void> {
    this.begin();
    const { data, error } = await this.page(this.after);
    if (this.ended) return;
    if (!data) return this.fail(error);
    this.pages += 1;
    this.after = data.pageInfo.endCursor;
    for (const row of this.newer(data)) this.rows.set(row.id, row);
    const isShort = data.edges.length < PAGE && data.pageInfo.hasNextPage;
    this.publish({ short: isShort ? this.state.short + 1 : 0 });
    this.finish(data.pageInfo.hasNextPage);
  }

  /** Read all that is shown once more, and change nothing but what has changed. */
  private async readAgain(): Promise<void> {
    this.begin();
    const rows = new Map<string, Row>();
    let after: string | null = null;
    let hasMore = true;
    for (let page = 0; page < Math.min(this.pages || 1, MOST_READ_AGAIN) && hasMore; page += 1) {
      const { data, error }: Page = await this.page(after);
      if (this.ended) return;
      if (!data) return this.fail(error);
      after = data.pageInfo.endCursor;
      hasMore = data.pageInfo.hasNextPage;
      for (const row of this.newer(data)) rows.set(row.id, row);
    }
    const oldest = [...rows.values()].at(-1);
    const shown = this.rows;
    this.rows = new Map();
    for (const row of rows.values()) {
      if (shown.size === 0 || shown.has(row.id) || !this.isNewerThan(row, shown)) {
        this.rows.set(row.id, row);
      } else this.fresh.set(row.id, row);
    }
    if (!hasMore || this.pages <= MOST_READ_AGAIN) this.after = after;
    else {
      for (const row of shown.values()) {
        if (oldest && row.enqueuedAt < oldest.enqueuedAt) this.rows.set(row.id, row);
      }
      hasMore = this.state.hasMore;
    }
    this.pages ||= 1;
    this.finish(hasMore);
  }

  private begin(): void {
    this.heard.clear();
    this.publish({ loading: true, error: null });
  }

  private fail(error: CombinedError | undefined): void {
    this.publish({ loading: false, error: error ? inWords(error) : null });
  }

  private finish(hasMore: boolean): void {
    for (const row of this.heard.values()) if (!this.rows.has(row.id)) this.add(row);
    this.heard.clear();
    this.publish({ loading: false, hasMore });
    if (!this.hold && this.fresh.size > 0) this.showFresh();
  }

  private async page(after: string | null): Promise<Page> {
    const variables = { first: PAGE, after, filter: this.filter };
    const read = client.query(JobsDocument, variables, { requestPolicy: "network-only" });
    const { data, error } = await read.toPromise();
    return { data: error ? undefined : data?.jobs, error };
  }

  private newer(page: JobsQuery["jobs"]): Row[] {
    const rows = page.edges.map(({ node }) => this.heard.get(node.id) ?? node);
    return rows.filter((row) => passes(row, this.filter));
  }

  private listen(): void {
    // Without the statuses: of a job that stops passing, a filtered subscription tells only if it
    // has told of it before, and this list knows of more.
    const filter = this.filter && { ...this.filter, statuses: null };
    const { unsubscribe } = client
      .subscription(JobsChangedDocument, { filter })
      .subscribe(({ data, error }) => {
        if (data) return this.hear(data.jobs.job);
        if (!error) return;
        this.publish({ error: inWords(error) });
        const timer = setTimeout(() => {
          this.listen();
          void this.readAgain();
        }, AGAIN_AFTER);
        this.ends.push(() => clearTimeout(timer));
      });
    this.ends.push(unsubscribe);
  }

  private hear(row: Row): void {
    const wanted = passes(row, this.filter);
    if (this.state.loading) this.heard.set(row.id, row);
    if (!wanted) {
      this.rows.delete(row.id);
      this.fresh.delete(row.id);
      this.heard.delete(row.id);
    } else if (this.rows.has(row.id)) this.rows.set(row.id, row);
    else if (!this.state.loading || this.fresh.has(row.id)) this.add(row);
    this.publish();
  }

  /** One that came since; older ones that are not shown yet come with their page. */
  private add(row: Row): void {
    if (!this.isNewerThan(row, this.rows)) return;
    this.fresh.set(row.id, row);
    if (!this.hold) this.showFresh();
  }

  private isNewerThan(row: Row, rows: ReadonlyMap<string, Row>): boolean {
    const newest = rows.values().next().value;
    return newest === undefined || row.enqueuedAt >= newest.enqueuedAt;
  }

  /** Tell those who look, once for all that happens before the next picture is drawn. */
  private publish(change: Partial<FeedState> = {}): void {
    this.state = { ...this.state, ...change };
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.state = { ...this.state, rows: [...this.rows.values()], fresh: this.fresh.size };
      for (const listener of this.listeners) listener();
    });
  }
}

interface Page {
  data: JobsQuery["jobs"] | undefined;
  error: CombinedError | undefined;
}
