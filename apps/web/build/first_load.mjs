// Prints what a first visit of the sign-in page loads, gzipped, and fails above the budget:
// `npm run size`, after `npm run build`.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const BUDGET = { js: 90_000, css: 20_000 };

const folder = new URL('../../../src/tigertally/webui/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', folder), 'utf8'));
const gzipped = async (file) =>
  gzipSync(await readFile(new URL(file, folder)), { level: 9 }).length;

/** A module and what it imports statically. */
function reach(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) reach(next, seen);
  return seen;
}

async function firstLoad(page, catalogue) {
  const keys = ['index.html', page, catalogue].map((key) => reach(key));
  const chunks = [...new Set(keys.flatMap((set) => [...set]))].map((key) => manifest[key]);
  const html = await readFile(new URL('index.html', folder), 'utf8');
  const scripts = [...html.matchAll(/<script src="\/(assets\/[^"]+)"/g)].map(([, file]) => file);
  const js = [...new Set([...scripts, ...chunks.map(({ file }) => file)])];
  const css = [...new Set(chunks.flatMap((chunk) => chunk.css ?? []))];
  const sum = async (files) => (await Promise.all(files.map(gzipped))).reduce((a, b) => a + b, 0);
  return { js: await sum(js), css: await sum(css), files: js.length + css.length };
}

let over = false;
for (const page of ['SignInPage', 'RegisterPage'])
  for (const language of ['zh-CN', 'en']) {
    const size = await firstLoad(`src/pages/${page}.vue`, `src/words/${language}.ts`);
    over ||= size.js > BUDGET.js || size.css > BUDGET.css;
    const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
    console.log(
      `${page} ${language}: JS ${kB(size.js)} of ${kB(BUDGET.js)}, CSS ${kB(size.css)} of ${kB(BUDGET.css)}, ${size.files} files, gzip`,
    );
  }
if (over) {
  console.error('The first load is over its budget.');
  process.exit(1);
}
