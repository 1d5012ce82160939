/** The TypeScript of our documents: every block of each, so that a new one is checked without being listed. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from './tarballs.ts';

/** What examples leave to the reader's application. */
export const AMBIENT = `
declare const process: { env: Record<string, string | undefined> };
declare const [username, password]: readonly string[];
declare function render(state: unknown): void;
declare function leaveTo(path: string, ...why: unknown[]): void;
declare function dropCaches(): void;
`;

/** The same, in an application on Vue. */
export const AMBIENT_OF_VUE = `
declare const createApp: typeof import('vue').createApp;
declare const createPinia: typeof import('pinia').createPinia;
declare const App: import('vue').Component;
declare const router: import('vue-router').Router;
`;

/** The paths of all documents for readers. */
async function documents(): Promise<string[]> {
  const folders = ['.', 'docs'];
  for (const above of ['packages', 'apps'])
    for (const name of await readdir(join(ROOT, above))) folders.push(join(above, name));
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(ROOT, folder))).map((name) => join(folder, name)),
    ),
  );
  return found.flat().filter((path) => path.endsWith('.md'));
}

/** Writes the examples that `belongs` accepts into an application, each as a module of its own. */
export async function writeExamples(
  home: string,
  belongs: (code: string) => boolean,
  ambient: string,
): Promise<void> {
  await mkdir(join(home, 'src'), { recursive: true });
  await writeFile(join(home, 'src/ambient.d.ts'), ambient);
  let written = 0;
  for (const document of await documents()) {
    const text = await readFile(join(ROOT, document), 'utf-8');
    const folder = join(home, 'src/examples', document.replaceAll('/', '_'));
    for (const [number, found] of [...text.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].entries()) {
      const [, suffix, code = ''] = found;
      if (!belongs(code)) continue;
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${number}.${suffix}`), `${code}export {};\n`);
      written += 1;
    }
  }
  // In both languages.
  expect(written).toBeGreaterThan(0);
  expect(written % 2).toBe(0);
}
