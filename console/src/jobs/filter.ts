// Which jobs are listed: what the address says, and what the API is asked for.
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

export const LONGEST_TEXT = 100; // characters: what the API takes

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

/** What the address asks for as a status, and is none. */
export function unknownStatuses(query: URLSearchParams): string[] {
  const asked = (query.get("status") ?? "").split(",").filter(Boolean);
  return asked.filter((one) => !(STATUSES as readonly string[]).includes(one.toUpperCase()));
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

/** As the API takes it; null for all jobs. */
export function forServer(filter: Filter): JobFilter | null {
  const asked: JobFilter = {};
  if (filter.statuses.length > 0) asked.statuses = filter.statuses;
  if (filter.task) asked.tasks = [filter.task];
  const tags = filter.tag.split(/[\s,]+/).filter(Boolean);
  if (tags.length > 0) asked.tags = tags;
  const owner = filter.owner.trim();
  if (owner !== "") asked.owners = [owner];
  const text = filter.text.trim().slice(0, LONGEST_TEXT);
  if (text !== "") asked.text = text;
  return Object.keys(asked).length === 0 ? null : asked;
}

/**
 * Whether a job is in the list: events tell of those that are so no longer, too. What never
 * changes, as its owner and the text, the server has looked at.
 */
export function passes(row: Row, filter: JobFilter | null): boolean {
  if (filter?.statuses && !filter.statuses.includes(row.status)) return false;
  if (filter?.tasks && !filter.tasks.includes(row.task.name)) return false;
  return !filter?.tags || filter.tags.every((tag) => row.tags.includes(tag));
}
