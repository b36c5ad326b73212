// The fields of an input object: each by its type, with its description and what is wrong with it.
import { createContext, useContext, useId } from "react";

import { Words } from "../parts/Words";
import { constraintsOf } from "../schema/constraints";
import { isRequired, nameOf, nullable, type InputField, type Schema } from "../schema/schema";
import { text } from "../text";
import { emptyDraft, initial, itemOf, type Draft, type Problems } from "./draft";
import { Scalar } from "./Scalar";

export const FormContext = createContext<{ schema: Schema; problems: Problems }>(null!);

interface FieldsProps {
  typeName: string;
  value: { [name: string]: Draft };
  path: string;
  onChange: (to: Draft) => void;
}

export function Fields({ typeName, value, path, onChange }: FieldsProps) {
  const { schema } = useContext(FormContext);
  return (
    <>
      {(schema.type(typeName)?.inputFields ?? []).map((field) => (
        <FieldEditor
          key={field.name}
          field={field}
          label={field.name}
          value={value[field.name]}
          path={path === "" ? field.name : `${path}.${field.name}`}
          onChange={(to) => onChange({ ...value, [field.name]: to })}
        />
      ))}
    </>
  );
}

interface FieldProps {
  field: InputField;
  label: string;
  value: Draft;
  path: string;
  onChange: (to: Draft) => void;
}

function FieldEditor(props: FieldProps) {
  const { schema } = useContext(FormContext);
  const type = nullable(props.field.type);
  if (type.kind === "LIST") return <ListEditor {...props} />;
  const named = schema.type(nameOf(type));
  if (named?.kind === "INPUT_OBJECT") return <ObjectEditor {...props} typeName={named.name} />;
  return <ScalarEditor {...props} />;
}

function ScalarEditor({ field, label, value, path, onChange }: FieldProps) {
  const { schema, problems } = useContext(FormContext);
  const id = useId();
  const problem = problems.get(path);
  const named = schema.type(nameOf(field.type))!;
  const { description } = field;
  const described = [description && `${id}-about`, problem && `${id}-problem`];
  return (
    <div className="field" data-kind={named.name}>
      <label htmlFor={id}>
        {label}
        {!isRequired(field.type) && <span className="quiet"> {text.form.optional}</span>}
      </label>
      <Scalar
        id={id}
        type={named}
        name={field.name}
        rules={constraintsOf(field.description)}
        required={isRequired(field.type)}
        value={value}
        onChange={onChange}
        path={path}
        invalid={problem !== undefined}
        describedBy={described.filter(Boolean).join(" ") || undefined}
      />
      {description && <About id={`${id}-about`} words={description} />}
      <Problem id={`${id}-problem`} words={problem} />
    </div>
  );
}

function ObjectEditor({
  field,
  label,
  value,
  path,
  onChange,
  typeName,
}: FieldProps & { typeName: string }) {
  const { schema, problems } = useContext(FormContext);
  const fields = value !== undefined && (
    <div className="nested">
      <Fields
        typeName={typeName}
        value={value as { [name: string]: Draft }}
        path={path}
        onChange={onChange}
      />
    </div>
  );
  if (isRequired(field.type)) {
    return (
      <fieldset data-path={path}>
        <legend>{label}</legend>
        {field.description && <About words={field.description} />}
        {fields}
        <Problem words={problems.get(path)} />
      </fieldset>
    );
  }
  // What may be left out is out of the way until it is wanted.
  return (
    <details
      data-path={path}
      onToggle={(event) => {
        const open = event.currentTarget.open;
        if (open !== (value !== undefined))
          onChange(open ? emptyDraft(schema, typeName) : undefined);
      }}
      open={value !== undefined}
    >
      <summary>
        {label} <span className="quiet">{text.form.optional}</span>
      </summary>
      <fieldset>
        <legend className="hidden">{label}</legend>
        {field.description && <About words={field.description} />}
        {fields}
        <Problem words={problems.get(path)} />
      </fieldset>
    </details>
  );
}

function ListEditor({ field, label, value, path, onChange }: FieldProps) {
  const { schema, problems } = useContext(FormContext);
  const items = Array.isArray(value) ? value : [];
  const { minItems = 0, maxItems = Infinity } = constraintsOf(field.description);
  const item = itemOf(field);
  const replace = (at: number, to: Draft) => onChange(items.map((one, n) => (n === at ? to : one)));
  const without = items.length === 1 && !isRequired(field.type) ? undefined : null;
  return (
    <fieldset data-path={path} className="list">
      <legend>
        {label}
        {!isRequired(field.type) && <span className="quiet"> {text.form.optional}</span>}
      </legend>
      {field.description && <About words={field.description} />}
      <div className="nested">
        {items.map((one, at) => (
          <div key={at} className="item">
            <div className="editor">
              <FieldEditor
                field={item}
                label={`${at + 1}`}
                value={one}
                path={`${path}.${at}`}
                onChange={(to) => replace(at, to)}
              />
            </div>
            {items.length > minItems && (
              <button
                type="button"
                className="plain icon"
                aria-label={text.form.remove(label, at + 1)}
                title={text.form.remove(label, at + 1)}
                onClick={() =>
                  onChange(without === null ? items.filter((_, n) => n !== at) : without)
                }
              >
                <svg viewBox="0 0 16 16" aria-hidden="true">
                  <path d="M4 4l8 8M12 4l-8 8" />
                </svg>
              </button>
            )}
          </div>
        ))}
        {items.length < maxItems && (
          <button type="button" onClick={() => onChange([...items, initial(schema, item)])}>
            {text.form.add}
          </button>
        )}
      </div>
      <Problem words={problems.get(path)} />
    </fieldset>
  );
}

function About({ id, words }: { id?: string; words: string }) {
  // A pattern is for machines; who types something else is told so.
  const plain = words.replace(/(?:, | )matches `.*`\./i, ".").replace(/\.\.$/, ".");
  return (
    <p id={id} className="quiet">
      <Words>{plain}</Words>
    </p>
  );
}

function Problem({ id, words }: { id?: string; words: string | undefined }) {
  return (
    words !== undefined && (
      <p id={id} className="problem">
        <Words>{words}</Words>
      </p>
    )
  );
}
