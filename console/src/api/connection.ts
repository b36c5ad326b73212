// Whether the live connection stands, for whoever shows it or has to catch up after a cut.
import { useSyncExternalStore } from "react";

export interface Connection {
  /** `idle`: nobody watches anything; `lost`: it was cut, and is being made again. */
  state: "idle" | "opening" | "live" | "lost";
  /** How often it has come back: what has no cursor is read again when this changes. */
  returns: number;
}

let current: Connection = { state: navigator.onLine ? "idle" : "lost", returns: 0 };
const listeners = new Set<() => void>();

export function connection(): Connection {
  return current;
}

export function setConnection(state: Connection["state"]): void {
  if (state === current.state) return;
  // Trying again is still a loss, until it has succeeded.
  if (current.state === "lost" && state === "opening") return;
  const returned = current.state === "lost" && state === "live";
  current = { state, returns: current.returns + (returned ? 1 : 0) };
  for (const listener of listeners) listener();
}

export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useConnection(): Connection {
  return useSyncExternalStore(onConnection, connection);
}
