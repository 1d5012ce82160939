import { resolve } from 'node:path';
import { build } from 'vite';

const CLIENT = resolve(import.meta.dirname, '../../../../packages/client/src/index.ts');

/** `@tigertally/client` as a script that leaves itself at `globalThis.tally`. */
export async function clientScript(): Promise<string> {
  const lib = { entry: CLIENT, formats: ['iife' as const], name: 'tally' };
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, lib },
  });
  const [{ output }] = built as { output: { code: string }[] }[] as [
    { output: [{ code: string }] },
  ];
  return `${output[0].code}\nglobalThis.tally = tally;`;
}
