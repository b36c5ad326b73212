// Who is asking: nobody (the local viewer of `jobcast dev`), a token, or a link to watch one job.
import { useSyncExternalStore } from "react";

// Kept for this tab only, and gone with it.
const TOKEN = "jobcast.token";
const LINK = "jobcast.link";

export interface Credentials {
  token: string | null;
  /** The token came with a link: it shows one job, and changes nothing. */
  watching: boolean;
  /** The server refused it: time to ask for another one. */
  rejected: boolean;
}

let current: Credentials = fromLink() ?? {
  token: sessionStorage.getItem(LINK) ?? sessionStorage.getItem(TOKEN),
  watching: sessionStorage.getItem(LINK) !== null,
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
  sessionStorage.removeItem(LINK);
  sessionStorage.setItem(TOKEN, token);
  change({ token, watching: false, rejected: false });
}

export function signOut(): void {
  sessionStorage.removeItem(LINK);
  sessionStorage.removeItem(TOKEN);
  change({ token: null, watching: false, rejected: false });
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
  if (found === undefined) return null;
  sessionStorage.setItem(LINK, found);
  history.replaceState(history.state, "", location.pathname); // not left for whoever looks on
  return { token: found, watching: true, rejected: false };
}

function change(to: Credentials): void {
  current = to;
  for (const listener of listeners) listener();
}
