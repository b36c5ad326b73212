// How the console is built: two pages, hashed names, no inline script.
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** GraphiQL's styles have 34 fonts in them, which no policy of ours lets in; ours are the system's. */
const withoutFonts: Plugin = {
  name: "without-fonts",
  enforce: "pre",
  transform(code, id) {
    if (!/graphiql.*\.css/.test(id)) return null;
    return code.replace(/@font-face\s*\{[^}]*url\(["']?data:[^}]*\}/g, "");
  },
};

export default defineConfig({
  plugins: [react(), withoutFonts],
  base: "/",
  build: {
    outDir: "dist",
    assetsDir: "console", // below /console/, which the API serves
    target: "es2022",
    manifest: "manifest.json", // which file loads which: scripts/measure.mjs adds them up
    modulePreload: { polyfill: false }, // it would be inline
    assetsInlineLimit: 0, // the policy of the pages knows no data: for fonts and workers
    chunkSizeWarningLimit: 5000, // KiB; Monaco is large, and loaded with GraphiQL only
    rollupOptions: { input: ["index.html", "graphiql.html"] },
  },
  worker: { format: "es" },
});
