// Prints what each page takes over the wire (gzip, all that it loads before it is asked for more),
// and fails when the jobs page takes more than it may.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const dist = join(import.meta.dirname, "../dist");
const JOBS_PAGE_LIMIT = 150 * 1024; // bytes: a second on a slow 3G line (1.2 Mbit/s)

const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));

function filesOf(entry, found = new Set()) {
  const chunk = manifest[entry];
  if (chunk === undefined) throw new Error(`${entry} was not built`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) found.add(file);
  for (const imported of chunk.imports ?? []) filesOf(imported, found);
  return found;
}

function overTheWire(name) {
  const path = join(dist, name);
  return statSync(existsSync(`${path}.gz`) ? `${path}.gz` : path).size;
}

function size(...entries) {
  const files = new Set(entries.filter((entry) => entry.endsWith(".html")));
  for (const entry of entries) filesOf(entry, files);
  return [...files].reduce((sum, name) => sum + overTheWire(name), 0);
}

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const jobs = size("index.html");
console.log(`Jobs page: ${kib(jobs)} of ${kib(JOBS_PAGE_LIMIT)} gzip.`);
for (const page of Object.keys(manifest).filter((name) => /\/\w+Page\.tsx$/.test(name))) {
  console.log(`  and for ${page}: ${kib(size("index.html", page) - jobs)}`);
}
console.log(`GraphiQL, before its workers: ${kib(size("graphiql.html"))}.`);
if (jobs > JOBS_PAGE_LIMIT) {
  console.error("The jobs page has grown too large.");
  process.exit(1);
}
