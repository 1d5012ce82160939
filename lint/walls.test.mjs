// Tries imports that the plan does not have, in the files that would hold them.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ESLint } from 'eslint';
import { PLAN } from './plan.mjs';

const WORKSPACE = join(import.meta.dirname, '..');
// Where CI runs, the parser reads each file from the disk once, and not the text that it is given.
const parserOptions = { disallowAutomaticSingleRunInference: true };
const eslint = new ESLint({
  cwd: WORKSPACE,
  overrideConfig: { files: ['packages/client/src/**/*.ts'], languageOptions: { parserOptions } },
});
const OURS = ['house/walls', 'no-restricted-globals', 'no-restricted-syntax'];

/** What the walls say of `code` in a file, be it written or not. */
async function said(path, code) {
  const text = path.endsWith('.vue') ? `<script setup lang="ts">\n${code}\n</script>\n` : code;
  const [{ messages }] = await eslint.lintText(`${text}\n`, { filePath: join(WORKSPACE, path) });
  const broken = messages.filter(({ fatal }) => fatal);
  assert.deepEqual(broken, []);
  return messages.filter(({ ruleId }) => OURS.includes(ruleId)).map(({ message }) => message);
}

const FORBIDDEN = [
  // The core knows no framework, no network library and no browser.
  ['packages/client/src/client.ts', `import { ref } from 'vue';`],
  ['packages/client/src/refresher.ts', `import axios from 'axios';`],
  ['packages/client/src/refresher.ts', `import { webStorage } from './browser.js';`],
  ['packages/client/src/signing.ts', `import { fetchTransport } from './fetch.js';`],
  ['packages/client/src/vault.ts', `import { webCoordinator } from './coordinators.js';`],
  ['packages/client/src/session.ts', `import { refresh } from './refresher.js';`],
  ['packages/client/src/farewell.ts', `import { refresh } from './refresher.js';`],
  ['packages/client/src/errors.ts', `export * from './client.js';`],
  ['packages/client/src/plan.ts', `export const at = window.name;`],
  ['packages/client/src/session.ts', `export const at = localStorage.length;`],
  ['packages/client/src/lock.ts', `export const ask = () => fetch('/');`],
  ['packages/client/src/fetch.ts', `import axios from 'axios';`],
  ['packages/client/src/account.ts', `import { defineStore } from '../../vue/src/store.js';`],
  // Decisions know nothing that acts, and are told the time.
  ['packages/client/src/core/answers.ts', `import type { Vault } from '../vault.js';`],
  ['packages/client/src/core/state.ts', `import type { Tab } from '../tab.js';`],
  ['packages/client/src/core/pace.ts', `import type { Env } from '../edges.js';`],
  ['packages/client/src/core/pace.ts', `export const at = Date.now();`],
  ['packages/client/src/core/pace.ts', `export const at = () => new Date();`],
  ['packages/client/src/core/pace.ts', `export const at = () => Math.random();`],
  ['packages/client/src/core/pace.ts', `export let last = 0;`],
  ['packages/client/src/core/verdicts.ts', `export const judge = async () => 1;`],
  ['packages/client/src/core/verdicts.ts', `export const judge = () => Promise.resolve(1);`],
  ['packages/client/src/core/state.ts', `export const at = performance.timeOrigin;`],
  // Words are told apart from everything that acts.
  ['packages/client/src/words/forms.ts', `import { createAuthClient } from '../client.js';`],
  ['packages/client/src/words/events.ts', `import { computed } from 'vue';`],
  // Bindings know the client by its front door.
  ['packages/vue/src/can.ts', `import { lookOf } from '@tigertally/client/words';`],
  ['packages/vue/src/store.ts', `import { useRouter } from 'vue-router';`],
  ['packages/vue/src/store.ts', `import { bus } from '../../client/src/bus.js';`],
  ['packages/uni/src/bond.ts', `import { ref } from 'vue';`],
  ['packages/uni/src/transport.ts', `import { uniClient } from './client.js';`],
  // What decides in a verifier is told the time, and knows neither wire nor framework.
  ['packages/verify/src/state.ts', `import type { Clocks } from './clocks.js';`],
  ['packages/verify/src/state.ts', `import { request } from 'node:http';`],
  ['packages/verify/src/express.ts', `import type { Request } from 'express';`],
  // Pages stand beside each other, on what is below them.
  ['apps/web/src/pages/HistoryPage.vue', `import Files from './FilesPage.vue';`],
  ['apps/web/src/pages/HistoryPage.vue', `import Files from '@/pages/FilesPage.vue';`],
  [
    'apps/web/src/session/problem.ts',
    `export const load = () => import('@/pages/SignInPage.vue');`,
  ],
  ['apps/web/src/look/theme.ts', `import { client } from '@/session/client';`],
  ['apps/web/src/words/en.ts', `import Icon from '@/shell/Icon.vue';`],
  ['apps/web/src/shell/NavBar.vue', `import { useLoad } from '../state/load';`],
  ['apps/web/src/api/history.ts', `import axios from 'axios';`],
  ['apps/web/src/files/gallery.ts', `import { ElDialog } from 'element-plus';`],
  ['apps/web/src/forms/submission.ts', `import { uniEdges } from '@tigertally/uni';`],
  ['apps/web/src/root.ts', `import router from './router';`],
  ['apps/web/src/moon/landing.ts', `import { client } from '@/session/client';`],
  ['apps/uniapp/src/pages/history/events.ts', `import { device } from '../devices/device';`],
  ['apps/uniapp/src/words/moments.ts', `import { client } from '@/session/client';`],
  ['apps/uniapp/src/session/load.ts', `import NoticeCard from '@/parts/NoticeCard.vue';`],
  ['apps/uniapp/src/parts/ask.ts', `import axios from 'axios';`],
];

const ALLOWED = [
  ['packages/client/src/axios.ts', `import axios from 'axios';`],
  ['packages/client/src/core/pace.ts', `import type { TabSignal } from '../edges.js';`],
  ['packages/client/src/core/pace.ts', `export const at = (text: string) => Date.parse(text);`],
  ['packages/client/src/browser.ts', `export const at = window.name;`],
  ['apps/web/src/pages/HistoryPage.vue', `import { useLoad } from '@/state/load';`],
  ['apps/web/src/session/http.ts', `import axios from 'axios';`],
  ['apps/uniapp/src/pages/history/index.vue', `import EventRow from './EventRow.vue';`],
  ['apps/uniapp/src/pages/history/events.ts', `import { client } from '@/session/client';`],
];

describe('an import that the plan does not have is caught', () => {
  for (const [path, code] of FORBIDDEN)
    test(`${path}: ${code}`, async () => {
      assert.notDeepEqual(await said(path, code), []);
    });
});

describe('an import that the plan has passes', () => {
  for (const [path, code] of ALLOWED)
    test(`${path}: ${code}`, async () => {
      assert.deepEqual(await said(path, code), []);
    });
});

describe('a circle is caught', () => {
  const circles = async (path, code) =>
    (await said(path, code)).filter((message) => message.includes('imports itself'));

  test('over two files', async () => {
    const [message] = await circles('apps/web/src/root.ts', `import { router } from './router';`);
    assert.match(message, /^root\.ts imports itself, over .*router\.ts/);
  });

  test('over three, though each step but one is in the plan', async () => {
    const nonces = 'packages/client/src/nonces.ts';
    const [message] = await circles(nonces, `import { refresh } from './refresher.js';`);
    assert.match(message, /over .*refresher\.ts/);
  });

  test('but types may speak of each other, since none of it runs', async () => {
    const code = `import type { router } from './router';`;
    assert.deepEqual(await circles('apps/web/src/root.ts', code), []);
  });
});

test('the plan names every room that there is, and no other', () => {
  for (const { root, rooms, also } of PLAN) {
    const here = readdirSync(join(WORKSPACE, root))
      .filter((name) => !/\.(json)$/.test(name))
      .map((name) => name.replace(/(\.d)?\.(ts|vue)$/, ''));
    assert.deepEqual([...new Set(here)].sort(), Object.keys(rooms).sort(), root);
    const lost = Object.keys(also).filter((file) => !existsSync(join(WORKSPACE, root, file)));
    assert.deepEqual(lost, []);
    const known = new Set(Object.keys(rooms));
    const unknown = Object.values(rooms)
      .flat()
      .filter((room) => !known.has(room));
    assert.deepEqual(unknown, []);
  }
});
