// How the console is built: two pages, hashed names, no inline script.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
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
