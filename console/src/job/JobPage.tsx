// One job in full, live to its end.
import { useEffect, useState } from "react";
import { useQuery } from "urql";

import { codeOf, inWords, plain } from "../api/failures";
import { JobDocument } from "../generated/graphql";
import { Link } from "../parts/Link";
import { Notice } from "../parts/Notice";
import { pathOf } from "../router";
import { loadSchema } from "../schema/load";
import type { Schema } from "../schema/schema";
import { useCredentials } from "../session/credentials";
import { text } from "../text";
import "../styles/parts.css";
import "../styles/job.css";
import { JobView } from "./JobView";

export default function JobPage({ id }: { id: string }) {
  const [{ data, error, fetching }, again] = useQuery({
    query: JobDocument,
    variables: { id },
    requestPolicy: "cache-and-network",
  });
  const { watching } = useCredentials();
  const [schema, setSchema] = useState<Schema | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  useEffect(() => {
    loadSchema().then(setSchema, (reason: Error) => {
      setFailure(plain(reason.message) || text.errors.unreachable);
    });
  }, []);

  const job = data?.job;
  useEffect(() => {
    if (job) document.title = `${job.task.name} · ${text.product}`;
  }, [job?.task.name]);

  if (job && schema) return <JobView job={job} schema={schema} />;
  if (error && codeOf(error) !== "NOT_FOUND") {
    return (
      <Notice
        title={text.errors.unknown}
        action={<button onClick={() => again()}>{text.tryAgain}</button>}
        error
      >
        {inWords(error)}
      </Notice>
    );
  }
  if (failure !== null) {
    return (
      <Notice title={text.job.noSchema} error>
        {failure}
      </Notice>
    );
  }
  if (fetching || job) return <p className="quiet wait">{text.loading}</p>;
  return (
    <Notice
      title={text.job.missing.title}
      action={
        !watching && (
          <Link href={pathOf.jobs} className="button">
            {text.nowhere.action}
          </Link>
        )
      }
    >
      {text.job.missing.body}
    </Notice>
  );
}
