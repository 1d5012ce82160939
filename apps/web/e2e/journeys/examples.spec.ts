import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { freePort } from '../rig/server.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** Runs an example by the command that its page names. Returns its address and how to end it. */
async function run(example: string): Promise<{ origin: string; end: () => Promise<void> }> {
  const [port, data] = [await freePort(), await mkdtemp(join(tmpdir(), 'tally-example-'))];
  const options = ['--app', `examples/${example}/app.py`, 'run', '--port', String(port)];
  const child = spawn(join(ROOT, '.venv/bin/flask'), options, {
    cwd: ROOT,
    env: { ...process.env, TALLY_DATA_DIR: data, TALLY_PASSWORD_COST: 'testing' },
    stdio: 'ignore',
  });
  const ended = new Promise((settle) => child.once('exit', settle));
  const origin = `http://127.0.0.1:${port}`;
  await expect
    .poll(async () => (await fetch(`${origin}/healthz`).catch(() => null))?.status)
    .toBe(200);
  const end = async (): Promise<void> => {
    child.kill();
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  return { origin, end };
}

test('a page without Node signs in, stays signed in, and is told of its end', async ({ page }) => {
  const { origin, end } = await run('no_node');
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) foreign.push(request.url());
  });
  try {
    await page.goto(origin);
    const told = page.getByRole('status');
    await expect(told).toHaveText('Nobody is signed in');
    await page.getByLabel('User name').fill('hufu');
    await page.getByLabel('Password').fill('wrong wrong wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(told).toHaveText('Incorrect username or password.');
    await page.getByLabel('Password').fill('two halves make one');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(told).toHaveText('Signed in as hufu');
    await page.reload();
    await expect(told).toHaveText('Signed in as hufu');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(told).toHaveText('Signed out: signed_out');
    expect(foreign).toEqual([]);
  } finally {
    await end();
  }
});

test('Flask serves a Vue application that signs in and reads a protected view', async ({
  page,
}) => {
  const build = ['run', 'build', '--silent', '--workspace', '@tigertally/example-flask-vue'];
  await promisify(execFile)('npm', build, { cwd: ROOT });
  const { origin, end } = await run('flask_vue');
  try {
    await page.goto(origin);
    await page.getByLabel('User name').fill('hufu');
    await page.getByLabel('Password').fill('two halves make one');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByText('Signed in as hufu')).toBeVisible();
    await page.getByRole('button', { name: 'Read the report' }).click();
    await expect(page.getByRole('status')).toContainText('"for"');
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  } finally {
    await end();
  }
});
