// What is seen here, as operations to copy: for a program of one's own, GraphiQL or curl.
import { useState } from "react";

import { CopyButton } from "../parts/CopyButton";
import { Dialog } from "../parts/Dialog";
import type { Schema } from "../schema/schema";
import { text } from "../text";
import { onceOperation } from "./operations";
import type { Job } from "./record";

interface Props {
  job: Job;
  schema: Schema;
  events: string;
  onClose: () => void;
}

export function Operation({ job, schema, events, onClose }: Props) {
  const [kind, setKind] = useState<"live" | "once" | "curl">("live");
  const once = pretty(onceOperation(schema, job.__typename));
  const shown = { live: events, once, curl: curl(job.id, events) }[kind];
  const variables = JSON.stringify({ id: job.id }, null, 2);

  return (
    <Dialog title={text.job.operation.title} onClose={onClose} wide>
      <div className="chips" role="group" aria-label={text.job.operation.title}>
        {(["live", "once", "curl"] as const).map((one) => (
          <button
            key={one}
            className="chip"
            aria-pressed={kind === one}
            onClick={() => setKind(one)}
          >
            {text.job.operation.kinds[one]}
          </button>
        ))}
        <CopyButton value={shown} />
      </div>
      <pre tabIndex={0}>{shown}</pre>
      {kind !== "curl" && (
        <>
          <div className="inline">
            <h3>{text.job.operation.variables}</h3>
            <CopyButton value={variables} />
          </div>
          <pre tabIndex={0}>{variables}</pre>
        </>
      )}
    </Dialog>
  );
}

function curl(id: string, events: string): string {
  const query = events
    .replace("$id: ID!, $after: Cursor", "$id: ID!")
    .replace(", after: $after", "");
  return `curl -sNG ${location.origin}/graphql \\
  -H 'Accept: text/event-stream' \\
  -H "Authorization: Bearer $TOKEN" \\
  --data-urlencode 'variables={"id": "${id}"}' \\
  --data-urlencode 'query=${query}'`;
}

/** A selection on one line, on several. */
function pretty(operation: string): string {
  let depth = 0;
  const tokens = operation.match(/\([^)]*\)|\.\.\. on \w+|[{}]|[^\s{}()]+/g) ?? [];
  const lines: string[] = [];
  for (const token of tokens) {
    const last = lines.length - 1;
    if (token === "{") {
      lines[last] += " {";
      depth += 1;
    } else if (token === "}") {
      depth -= 1;
      lines.push("  ".repeat(depth) + "}");
    } else if (token.startsWith("(") || depth === 0) {
      if (lines.length === 0) lines.push(token);
      else lines[last] += token.startsWith("(") ? token : ` ${token}`;
    } else if (lines[last]!.endsWith(":")) lines[last] += ` ${token}`;
    else lines.push("  ".repeat(depth) + token);
  }
  return lines.join("\n");
}
