// A new job: first the task, then a form made from its input.
import { useEffect, useState } from "react";
import { useQuery } from "urql";

import { inWords, plain } from "../api/failures";
import { TasksDocument } from "../generated/graphql";
import { Link } from "../parts/Link";
import { Notice } from "../parts/Notice";
import { pathOf } from "../router";
import { loadSchema } from "../schema/load";
import type { Schema } from "../schema/schema";
import { text } from "../text";
import "../styles/form.css";
import { TaskForm } from "./TaskForm";

export default function NewPage({ task }: { task: string | null }) {
  const [{ data, error }, again] = useQuery({ query: TasksDocument });
  const [schema, setSchema] = useState<Schema | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  useEffect(() => {
    loadSchema().then(setSchema, (reason: Error) => {
      setFailure(plain(reason.message) || text.errors.unreachable);
    });
  }, []);

  const problem = error ? inWords(error) : failure;
  if (problem !== null) {
    return (
      <Notice
        title={text.errors.unknown}
        action={<button onClick={() => again()}>{text.tryAgain}</button>}
        error
      >
        {problem}
      </Notice>
    );
  }
  if (!data || !schema) return <p className="quiet wait">{text.loading}</p>;
  const tasks = data.tasks.filter(({ mutation }) => mutation !== null);
  const chosen = tasks.find(({ name }) => name === task);
  const mutation = chosen && schema.mutation(chosen.mutation!);
  if (chosen && mutation) {
    return <TaskForm key={chosen.name} task={chosen} mutation={mutation} schema={schema} />;
  }
  if (task !== null) {
    return (
      <Notice
        title={text.form.noTask}
        action={
          <Link href={pathOf.new()} className="button">
            {text.form.choose}
          </Link>
        }
      >
        {text.form.noTaskBody}
      </Notice>
    );
  }
  return (
    <div className="new-page">
      <h1>{text.form.choose}</h1>
      {tasks.length === 0 && <p>{text.form.noTasks}</p>}
      <ul className="tasks">
        {tasks.map(({ name, description }) => (
          <li key={name}>
            <Link className="card" href={pathOf.new(name)}>
              <strong>{name}</strong>
              <span>{description.split("\n")[0]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
