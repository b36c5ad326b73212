// The control for one value, by its type.
import type { Constraints } from "../schema/constraints";
import type { NamedType } from "../schema/schema";
import { text } from "../text";
import type { Draft } from "./draft";
import { FileDrop } from "./FileDrop";

interface Props {
  id: string;
  type: NamedType;
  name: string;
  rules: Constraints;
  required: boolean;
  value: Draft;
  onChange: (to: Draft) => void;
  path: string;
  invalid: boolean;
  describedBy: string | undefined;
}

const LONG = /text|body|content|message|prompt|note|comment/i; // names of what is written at length

export function Scalar(props: Props) {
  const { id, type, name, rules, required, value, onChange, path, invalid, describedBy } = props;
  const typed = typeof value === "string" ? value : "";
  const control = {
    id,
    required,
    "data-path": path,
    "aria-invalid": invalid,
    "aria-describedby": describedBy,
  };
  const field = {
    ...control,
    value: typed,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };

  if (type.kind === "ENUM") {
    const about = type.enumValues!.find((one) => one.name === typed)?.description;
    return (
      <>
        <select {...field}>
          {(!required || typed === "") && (
            <option value="">{required ? text.form.pick : ""}</option>
          )}
          {type.enumValues!.map((one) => (
            <option key={one.name} value={one.name} title={one.description ?? undefined}>
              {one.name}
            </option>
          ))}
        </select>
        {about && (
          <p className="quiet">
            <code>{typed}</code>: {about}
          </p>
        )}
      </>
    );
  }

  switch (type.name) {
    case "Boolean":
      if (!required) {
        return (
          <select {...field} value={typeof value === "boolean" ? String(value) : typed}>
            <option value="" />
            <option value="true">{text.value.yes}</option>
            <option value="false">{text.value.no}</option>
          </select>
        );
      }
      return (
        <input
          {...control}
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      );
    case "Int":
    case "Float":
      return (
        <input
          {...field}
          type="number"
          min={rules.min}
          max={rules.max}
          step={rules.step ?? (type.name === "Int" ? 1 : "any")}
        />
      );
    case "BigInt":
      return <input {...field} inputMode="numeric" />;
    case "DateTime":
      return <input {...field} type="datetime-local" step="1" />;
    case "Duration":
      return <input {...field} placeholder={text.form.durationHint} autoComplete="off" />;
    case "FileRef":
      return <FileDrop {...control} value={value} onChange={onChange} />;
    default:
      if (LONG.test(name)) return <textarea {...field} rows={5} />;
      return <input {...field} type={/e?mail/i.test(name) ? "email" : "text"} autoComplete="off" />;
  }
}
