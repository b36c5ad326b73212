// What else to filter by: words, a task, tags and, for an admin, an owner.
import { useEffect, useRef } from "react";
import { useQuery } from "urql";

import { TaskNamesDocument } from "../generated/graphql";
import { navigate, pathOf } from "../router";
import { useViewer } from "../session/viewer";
import { text } from "../text";
import { isEmpty, LONGEST_TEXT, type Filter } from "./filter";

interface Props {
  filter: Filter;
  onChange: (to: Filter) => void;
}

export function Filters({ filter, onChange }: Props) {
  const search = useRef<HTMLInputElement>(null);
  const [{ data }] = useQuery({ query: TaskNamesDocument });
  const admin = useViewer()?.admin ?? false;
  const tasks = data?.tasks.map(({ name }) => name) ?? [];
  if (filter.task && !tasks.includes(filter.task)) tasks.push(filter.task);

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const target = event.target as HTMLElement;
      const typing = target.closest("input, select, textarea, [contenteditable]") !== null;
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/") {
        event.preventDefault();
        search.current?.focus();
      } else if (event.key === "n") navigate(pathOf.new());
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <div className="filters">
      <input
        ref={search}
        type="search"
        className="search"
        aria-label={text.jobs.search}
        placeholder={text.jobs.searchHint}
        maxLength={LONGEST_TEXT}
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.target.value })}
      />
      <select
        aria-label={text.jobs.task}
        value={filter.task}
        onChange={(event) => onChange({ ...filter, task: event.target.value })}
      >
        <option value="">{text.jobs.anyTask}</option>
        {tasks.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <input
        aria-label={text.jobs.tag}
        placeholder={text.jobs.tagHint}
        className="narrow"
        value={filter.tag}
        onChange={(event) => onChange({ ...filter, tag: event.target.value })}
      />
      {admin && (
        <input
          aria-label={text.jobs.owner}
          placeholder={text.jobs.owner}
          className="narrow"
          value={filter.owner}
          onChange={(event) => onChange({ ...filter, owner: event.target.value })}
        />
      )}
      {!isEmpty(filter) && (
        <button className="plain" onClick={() => navigate(pathOf.jobs, { replace: true })}>
          {text.jobs.clear}
        </button>
      )}
    </div>
  );
}
