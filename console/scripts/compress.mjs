// Makes a .br and a .gz beside each built file that gets smaller by it: the API sends them as
// they are, and compresses nothing itself.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "../dist");
const text = new Set([".html", ".js", ".css", ".svg", ".json", ".ttf"]);

for (const name of readdirSync(dist, { recursive: true })) {
  if (!text.has(extname(name)) || name === "manifest.json") continue;
  const path = join(dist, name);
  const content = readFileSync(path);
  const quality = content.length > 1024 * 1024 ? 9 : 11; // 11 takes 2 s for each MiB
  const brotli = brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality },
  });
  const gzip = gzipSync(content, { level: 9 });
  if (brotli.length < content.length) writeFileSync(`${path}.br`, brotli);
  if (gzip.length < content.length) writeFileSync(`${path}.gz`, gzip);
}
