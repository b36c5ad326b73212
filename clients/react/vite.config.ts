// Builds the page by which tests/browser looks at the hooks in a browser; the package is built by tsc.
import { defineConfig } from 'vite';

process.env['NODE_ENV'] = 'development'; // so that StrictMode mounts twice

export default defineConfig({
  root: 'page',
  build: { outDir: '../dist/page', emptyOutDir: true },
  base: './',
});
