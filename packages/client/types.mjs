// Writes src/contract.generated.ts from the contract; with --check, fails where it is not what would be written.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const CONTRACT = new URL('../../src/tigertally/contract/openapi.yaml', import.meta.url);
const TARGET = fileURLToPath(new URL('src/contract.generated.ts', import.meta.url));
const HEAD = `/**
 * What travels on the wire, made from openapi.yaml of the contract by \`npm run types\`. Types only.
 */
`;

const declarations = await openapiTS(CONTRACT, { immutable: true, defaultNonNullable: false });
// The client builds its requests itself; what they and their answers hold is all that it takes.
const components = declarations.filter((each) => each.name?.text === 'components');
const options = { ...(await resolveConfig(TARGET)), filepath: TARGET };
const wanted = await format(HEAD + astToString(components), options);

if (!process.argv.includes('--check')) await writeFile(TARGET, wanted);
else if ((await readFile(TARGET, 'utf8').catch(() => '')) !== wanted) {
  console.error('types: packages/client is behind the contract; run: npm run types');
  process.exitCode = 1;
}
