// The addresses of the pages, and how to get from one to another without loading anew.
import { useSyncExternalStore } from "react";

export type Route =
  | { page: "jobs" }
  | { page: "job"; id: string }
  | { page: "new"; task: string | null }
  | { page: "overview" }
  | { page: "nowhere" };

const listeners = new Set<() => void>();

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  for (const listener of listeners) listener();
}

/** Path and query; changes make the component render again. */
export function useLocation(): URL {
  return new URL(useSyncExternalStore(onChange, () => location.href));
}

export function routeOf(path: string): Route {
  const [first = "", second, ...rest] = path.split("/").slice(1).map(decodeURIComponent);
  if (rest.length > 0) return { page: "nowhere" };
  if (first === "" && second === undefined) return { page: "jobs" };
  if (first === "jobs" && second) return { page: "job", id: second };
  if (first === "new") return { page: "new", task: second || null };
  if (first === "overview" && second === undefined) return { page: "overview" };
  return { page: "nowhere" };
}

export const pathOf = {
  jobs: "/",
  job: (id: string) => `/jobs/${encodeURIComponent(id)}`,
  new: (task?: string) => (task === undefined ? "/new" : `/new/${encodeURIComponent(task)}`),
  overview: "/overview",
  graphiql: "/graphql",
};

function onChange(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}
