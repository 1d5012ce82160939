/** A real Node script against a real HTTP server: what it waits for, and what it is told. */
import { execFile, execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AddressInfo } from 'node:net';

const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');

const SIGNED_IN = {
  ...{ message: 'ok', status: 200, token_type: 'Bearer', expires_in: 900 },
  ...{ refresh_expires_in: 604_800, access_token: 'access', refresh_token: 'refresh' },
  user: { id: 'u', username: 'ada', display_name: 'Ada', email: null, roles: [] },
  session: { id: 's', generation: 0, device_type: 'api', device_name: 'a script' },
  replaced_sessions: [],
};

const server = createServer((request, response) => {
  request.resume();
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(request.url === '/api/auth/login' ? SIGNED_IN : { ok: true }));
});
let base = '';
let library = '';

beforeAll(async () => {
  library = execFileSync(esbuild, [
    join(here, '../src/index.ts'),
    ...['--bundle', '--format=iife', '--global-name=tally', '--target=es2020'],
  ]).toString();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

/** What a script prints before it ends by itself; the limit only ends one that never would. */
const run = (body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const script = `${library}
      (async () => {
        const make = (more) =>
          tally.createAuthClient({ delivery: 'body', ...tally.browserEdges(), ...more });
        const hintOf = (sent) => sent.catch(({ code, hint }) => console.log(code + ' | ' + hint));
        const base = ${JSON.stringify(base)};
        ${body}
      })();`;
    const limits = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
    const child = execFile(process.execPath, ['-'], limits, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
    child.stdin?.end(script);
  });

test('35 a script that signs in and asks something ends by itself', async () => {
  const said = await run(`
    const client = make({ baseUrl: base });
    await client.login({ username: 'ada', password: 'right' });
    await client.request({ url: '/api/thing' });
    console.log(client.state.status);`);
  expect(said).toBe('authenticated\n');
});

test('36 a script is told what Node says of its mistakes', async () => {
  const said = await run(`
    await hintOf(make({}).request({ url: '/api/thing' }));
    await hintOf(make({ baseUrl: base }).request({ url: '/api/thing', method: 'GET', json: {} }));
    await hintOf(make({ baseUrl: 'http://127.0.0.1:1' }).request({ url: '/api/thing' }));`);
  const [relative, withBody, refused] = said.split('\n');
  expect(relative).toMatch(/^network_error \| TypeError: .*URL/);
  expect(withBody).toMatch(/^network_error \| TypeError: .*GET.*body/);
  expect(refused).toMatch(/^network_error \| TypeError: fetch failed/);
});
