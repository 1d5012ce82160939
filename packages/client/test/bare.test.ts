import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { scene } from './rig/scene.js';
import type { AuthClient, AuthClientOptions } from '../src/index.js';

const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');

/** The whole package as one script, and a context in which nothing but ECMAScript exists. */
function evaluate(): { createAuthClient(options: AuthClientOptions): AuthClient } {
  const script = execFileSync(esbuild, [
    join(here, '../src/index.ts'),
    ...['--bundle', '--format=iife', '--global-name=tally', '--target=es2020'],
  ]).toString();
  const context = createContext({});
  expect(runInContext('[typeof URL, typeof TextEncoder, typeof setTimeout] + ""', context)).toBe(
    'undefined,undefined,undefined',
  );
  return runInContext(`${script}; tally`, context) as ReturnType<typeof evaluate>;
}

test('58 the bundle evaluates, signs in, refreshes and signs out in a bare JavaScript context', async () => {
  const { createAuthClient } = evaluate();
  const { world, server, browser } = scene();
  const { options } = browser.tab({ autoStart: false });
  const client = createAuthClient({
    ...options,
    autoStart: true,
    baseUrl: 'https://app.example',
  });
  await world.settle(client.login({ username: '虎符', password: 'right' }));
  server.expireAccess();
  const answer = await world.settle(
    client.request({ url: '/api/thing', json: { a: 'é' }, method: 'POST' }),
  );
  expect(answer.status).toBe(200);
  expect(server.calls.at(-1)?.body).toEqual({ a: 'é' });
  expect(client.state.status).toBe('authenticated');
  expect(await world.settle(client.logout())).toEqual({ serverConfirmed: true });
});
