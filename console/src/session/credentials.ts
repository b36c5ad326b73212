// Who is asking: nobody (the local viewer of `jobcast dev`), a token, or a link to watch one job.
import { useSyncExternalStore } from "react";

import { routeOf } from "../router";

// Kept for this tab only, and gone with it.
const TOKEN = "jobcast.token";
const LINK = "jobcast.link";
const LINK_JOB = "jobcast.link.job";

export interface Credentials {
  token: string | null;
  /** The token came with a link: it shows one job, and changes nothing. */
  watching: boolean;
  /** The id of that job; null when no link is in force. */
  job: string | null;
  /** The server refused it: time to ask for another one. */
  rejected: boolean;
}

let current: Credentials = fromLink() ?? {
  token: sessionStorage.getItem(LINK) ?? sessionStorage.getItem(TOKEN),
  watching: sessionStorage.getItem(LINK) !== null,
  job: sessionStorage.getItem(LINK_JOB),
  rejected: false,
};
const listeners = new Set<() => void>();

export function credentials(): Credentials {
  return current;
}

/** The value of the header, and of `connection_init`; undefined without a token. */
export function authorization(): string | undefined {
  return current.token === null ? undefined : `Bearer ${current.token}`;
}

export function signIn(token: string): void {
  forgetLink();
  sessionStorage.setItem(TOKEN, token);
  change({ token, watching: false, job: null, rejected: false });
}

export function signOut(): void {
  forgetLink();
  sessionStorage.removeItem(TOKEN);
  change({ token: null, watching: false, job: null, rejected: false });
}

/** The server does not take them (any more). */
export function rejectCredentials(): void {
  if (!current.rejected) change({ ...current, rejected: true });
}

export function useCredentials(): Credentials {
  return useSyncExternalStore(onCredentials, credentials);
}

export function onCredentials(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The address with which anyone who has it can watch a job. */
export function watchAddress(jobId: string, token: string): string {
  // Behind `#`, so that it is sent to nobody: no log of a server or a proxy has it.
  return `${location.origin}/jobs/${encodeURIComponent(jobId)}#watch=${token}`;
}

function fromLink(): Credentials | null {
  const found = /^#watch=([\w.~-]+)$/.exec(location.hash)?.[1];
  const route = routeOf(location.pathname);
  if (found === undefined || route.page !== "job") return null;
  sessionStorage.setItem(LINK, found);
  sessionStorage.setItem(LINK_JOB, route.id);
  history.replaceState(history.state, "", location.pathname); // not left for whoever looks on
  return { token: found, watching: true, job: route.id, rejected: false };
}

function forgetLink(): void {
  sessionStorage.removeItem(LINK);
  sessionStorage.removeItem(LINK_JOB);
}

function change(to: Credentials): void {
  current = to;
  for (const listener of listeners) listener();
}
