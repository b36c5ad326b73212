// Files to upload: chosen in a pane, named in the variables as "@name" (or "@file" for the first).
import { useSyncExternalStore } from "react";

import { text } from "../text";

let chosen: readonly File[] = [];
const listeners = new Set<() => void>();

/** The file that a value of the variables names. */
export function fileOf(value: unknown): File | undefined {
  if (typeof value !== "string" || !value.startsWith("@")) return undefined;
  const named = chosen.find((file) => file.name === value.slice(1));
  return named ?? (value === "@file" ? chosen[0] : undefined);
}

export const FILES_PANE = { title: text.graphiql.files, icon: Icon, content: Pane };

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" height="1em">
      <path d="M7 3h7l5 5v13H7zM14 3v5h5M12 18v-6M9.5 14.5 12 12l2.5 2.5" />
    </svg>
  );
}

function Pane() {
  const files = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );

  function choose(list: FileList | null) {
    chosen = [...(list ?? [])];
    for (const listener of listeners) listener();
  }

  return (
    <section className="files-pane">
      <h2>{text.graphiql.files}</h2>
      <p>{text.graphiql.filesHint}</p>
      <input
        type="file"
        multiple
        aria-label={text.graphiql.choose}
        onChange={(event) => choose(event.target.files)}
      />
      <ul>
        {files.map((file) => (
          <li key={file.name}>
            <code>"@{file.name}"</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
