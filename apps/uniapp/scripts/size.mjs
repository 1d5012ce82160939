// What each build weighs, gzip, and what a person fetches before the first page stands.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUILDS = fileURLToPath(new URL('../dist/build/', import.meta.url));

const filesIn = (folder) =>
  readdirSync(join(BUILDS, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

for (const folder of ['mp-weixin', 'h5']) {
  let [raw, packed] = [0, 0];
  for (const file of filesIn(folder)) {
    const bytes = readFileSync(file);
    raw += bytes.length;
    packed += gzipSync(bytes, { level: 9 }).length;
  }
  const kB = (bytes) => `${(bytes / 1024).toFixed(1).padStart(7)} kB`;
  console.log(`${folder.padEnd(10)} ${kB(raw)} ${kB(packed)} gzip`);
}
