/** The packed packages, in applications of the kinds that people have. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../apps/web/e2e/rig/server.ts';
import { AMBIENT, AMBIENT_OF_VUE, writeExamples } from './examples.ts';
import { command, install, namesIn, pack, PACKAGES, ROOT, sweep } from './tarballs.ts';
import type { Tarballs } from './tarballs.ts';

/** What examples import that run on a server of the reader's. */
const VERIFY = '@tigertally/verify';

let tarballs: Tarballs;
beforeAll(async () => {
  tarballs = await pack();
});
afterAll(sweep);

describe.each(PACKAGES)('the tarball of %s', (name) => {
  test('has its code, its types, its sources, its licence and words for its reader', async () => {
    const names = await namesIn(tarballs[name]);
    const needed = ['dist/index.js', 'dist/index.d.ts', 'src/index.ts', 'README.md'];
    expect(names).toEqual(expect.arrayContaining([...needed, 'README.zh-CN.md']));
    expect(names).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'package.json']));
    const strangers = names.filter(
      (path) => !/^(dist|src)\/|^(LICENSE|NOTICE|package\.json|README(\.zh-CN)?\.md)$/.test(path),
    );
    expect(strangers).toEqual([]);
  });

  test('passes publint and attw without a word', async () => {
    await command(ROOT, 'npx', '--no-install', 'publint', '--strict', tarballs[name]);
    await command(ROOT, 'npx', '--no-install', 'attw', '--profile', 'esm-only', tarballs[name]);
  });
});

test('a plain Node program signs in and out, and its old token is refused', async () => {
  const server = await startServer();
  try {
    const home = await install('node', [tarballs.client]);
    const said = JSON.parse(await command(home, 'node', 'main.mjs', server.origin)) as unknown;
    expect(said).toEqual({
      name: 'robin',
      devices: 1,
      serverConfirmed: true,
      late: [401, 'session_ended', 'logged_out'],
      refused: 'invalid_credentials',
      offline: '无法连接服务器，请检查网络。',
    });
  } finally {
    await server.dispose();
  }
});

/** What a checker of types says of the application and of our packages; others' faults are theirs. */
async function faultsOf(home: string, checker: string): Promise<string[]> {
  const said = await command(home, checker, '--noEmit', '--pretty', 'false').catch(String);
  const ours = /^(?!node_modules\/(?!@tigertally\/)).+\(\d+,\d+\): error /;
  return said.split('\n').filter((line) => ours.test(line));
}

/** Checks types, the packages' own included, builds for browsers, renders on a server. */
async function builtAndRendered(home: string, checker: string, server: string): Promise<string> {
  const tool = (name: string) => join(home, 'node_modules/.bin', name);
  expect(await faultsOf(home, tool(checker))).toEqual([]);
  await command(home, tool('vite'), 'build', '--logLevel', 'warn');
  const page = await readFile(join(home, 'dist/index.html'), 'utf-8');
  expect(page).toMatch(/<script type="module"[^>]* src="\/assets\/[\w-]+\.js">/);
  const below = ['--ssr', server, '--outDir', 'server', '--logLevel', 'warn'];
  await command(home, tool('vite'), 'build', ...below);
  return command(home, 'node', 'server/server.js');
}

describe.each(['vue-3.4', 'vue-3.5'])('an application on %s', (dependencies) => {
  let home: string;
  beforeAll(async () => {
    home = await install('vue', [tarballs.client, tarballs.vue], dependencies);
  });

  test('checks, builds, and renders on a server', async () => {
    expect(await builtAndRendered(home, 'vue-tsc', 'src/server.ts')).toContain('standing: pending');
  });

  test('can be written by the examples of our documents', async () => {
    await writeExamples(home, (code) => code.includes('@tigertally/vue'), AMBIENT_OF_VUE);
    expect(await faultsOf(home, join(home, 'node_modules/.bin/vue-tsc'))).toEqual([]);
  });

  test('is told of a wrong use of our types', async () => {
    const wrong = "import { useAuthStore } from '@tigertally/vue';\nuseAuthStore().roles = 7;\n";
    await writeFile(join(home, 'src/wrong.ts'), wrong);
    const faults = await faultsOf(home, join(home, 'node_modules/.bin/vue-tsc'));
    expect(faults).toEqual([expect.stringMatching(/^src\/wrong\.ts\(2,16\): error TS2540: /)]);
  });
});

describe('a service on Node', () => {
  let home: string;
  beforeAll(async () => {
    home = await install('verify', [tarballs.verify]);
  });

  test('refuses a caller whose session has ended, and ends when it has nothing to do', async () => {
    const server = await startServer();
    try {
      const [key = ''] = /svc_\w+/.exec(await server.run('services', 'add', 'orders')) ?? [];
      const said = JSON.parse(
        await command(home, 'node', 'main.mjs', server.origin, key),
      ) as unknown;
      expect(said).toEqual({
        before: { roles: [] },
        after: {
          code: 'session_ended',
          message: '您已退出登录。',
          status: 401,
          reason: 'logged_out',
        },
      });
    } finally {
      await server.dispose();
    }
  });

  test('can be written by the examples of our documents', async () => {
    await writeExamples(home, (code) => code.includes(VERIFY), '');
    expect(await faultsOf(home, join(home, 'node_modules/.bin/tsc'))).toEqual([]);
  });
});

describe('an application on React', () => {
  let home: string;
  beforeAll(async () => {
    home = await install('react', [tarballs.client, tarballs.uni]);
  });

  test('checks, builds, and renders on a server', async () => {
    const page = await builtAndRendered(home, 'tsc', 'src/server.tsx');
    expect(page.replace(/<!-- -->/g, '')).toContain('init: nobody');
  });

  test('can be written by the examples of our documents', async () => {
    const others = (code: string) => !code.includes('@tigertally/vue') && !code.includes(VERIFY);
    await writeExamples(home, others, AMBIENT);
    expect(await faultsOf(home, join(home, 'node_modules/.bin/tsc'))).toEqual([]);
  });
});
