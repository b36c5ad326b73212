// Runs src/**/*.test.ts with Node's own runner: what needs no browser is tested without one.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { build } from "vite";

const root = join(import.meta.dirname, "..");
const out = join(root, "node_modules", ".tests"); // from where the packages are found
const tests = readdirSync(join(root, "src"), { recursive: true })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(root, "src", name));

try {
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    build: { ssr: true, outDir: out, emptyOutDir: true, rollupOptions: { input: tests } },
  });
  const built = readdirSync(out)
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => join(out, name));
  const { status } = spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
