import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import type * as Tally from '@tigertally/client';
import { clientScript } from '../rig/client_script.ts';
import { startServer } from '../rig/server.ts';
import type { Server } from '../rig/server.ts';
import { expect, PASSWORD, register } from '../rig/test.ts';
import { test } from '@playwright/test';

declare const tally: typeof Tally;

type Signed = typeof globalThis & { client: Tally.AuthClient; warned: string[] };

const PERSON = { username: 'elsewhere', password: PASSWORD };

/** Pages of another origin than the service's; the second one is another site as well. */
let pages: { readonly neighbour: string; readonly stranger: string; close(): void };
let server: Server;

test.beforeAll(async () => {
  const listener = createServer((_call, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Shop</title>');
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  const { port } = listener.address() as AddressInfo;
  pages = {
    neighbour: `http://127.0.0.1:${port}`,
    stranger: `http://tally.lan:${port}`,
    close() {
      listener.close();
      listener.closeAllConnections();
    },
  };
  server = await startServer({ TALLY_CORS_ORIGINS: `${pages.neighbour},${pages.stranger}` });
  await register(server, PERSON);
});

test.afterAll(async () => {
  pages.close();
  await server.dispose();
});

/** A client of `baseUrl` in a page of `origin`. */
async function open(
  page: Page,
  origin: string,
  baseUrl: string,
  delivery: 'body' | 'cookie' = 'cookie',
): Promise<void> {
  await page.goto(origin);
  await page.addScriptTag({ content: await clientScript() });
  await page.evaluate(
    (options) => {
      const client = tally.createAuthClient({ ...options, ...tally.browserEdges() });
      const warned: string[] = [];
      client.on('warning', ({ code }) => warned.push(code));
      Object.assign(globalThis, { client, warned });
    },
    { baseUrl, delivery },
  );
}

/** How a sign-in ends, and what the page knows then. */
const signIn = (page: Page) =>
  page.evaluate(async (person) => {
    const { client, warned } = globalThis as Signed;
    const outcome = await client.login(person).then(
      () => 'signed in',
      (error: Tally.AuthError) => error.code,
    );
    return { outcome, warned, status: client.state.status };
  }, PERSON);

test('31 a page of another origin of this site is signed in, and signs out', async ({ page }) => {
  await open(page, pages.neighbour, server.origin);
  expect(await signIn(page)).toEqual({
    ...{ outcome: 'signed in', warned: [], status: 'authenticated' },
  });
  const asked = await page.evaluate(async () => {
    const { client } = globalThis as Signed;
    await client.refresh();
    const { status } = await client.request({ url: '/api/me' });
    return { status, ...(await client.logout()) };
  });
  expect(asked).toEqual({ status: 200, serverConfirmed: true });
  expect(await page.context().cookies(server.origin)).toEqual([]);
});

test('31 a page of another site, whose cookies the browser drops, is told so', async ({ page }) => {
  await open(page, pages.stranger, server.origin);
  expect(await signIn(page)).toEqual({
    outcome: 'cookies_unavailable',
    warned: ['cookies_unavailable'],
    status: 'anonymous',
  });
});

test('33 a bearer sign-out while offline reaches the server when the network is back', async ({
  page,
}) => {
  await open(page, pages.stranger, server.origin, 'body');
  expect(await signIn(page)).toMatchObject({ outcome: 'signed in', status: 'authenticated' });
  const stored = await page.evaluate(() => localStorage.getItem('tally.session') ?? '{}');
  const { access, refresh } = JSON.parse(stored) as { access: string; refresh: string };
  const letsIn = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${access}` };
    return (await fetch(`${server.origin}/api/me`, { headers })).status;
  };
  await page.context().setOffline(true);
  const left = await page.evaluate(() => (globalThis as Signed).client.logout());
  expect(left).toEqual({ serverConfirmed: false });
  const kept = await page.evaluate(() => JSON.stringify(localStorage));
  expect(kept).toContain('tally.tickets');
  for (const token of [access, refresh]) expect(kept).not.toContain(token);
  expect(await letsIn()).toBe(200);
  await page.context().setOffline(false);
  await expect.poll(letsIn).toBe(401);
  await expect.poll(() => page.evaluate(() => localStorage.getItem('tally.tickets'))).toBeNull();
});

test('36 an answer that CORS keeps back is quoted for the developer', async ({ page }) => {
  const closed = await startServer();
  try {
    await open(page, pages.neighbour, closed.origin);
    const refused = await page.evaluate(() =>
      (globalThis as Signed).client.login({ username: 'a', password: 'b' }).then(
        () => null,
        ({ kind, code, message, hint }: Tally.AuthError) => ({ kind, code, message, hint }),
      ),
    );
    expect(refused).toEqual({
      ...{ kind: 'transient', code: 'network_error', message: 'network_error' },
      hint: 'TypeError: Failed to fetch',
    });
  } finally {
    await closed.dispose();
  }
});
