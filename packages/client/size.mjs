// What a page pays: each entry bundled and minified by esbuild, in bytes gzip.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** kB gzip. What a page of ours loads of the client shall come to 12. */
const LIMITS = { core: 11.25, page: 13.05 };

/** Bytes of `contents`, bundled as an application would. */
async function bytesOf(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2020',
    external: ['axios'],
    write: false,
  });
  const [file] = outputFiles;
  return gzipSync(file.contents, { level: 9 }).length;
}

const core = await bytesOf(`export { createAuthClient } from './src/client.ts'`);
const withCore = async (more) =>
  (await bytesOf(`export { createAuthClient } from './src/client.ts'; ${more}`)) - core;

const parts = {
  'browserEdges()': await withCore(`export { browserEdges } from './src/browser.ts'`),
  'fetchTransport() alone': await withCore(`export { fetchTransport } from './src/fetch.ts'`),
  'accountOf()': await withCore(`export { accountOf } from './src/account.ts'`),
  'safeRedirect()': await withCore(`export { safeRedirect } from './src/places.ts'`),
  'installAxios()': await withCore(`export { installAxios } from './src/axios.ts'`),
};
const line = (name, bytes) => console.log(`${name.padEnd(26)} ${(bytes / 1024).toFixed(2)} kB`);
line('core (createAuthClient)', core);
for (const [name, bytes] of Object.entries(parts)) line(`+ ${name}`, bytes);
const page = core + parts['browserEdges()'];
line('core + browserEdges()', page);
for (const [name, bytes] of Object.entries({ core, page }))
  if (bytes > LIMITS[name] * 1024) {
    console.error(`The ${name} is over its limit of ${LIMITS[name]} kB.`);
    process.exitCode = 1;
  }
