// Writes the client as one module into the Python package: `npm run module`.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here('./src/served.ts')],
  outfile: here('../../src/tigertally/web/static/client.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2020',
  banner: { js: '/* Tiger Tally, Apache-2.0 */' },
});
