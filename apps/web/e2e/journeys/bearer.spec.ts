import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { between } from '../rig/between.ts';
import { expect, signIn, test } from '../rig/test.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The pages as they are built for a server on another site: tokens in bodies and headers. */
async function bearerPages(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'tally-bearer-'));
  process.env.VITE_TALLY_DELIVERY = 'body';
  try {
    await build({
      root: ROOT,
      configFile: join(ROOT, 'vite.config.ts'),
      logLevel: 'silent',
      build: { outDir },
    });
  } finally {
    delete process.env.VITE_TALLY_DELIVERY;
  }
  return outDir;
}

test('built for bearer tokens, the pages sign in, renew, stay over a reload, and really sign out', async ({
  browser,
  server,
  person,
}) => {
  const pages = await bearerPages();
  const wire = await between(server, pages);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await signIn(page, person, `${wire.origin}/login`);
    expect(await context.cookies()).toEqual([]);
    await page.getByRole('button', { name: 'Renew now' }).click();
    await expect(page.getByText('Both halves were renewed.')).toBeVisible();
    await page.reload();
    await expect(page.getByRole('timer')).toBeVisible();
    expect(wire.passed.at(-1)?.headers.authorization).toMatch(/^Bearer /);

    const stored = await page.evaluate(() => localStorage.getItem('tally.session') ?? '{}');
    const { access, refresh } = JSON.parse(stored) as { access: string; refresh: string };
    const status = async (path: string, token: string, method = 'GET'): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${server.origin}${path}`, { method, headers })).status;
    };
    expect(await status('/api/me', access)).toBe(200);
    await page.getByRole('button', { name: 'Sign out safely' }).click();
    await expect(page.getByText('You are signed out, here and on the server.')).toBeVisible();
    expect(await status('/api/me', access)).toBe(401);
    expect(await status('/api/auth/refresh', refresh, 'POST')).toBe(401);
    const kept = await page.evaluate(() => JSON.stringify(localStorage));
    expect(kept).not.toContain(access);
    expect(kept).not.toContain(refresh);
  } finally {
    await context.close();
    wire.close();
    await rm(pages, { recursive: true, force: true });
  }
});
