// The form of one task.
import { useEffect, useMemo, useRef, useState, type FormEvent } from "react";

import { Link } from "../parts/Link";
import { ProgressBar } from "../parts/Progress";
import { Words } from "../parts/Words";
import { navigate, pathOf } from "../router";
import { nameOf, type Field, type Schema } from "../schema/schema";
import { text } from "../text";
import { collect, emptyDraft, type Draft, type Problems } from "./draft";
import { Fields, FormContext } from "./Fields";
import { enqueue, enqueueOperation } from "./send";

interface Props {
  task: { name: string; description: string };
  mutation: Field;
  schema: Schema;
}

const NONE: Problems = new Map();

export function TaskForm({ task, mutation, schema }: Props) {
  const inputType = nameOf(mutation.args[0]!.type);
  const [draft, setDraft] = useState(() => emptyDraft(schema, inputType));
  const [problems, setProblems] = useState(NONE);
  const [refused, setRefused] = useState<string | null>(null);
  const [sent, setSent] = useState<number | null>(null); // the part of it, while it goes
  const form = useRef<HTMLFormElement>(null);
  const operation = useMemo(() => enqueueOperation(schema, mutation), [schema, mutation]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (sent !== null) return;
    const collected = collect(schema, inputType, draft);
    setRefused(null);
    setProblems(collected.problems);
    if (collected.problems.size > 0) return;
    setSent(0);
    const outcome = await enqueue(operation, collected.input, setSent);
    setSent(null);
    if ("job" in outcome) return navigate(pathOf.job(outcome.job));
    setRefused(outcome.problem);
    setProblems(new Map(outcome.fields.map(({ path, message }) => [at(path), message])));
  }

  // To the first field that is wrong, once it is marked.
  useEffect(() => {
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (wrong ?? form.current?.querySelector<HTMLElement>('[role="alert"]'))?.focus();
  }, [problems, refused]);

  const [first, ...rest] = task.description.split("\n\n");
  return (
    <div className="new-page">
      <header>
        <Link href={pathOf.new()} className="back">
          {text.form.other}
        </Link>
        <h1>{task.name}</h1>
        <p>
          <Words>{first!}</Words>
        </p>
        {rest.map((paragraph) => (
          <p key={paragraph} className="quiet">
            <Words>{paragraph}</Words>
          </p>
        ))}
      </header>
      <form ref={form} className="card part" onSubmit={(event) => void submit(event)} noValidate>
        <FormContext value={{ schema, problems }}>
          <Fields
            typeName={inputType}
            value={draft}
            path=""
            onChange={(to) => setDraft(to as { [name: string]: Draft })}
          />
        </FormContext>
        {(refused !== null || problems.size > 0) && (
          <p className="problem" role="alert" tabIndex={-1}>
            {refused ?? text.form.wrong(problems.size)}
            {orphans(problems, form.current).map((message) => ` ${message}`)}
          </p>
        )}
        <div className="send">
          <button className="primary" aria-disabled={sent !== null}>
            {text.form.send}
          </button>
          {sent !== null && (
            <div className="sending">
              <span className="quiet">{text.form.sending(Math.round(sent * 100))}</span>
              <ProgressBar fraction={sent} label={text.form.upload} />
            </div>
          )}
        </div>
      </form>
    </div>
  );
}

/** The server counts from `input` on. */
function at(path: string[]): string {
  return (path[0] === "input" ? path.slice(1) : path).join(".");
}

/** What no field of the form stands for is said below it. */
function orphans(problems: Problems, form: HTMLFormElement | null): string[] {
  if (form === null) return [];
  const known = new Set(
    [...form.querySelectorAll("[data-path]")].map((e) => e.getAttribute("data-path")),
  );
  return [...problems].filter(([path]) => !known.has(path)).map(([path, why]) => `${path}: ${why}`);
}
