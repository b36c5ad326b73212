// The operations of a job's page that depend on its task: made from the schema.
import { failureParts, outputEventOf, partsOf, selectionOf } from "../schema/selection";
import { nameOf, type Schema } from "../schema/schema";

const JOB = `__typename id status attempt maxAttempts scheduledFor startedAt finishedAt
      progress { fraction message }
      failure { __typename message kind attempt }`;

/** All events of a job, its partial output included. */
export function eventsOperation(schema: Schema, jobType: string): string {
  const output = outputEventOf(schema, jobType);
  return `subscription JobEvents($id: ID!, $after: Cursor) {
  job(id: $id, after: $after) {
    __typename
    cursor
    offset
    at
    job {
      ${JOB}
    }
    ... on JobProgressed { merged progress { fraction message } }
    ... on JobLogged { level message }
    ... on JobRetryScheduled { failure { message kind attempt } }
    ... on JobReset { reason }${
      output === null ? "" : `\n    ... on ${output} { output ${outputSelection(schema, output)} }`
    }
  }
}`;
}

/** The job as it stands, with what it was given and what came of it: to copy. */
export function onceOperation(schema: Schema, jobType: string): string {
  const parts = partsOf(schema, jobType, ["input", "result"]);
  return `query Job($id: ID!) { job(id: $id) { ${JOB}${
    parts === "" ? "" : ` ... on ${jobType} { ${parts} }`
  } } }`;
}

/** What a job was given, what came of it, and all that its failure tells. */
export function detailsOperation(schema: Schema, jobType: string): string {
  const parts = partsOf(schema, jobType, ["input", "result"]);
  return `query JobDetails($id: ID!) {
  job(id: $id) {
    __typename
    id
    failure ${failureParts(schema)}${parts === "" ? "" : `\n    ... on ${jobType} { ${parts} }`}
  }
}`;
}

function outputSelection(schema: Schema, eventType: string): string {
  const field = schema.type(eventType)?.fields?.find(({ name }) => name === "output");
  return field === undefined ? "" : (selectionOf(schema, nameOf(field.type)) ?? "");
}
