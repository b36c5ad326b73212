// A place for a file: dropped, or chosen.
import { useState, type DragEvent } from "react";

import { size } from "../job/FileView";
import { text } from "../text";
import type { Draft } from "./draft";

interface Props {
  id: string;
  required: boolean;
  "data-path": string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
  value: Draft;
  onChange: (to: Draft) => void;
}

export function FileDrop({ value, onChange, required, ...control }: Props) {
  const [over, setOver] = useState(false);
  const file = value instanceof File ? value : null;

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const dropped = event.dataTransfer.files[0];
    if (dropped) onChange(dropped);
  }

  return (
    <div
      className="drop"
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {file === null ? (
        <span className="quiet">{text.form.drop}</span>
      ) : (
        <span>
          {file.name} <span className="quiet">{size(file.size)}</span>
        </span>
      )}
      <input {...control} type="file" onChange={(event) => onChange(event.target.files?.[0])} />
      {file !== null && !required && (
        <button type="button" className="plain" onClick={() => onChange(undefined)}>
          {text.form.removeFile}
        </button>
      )}
    </div>
  );
}
