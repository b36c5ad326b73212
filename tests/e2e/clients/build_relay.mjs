// Compiles relay.js of docs/clients.md as a page's build does: Relay's compiler writes the
// operations, its Babel plugin puts them in the place of their tags, and a bundler does the rest.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { transformFileSync } from '@babel/core';
import { build } from 'esbuild';
import compiler from 'relay-compiler';

const options = {
  src: '.',
  schema: './schema.graphql',
  language: 'javascript',
  excludes: ['**/node_modules/**', '**/__generated__/**'],
  eagerEsModules: true,
};
writeFileSync('relay.config.json', JSON.stringify(options));
execFileSync(compiler, ['relay.config.json'], { stdio: ['ignore', 2, 2] });

const plugins = [['relay', { eagerEsModules: true }]];
const { code } = transformFileSync('relay.js', { plugins, babelrc: false, configFile: false });
writeFileSync('relay.tagless.js', code);
await build({
  entryPoints: ['relay.tagless.js'],
  outfile: 'relay.built.mjs',
  bundle: true,
  format: 'esm',
  platform: 'browser',
  logLevel: 'warning',
});
