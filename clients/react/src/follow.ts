/** One job's events over a transport, each once and in order, whatever becomes of connections. */
import type { JobcastError } from './errors.js';
import type { WatchDocument, WatchedEvent } from './events.js';
import type { Transport } from './transport.js';

/**
 * - `connecting`: nothing has come yet.
 * - `live`: events come as they happen.
 * - `reconnecting`: the connection broke; what happens meanwhile comes later.
 * - `ended`: the job has ended, and all of its events have come.
 * - `failed`: no more comes; the error says why.
 */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'ended' | 'failed';

export interface Follower<Event> {
  /** The next event; with `error` when some of its fields could not be read, and are null. */
  event(event: Event, error: JobcastError | undefined): void;
  connection(connection: Connection, error?: JobcastError): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000; // a server that is back is noticed within a quarter of a minute

/**
 * Tell `follower` every event of a job, from after the cursor `after`, or from a snapshot.
 *
 * What comes twice is known by its offset (events are counted without a hole), and the last one's
 * cursor says where to go on. Passing errors are waited out.
 *
 * Returns what ends it; nothing is told from then on.
 */
export function follow<Event extends WatchedEvent>(
  transport: Transport,
  document: WatchDocument<Event>,
  id: string,
  after: string | null,
  follower: Follower<Event>,
): () => void {
  const following = new Following(transport, document, id, after, follower);
  return () => following.end();
}

class Following<Event extends WatchedEvent> {
  private offset: number | undefined; // of the last event that was told
  private subscription = 0; // which one counts; what earlier ones still tell is not heard
  private failures = 0; // in a row
  private refusals = 0; // of the token, in a row
  private unsubscribe: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly unlisten: (() => void) | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly document: WatchDocument<Event>,
    private readonly id: string,
    private cursor: string | null,
    private readonly follower: Follower<Event>,
  ) {
    this.unlisten = transport.onConnection?.((connected) => this.connected(connected));
    this.subscribe();
  }

  end(): void {
    this.leave();
    clearTimeout(this.timer);
    this.unlisten?.();
  }

  private subscribe(): void {
    const number = ++this.subscription;
    const counts = (): boolean => number === this.subscription;
    let heard = false;
    const unsubscribe = this.transport.subscribe(
      this.document,
      { id: this.id, after: this.cursor },
      {
        next: ({ job }, error) => {
          if (!counts()) return;
          this.next(job, error, heard);
          heard = true;
        },
        error: (error) => counts() && this.failed(error),
        complete: () => {
          if (!counts()) return;
          this.end();
          this.follower.connection('ended');
        },
      },
    );
    if (counts()) this.unsubscribe = unsubscribe;
    else unsubscribe(); // it was told at once that it is over
  }

  private leave(): void {
    this.subscription++;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }

  private again(pauseMs: number): void {
    this.leave();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.subscribe(), pauseMs);
  }

  private next(event: Event, error: JobcastError | undefined, heard: boolean): void {
    const snapshot = event.__typename === 'JobSnapshot';
    const begins = snapshot || event.__typename === 'JobReset';
    if (begins && heard) {
      // Either the transport has subscribed again by itself, from where it once began, and events
      // between here and there may be missing; or they are lost, and the server tells so again.
      if (!snapshot || event.offset !== this.offset) this.again(0);
      return;
    }
    if (!begins && this.offset !== undefined && event.offset <= this.offset) return;
    this.cursor = event.cursor;
    this.offset = event.offset;
    this.failures = 0;
    this.refusals = 0;
    this.follower.connection('live');
    this.follower.event(event, error);
  }

  private failed(error: JobcastError): void {
    const expired = error.code === 'UNAUTHENTICATED' && this.refusals++ === 0;
    if (error.code === 'CURSOR_INVALID' && this.offset !== undefined) {
      this.cursor = null; // once it was valid: begin anew, with a snapshot
      this.offset = undefined;
      this.again(0);
    } else if (error.passing || expired) {
      const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures++);
      this.again(most * (0.5 + Math.random() / 2)); // not all clients at the same moment
    } else {
      this.end();
      this.follower.connection('failed', error);
      return;
    }
    this.follower.connection('reconnecting', error);
  }

  private connected(connected: boolean): void {
    if (connected) this.refusals = 0;
    // Before anything has come, whoever looks on is still waiting for the first.
    if (this.offset !== undefined) this.follower.connection(connected ? 'live' : 'reconnecting');
  }
}
