// Writes src/**/*.generated.ts from the contract; with --check, fails where one is not what would be written.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { wordsOf } from './contract_words.mjs';

const contract = (name) => new URL(`../../src/tigertally/contract/${name}`, import.meta.url);
const read = async (name) => load(await readFile(contract(name), 'utf8'));

const TYPES = `/**
 * What travels on the wire, made from openapi.yaml of the contract by \`npm run types\`. Types only.
 */
`;
const WORDS = '// Made from the contract by `npm run types`.\n';

const declarations = await openapiTS(contract('openapi.yaml'), {
  immutable: true,
  defaultNonNullable: false,
});
// The client builds its requests itself; what they and their answers hold is all that it takes.
const components = declarations.filter((each) => each.name?.text === 'components');
const words = wordsOf({
  events: await read('events.yaml'),
  errors: await read('errors.yaml'),
  openapi: await read('openapi.yaml'),
});
const sources = {
  'contract.generated.ts': TYPES + astToString(components),
  ...Object.fromEntries(
    Object.entries(words).map(([name, source]) => [`words/${name}`, WORDS + source]),
  ),
};

for (const [name, source] of Object.entries(sources)) {
  const target = fileURLToPath(new URL(`src/${name}`, import.meta.url));
  const wanted = await format(source, { ...(await resolveConfig(target)), filepath: target });
  if (!process.argv.includes('--check')) await writeFile(target, wanted);
  else if ((await readFile(target, 'utf8').catch(() => '')) !== wanted) {
    console.error(`types: ${name} of packages/client is behind the contract; run: npm run types`);
    process.exitCode = 1;
  }
}
