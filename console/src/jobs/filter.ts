// Which jobs are listed: what the address says, what of it the API filters, and what the page does.
import type { JobFilter, JobStatus } from "../generated/graphql";
import type { Row } from "./feed";

export interface Filter {
  statuses: JobStatus[];
  task: string;
  tag: string;
  owner: string;
  text: string;
}

export const STATUSES: readonly JobStatus[] = [
  "RUNNING",
  "QUEUED",
  "SCHEDULED",
  "RETRYING",
  "CANCELLING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
];

export function fromAddress(query: URLSearchParams): Filter {
  const statuses = (query.get("status") ?? "").toUpperCase().split(",");
  return {
    statuses: STATUSES.filter((status) => statuses.includes(status)),
    task: query.get("task") ?? "",
    tag: query.get("tag") ?? "",
    owner: query.get("owner") ?? "",
    text: query.get("q") ?? "",
  };
}

export function toAddress(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.statuses.length > 0) query.set("status", filter.statuses.join(",").toLowerCase());
  if (filter.task) query.set("task", filter.task);
  if (filter.tag) query.set("tag", filter.tag);
  if (filter.owner) query.set("owner", filter.owner);
  if (filter.text) query.set("q", filter.text);
  const text = query.toString();
  return text === "" ? "/" : `/?${text}`;
}

export function isEmpty(filter: Filter): boolean {
  return toAddress(filter) === "/";
}

/** The part that the server does; null for none. */
export function forServer(filter: Filter): JobFilter | null {
  const asked: JobFilter = {};
  if (filter.statuses.length > 0) asked.statuses = filter.statuses;
  if (filter.task) asked.tasks = [filter.task];
  const tags = filter.tag.split(/[\s,]+/).filter(Boolean);
  if (tags.length > 0) asked.tags = tags;
  return Object.keys(asked).length === 0 ? null : asked;
}

/** Whether a job is in the list: events tell of those that are so no longer, too. */
export function passes(row: Row, filter: JobFilter | null): boolean {
  if (filter?.statuses && !filter.statuses.includes(row.status)) return false;
  if (filter?.tasks && !filter.tasks.includes(row.task.name)) return false;
  return !filter?.tags || filter.tags.every((tag) => row.tags.includes(tag));
}

/** The part that the page does: what the API has no filter for. */
export function finder(filter: Filter): ((row: Row) => boolean) | null {
  const owner = filter.owner.trim().toLowerCase();
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (owner === "" && words.length === 0) return null;
  return (row) => {
    if (owner !== "" && row.owner.toLowerCase() !== owner) return false;
    if (words.length === 0) return true;
    const all = [row.id, row.task.name, row.owner, row.progress?.message, row.failure?.message];
    const inAll = [...all, ...row.tags].join("\n").toLowerCase();
    return words.every((word) => inAll.includes(word));
  };
}
