// Tabs ready made: all jobs live, and for each task to enqueue, watch and cancel one.
import { sampleInput } from "../schema/sample";
import { nameOf, type Schema } from "../schema/schema";

export interface Tab {
  query: string;
  variables?: string;
}

interface Task {
  name: string;
  mutation: string | null;
}

const WATCH = `# Start this first, then enqueue a job: every job of yours shows up here.
subscription WatchAll {
  jobs {
    __typename
    at
    job {
      id
      status
      progress { fraction message }
    }
  }
}
`;

const LIST = `query Jobs {
  jobs(first: 10) {
    edges {
      node {
        id
        task { name }
        status
        attempt
      }
    }
  }
}
`;

export function readyTabs(schema: Schema, tasks: Task[]): Tab[] {
  return [{ query: WATCH }, ...tasks.flatMap((task) => tabOf(schema, task)), { query: LIST }];
}

/** Three operations over one job; the button of GraphiQL asks which to run. */
function tabOf(schema: Schema, { name, mutation }: Task): Tab[] {
  const field = mutation === null ? undefined : schema.mutation(mutation);
  if (mutation === null || field === undefined) return [];
  const input = nameOf(field.args[0]!.type);
  const type = capitalized(mutation);
  const query = `# ${name}: enqueue a job, put its id into the variables, and watch it.
# Late is fine: a subscription begins with what the job is now, and misses nothing from there.
mutation Enqueue${type}($input: ${input}!) {
  ${mutation}(input: $input) {
    ... on ${type}Accepted {
      job { id status }
    }
    ... on InvalidInput {
      fields { path message }
    }
    ... on Problem { message }
  }
}

subscription Watch${type}($id: ID!) {
  job(id: $id) {
    __typename
    offset
    cursor
    job {
      status
      attempt
      progress { fraction message }
    }
  }
}

mutation Cancel${type}($id: ID!) {
  cancelJob(input: { id: $id }) {
    ... on CancelJobAccepted {
      job { id status }
    }
    ... on Problem { message }
  }
}
`;
  const variables = { input: sampleInput(schema, input), id: "" };
  return [{ query, variables: JSON.stringify(variables, null, 2) }];
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
