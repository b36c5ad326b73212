// The WebSocket: graphql-transport-ws, that comes back by itself and goes on where it was.
// Source: docs/protocol.md, "Coming back after a cut" and "Close codes".
import { createClient, type Client } from "graphql-ws";

import { authorization, rejectCredentials } from "../session/credentials";
import { setConnection } from "./connection";

const FORBIDDEN = 4403; // the token is invalid, or has expired, or the link was revoked
const NORMAL = 1000;

const PING_EVERY = 10_000; // ms; a connection that died without a word is noticed after two
const ANSWER_WITHIN = 5_000; // ms
const LONGEST_WAIT = 5_000; // ms between two tries
const KEPT_UNUSED = 3_000; // ms, so that going from page to page keeps the connection

/** The last cursor of each operation, by its id: it stays the same over a reconnect. */
const cursors = new Map<string, string>();

let deadline: ReturnType<typeof setTimeout> | undefined;
let hurry: (() => void) | undefined;

export const socket: Client = createClient({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
  connectionParams: () => ({
    ...(authorization() && { authorization: authorization() }),
    resume: Object.fromEntries(cursors),
  }),
  lazyCloseTimeout: KEPT_UNUSED,
  keepAlive: PING_EVERY,
  retryAttempts: Infinity,
  retryWait: (retries) => waitOrHurry(Math.min(250 * 2 ** retries, LONGEST_WAIT)),
  shouldRetry: (failure) => !(failure instanceof CloseEvent && failure.code === FORBIDDEN),
  on: {
    connecting: () => setConnection("opening"),
    connected: () => setConnection("live"),
    closed: (event) => {
      clearTimeout(deadline);
      const { code } = event as CloseEvent;
      if (code === FORBIDDEN) rejectCredentials();
      setConnection(code === NORMAL || code === FORBIDDEN ? "idle" : "lost");
    },
    ping: (received) => {
      if (!received) deadline = setTimeout(() => socket.terminate(), ANSWER_WITHIN);
    },
    pong: (received) => {
      if (received) clearTimeout(deadline);
    },
    message: (message) => {
      if (message.type === "next") {
        const event = message.payload.data?.["job"] as { cursor?: string } | null | undefined;
        if (event?.cursor) cursors.set(message.id, event.cursor);
      } else if (message.type === "complete" || message.type === "error") {
        cursors.delete(message.id);
      }
    },
  },
});

/** Try at once instead of after the pause. */
export function connectNow(): void {
  hurry?.();
}

/** Speak with other credentials from now on. */
export function reconnect(): void {
  cursors.clear();
  socket.terminate();
}

/** An operation that its page has left. */
export function forget(operationId: string): void {
  cursors.delete(operationId);
}

async function waitOrHurry(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    hurry = resolve;
    if (navigator.onLine) setTimeout(resolve, milliseconds);
  });
  hurry = undefined;
}

// The browser knows first. A connection without a network is no connection.
addEventListener("offline", () => {
  setConnection("lost");
  socket.terminate();
});
addEventListener("online", connectNow);
