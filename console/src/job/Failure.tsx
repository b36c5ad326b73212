// Why a job failed: the words, the kind, and whatever else the failure's type tells.
import { text } from "../text";
import type { Value } from "../schema/literal";
import type { Job } from "./record";
import { ValueView } from "./ValueView";

interface Props {
  failure: NonNullable<Job["failure"]>;
  details: { [name: string]: Value } | null;
}

export function Failure({ failure, details }: Props) {
  const more = Object.fromEntries(
    Object.entries(details ?? {})
      .filter(([name, value]) => /^f\d+_/.test(name) && value !== null)
      .map(([name, value]) => [name.replace(/^f\d+_/, ""), value]),
  );
  return (
    <section className="card part failure" aria-label={text.job.failure.title}>
      <h2>{text.job.failure.title}</h2>
      <p className="words">{failure.message}</p>
      <p className="quiet">
        {text.job.failure.kinds[failure.kind]} {text.job.failure.attempt(failure.attempt)}
      </p>
      {Object.keys(more).length > 0 && <ValueView value={more} />}
    </section>
  );
}
