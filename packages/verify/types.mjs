// Writes src/words.generated.ts from the contract; with --check, fails where it is not what would be written.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { format, resolveConfig } from 'prettier';

/** What a verifier may answer; keys of `errors` in errors.yaml. */
const CODES = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'session_ended',
  'forbidden',
  'fresh_token_required',
  'verifier_unavailable',
];

const contract = new URL('../../src/tigertally/contract/errors.yaml', import.meta.url);
const { errors, reasons } = load(await readFile(contract, 'utf8'));

const refusals = Object.fromEntries(
  CODES.map((code) => [code, { status: errors[code].status, ...errors[code].message }]),
);
const constant = (name, value, note) =>
  `/** ${note} */\nexport const ${name} = ${JSON.stringify(value)} as const;\n`;
const source = `// Made from the contract by \`npm run types\`.
${constant('REFUSALS', refusals, 'By code: the status of the answer, and what people read.')}
${constant('REASONS', reasons, 'Why a session ended, for people.')}`;

const target = fileURLToPath(new URL('src/words.generated.ts', import.meta.url));
const wanted = await format(source, { ...(await resolveConfig(target)), filepath: target });
if (!process.argv.includes('--check')) await writeFile(target, wanted);
else if ((await readFile(target, 'utf8').catch(() => '')) !== wanted) {
  console.error(
    'types: words.generated.ts of packages/verify is behind the contract; run: npm run types',
  );
  process.exitCode = 1;
}
