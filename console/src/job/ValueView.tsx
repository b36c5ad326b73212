// Any value that the API gives, as people read it: fields, lists, tables, times, files.
import { Moment } from "../parts/Time";
import { secondsOf, short } from "../parts/time";
import type { Value } from "../schema/literal";
import { text } from "../text";
import { FileView, isFile } from "./FileView";

type Fields = { [name: string]: Value };

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const MOST_ROWS = 50;

export function ValueView({ value }: { value: Value }) {
  if (value === null) return <span className="quiet">{text.value.none}</span>;
  if (Array.isArray(value)) return <List items={value} />;
  if (typeof value === "object") {
    return isFile(value) ? <FileView file={value} /> : <Fields fields={value} />;
  }
  return <Leaf value={value} />;
}

function Fields({ fields }: { fields: Fields }) {
  return (
    <dl className="pairs">
      {entriesOf(fields).map(([name, value]) => (
        <div key={name} data-block={typeof value === "object" && value !== null}>
          <dt>{named(name)}</dt>
          <dd>
            <ValueView value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function List({ items }: { items: Value[] }) {
  if (items.length === 0) return <span className="quiet">{text.value.empty}</span>;
  const shown = items.slice(0, MOST_ROWS);
  const more = items.length > shown.length && (
    <p className="quiet">{text.value.more(items.length - shown.length)}</p>
  );
  if (items.every((item) => typeof item !== "object")) {
    return <>{[shown.map(String).join(", "), more]}</>;
  }
  const columns = flatColumns(items);
  if (columns === null) {
    return (
      <ol className="values">
        {shown.map((item, at) => (
          <li key={at}>
            <ValueView value={item} />
          </li>
        ))}
        {more}
      </ol>
    );
  }
  return (
    <>
      <div className="table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {named(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((item, at) => (
              <tr key={at}>
                {columns.map((name) => (
                  <td key={name}>
                    <ValueView value={(item as Fields)[name] ?? null} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </>
  );
}

function Leaf({ value }: { value: string | number | boolean }) {
  if (typeof value === "boolean") return <>{value ? text.value.yes : text.value.no}</>;
  if (typeof value === "number") return <span className="number">{value}</span>;
  if (MOMENT.test(value) && !Number.isNaN(Date.parse(value))) return <Moment at={value} />;
  const seconds = value.length < 40 && value.startsWith("P") ? secondsOf(value) : null;
  if (seconds !== null) return <span title={value}>{short(seconds)}</span>;
  return value.includes("\n") || value.length > 200 ? (
    <pre tabIndex={0}>{value}</pre>
  ) : (
    <span className="text">{value}</span>
  );
}

/** `distanceRemainingM` as "distance remaining M". */
function named(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => {
    return `${before} ${after.toLowerCase()}`;
  });
}

export function entriesOf(fields: Fields): [string, Value][] {
  return Object.entries(fields).filter(([name]) => name !== "__typename");
}

/** The columns of a list of objects without objects in them; null for any other list. */
function flatColumns(items: Value[]): string[] | null {
  const names = new Set<string>();
  for (const item of items) {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return null;
    if (isFile(item)) return null;
    for (const [name, value] of entriesOf(item)) {
      if (typeof value === "object" && value !== null) return null;
      names.add(name);
    }
  }
  return [...names];
}
