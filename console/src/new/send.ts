// Enqueues a job, with its files and how much of them has gone.
import { ENDPOINT, headers } from "../api/client";
import { plain } from "../api/failures";
import { multipart, UPLOAD_HEADERS } from "../api/multipart";
import { isOffline } from "../api/mutate";
import { request, type Answer } from "../api/request";
import { nameOf, type Field, type Schema } from "../schema/schema";
import { text } from "../text";
import type { Input } from "./draft";

export type Outcome =
  { job: string } | { problem: string; fields: { path: string[]; message: string }[] };

interface Payload {
  __typename: string;
  job?: { id: string };
  message?: string;
  fields?: { path: string[]; message: string }[];
}

/** The mutation that enqueues, with all that its payload can say. */
export function enqueueOperation(schema: Schema, mutation: Field): string {
  const accepted = new Set(schema.type("JobAccepted")?.possibleTypes?.map(({ name }) => name));
  const members = schema.innermost(mutation.type)?.possibleTypes ?? [];
  const parts = members.map(({ name }) => {
    if (accepted.has(name)) return `... on ${name} { job { id } }`;
    return `... on ${name} { message${name === "InvalidInput" ? " fields { path message }" : ""} }`;
  });
  return `mutation Enqueue($input: ${nameOf(mutation.args[0]!.type)}!) {
  ${mutation.name}(input: $input) {
    __typename
    ${parts.join("\n    ")}
  }
}`;
}

/** `onProgress` is told what part of the files has gone, from 0 to 1. */
export async function enqueue(
  query: string,
  input: { [name: string]: Input },
  onProgress: (fraction: number) => void,
): Promise<Outcome> {
  if (isOffline()) return { problem: text.errors.offline, fields: [] };
  const variables = { input };
  const form = multipart({ query, variables }, (value) =>
    value instanceof File ? value : undefined,
  );
  try {
    const answer = await (form
      ? upload(form, onProgress)
      : request<Record<string, Payload>>(query, variables));
    return outcomeOf(answer);
  } catch {
    return { problem: text.errors.unreachable, fields: [] };
  }
}

function outcomeOf(answer: Answer<Record<string, Payload>>): Outcome {
  const payload = answer.data && Object.values(answer.data)[0];
  if (!payload)
    return { problem: plain(answer.errors?.[0]?.message ?? text.errors.unknown), fields: [] };
  if (payload.job) return { job: payload.job.id };
  return { problem: plain(payload.message ?? text.errors.unknown), fields: payload.fields ?? [] };
}

// `fetch` does not tell how much of a body has gone.
function upload(
  form: FormData,
  onProgress: (fraction: number) => void,
): Promise<Answer<Record<string, Payload>>> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", ENDPOINT);
    const all = { ...headers(), ...UPLOAD_HEADERS, Accept: "application/json" };
    for (const [name, value] of Object.entries(all)) sending.setRequestHeader(name, value);
    sending.responseType = "json";
    sending.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    sending.onload = () => {
      if (sending.response) resolve(sending.response as Answer<Record<string, Payload>>);
      else reject(new Error());
    };
    sending.onerror = () => reject(new Error());
    sending.send(form);
  });
}
