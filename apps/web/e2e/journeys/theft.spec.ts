import { randomBytes } from 'node:crypto';
import type { Page, Request } from '@playwright/test';
import { expect, signIn, test } from '../rig/test.ts';

const REFRESH = '**/api/auth/refresh';

/** Cookies by name. */
type Jar = Record<string, string>;

const jarOf = (header: string): Jar =>
  Object.fromEntries(header.split('; ').map((pair) => pair.split(/=(.*)/s, 2)));

/** Sends the next refresh of `page` nowhere, and returns it as it would have been sent. */
async function capture(page: Page): Promise<Request> {
  const captured = page.waitForRequest(REFRESH);
  await page.route(REFRESH, (route) => route.abort());
  await page.getByRole('button', { name: 'Renew now' }).click();
  const request = await captured;
  await expect(page.getByText('Reconnecting to the server.')).toBeVisible();
  await page.unroute(REFRESH);
  return request;
}

/** Somebody who has a captured refresh, and calls the service with it from elsewhere. */
async function thiefWith(request: Request) {
  const captured = await request.allHeaders();
  const origin = new URL(request.url()).origin;
  const jar = jarOf(captured.cookie ?? '');
  const send = async (method: string, path: string, headers: Jar, body?: string) => {
    const cookie = Object.entries(jar)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers, cookie },
      ...(body !== undefined && { body }),
    });
    for (const line of answer.headers.getSetCookie())
      Object.assign(jar, jarOf(line.split(';')[0] ?? ''));
    return answer;
  };
  const refresh = (nonce: string, generation: number): Promise<Response> => {
    const headers = { 'x-csrf-token': jar.tally_csrf ?? '', 'tally-nonce': nonce };
    return send('POST', '/api/auth/refresh', headers, JSON.stringify({ generation }));
  };
  return {
    /** The request as it was captured, once more. */
    replay: () => {
      const generation = Number(jar.tally_csrf?.split('.')[1]);
      return refresh(captured['tally-nonce'] ?? '', generation);
    },
    /** One generation further, with a nonce of one's own. */
    rotate: () => {
      const generation = Number(jar.tally_csrf?.split('.')[1]);
      return refresh(randomBytes(24).toString('base64url'), generation);
    },
    me: () => send('GET', '/api/me', {}),
  };
}

test('a thief who replays a captured refresh is out as soon as the owner comes back', async ({
  page,
  context,
  person,
}) => {
  await signIn(page, person);
  const other = await context.newPage();
  await other.goto('/history');
  await expect(other.getByText('Signed in').first()).toBeVisible();
  const captured = await capture(page);
  // The owner's own request arrives, and its answer does not.
  expect((await (await thiefWith(captured)).replay()).status).toBe(200);
  const thief = await thiefWith(captured);
  expect((await thief.replay()).status).toBe(200);
  expect((await thief.rotate()).status).toBe(200);
  expect((await thief.me()).status).toBe(200);

  const told = page.waitForResponse((answer) => answer.url().endsWith('/api/auth/logout'));
  await page.getByRole('button', { name: 'Renew now' }).click();
  expect((await told).status()).toBe(200);
  expect((await thief.me()).status).toBe(401);
  expect((await thief.rotate()).status).toBe(401);
  for (const tab of [page, other])
    await expect(tab.getByText('Ended for your protection').first()).toBeVisible();
  expect((await context.cookies()).filter(({ httpOnly }) => httpOnly)).toEqual([]);
  await page.goto('/profile');
  await expect(page).toHaveURL(/\/login/);
});
