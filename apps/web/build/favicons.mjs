// Writes the two favicons from the mark: `node build/favicons.mjs`. Committed, because a tab asks for
// them before any script runs.
import { readFile, writeFile } from 'node:fs/promises';

const source = await readFile(new URL('../src/mark/half.ts', import.meta.url), 'utf8');
const textOf = (name) =>
  [
    ...source
      .split(`const ${name} =`)[1]
      .split(';')[0]
      .matchAll(/'([^']+)'/g),
  ]
    .map((part) => part[1])
    .join('');
const half = `<path fill="#1f6b5a" fill-rule="evenodd" d="${textOf('HALF')}"/><path fill="#e0b15a" d="${textOf('INLAY')}"/>`;

const drawn = (left, right) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -2 72 68">
<g${left}>${half}</g>
<g${right}><g transform="matrix(-1 0 0 1 64 0)">${half}</g></g>
</svg>
`;
const turned = (sign) => ` transform="translate(${sign * 3} 0) rotate(${sign * 4} 32 58)"`;

const at = (name) => new URL(`../public/${name}`, import.meta.url);
await writeFile(at('favicon.svg'), drawn('', ''));
await writeFile(at('favicon-parted.svg'), drawn(turned(-1), turned(1)));
