import { test as base, expect } from '@playwright/test';
import type { BrowserContext, Page } from '@playwright/test';
import { startServer } from './server.ts';
import type { Server } from './server.ts';

export { expect };

export const PASSWORD = 'correct horse battery';

let people = 0;

export interface Person {
  readonly username: string;
  readonly password: string;
}

interface Fixtures {
  /** A fresh account. */
  readonly person: Person;
  /** Everything the browser complained of; every test fails on any of it. */
  readonly complaints: string[];
}

interface WorkerFixtures {
  readonly settings: Record<string, string>;
  readonly server: Server;
}

/** `page` goes to the server, and reports what must never happen. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  settings: [{}, { option: true, scope: 'worker' }],
  server: [
    async ({ settings }, use) => {
      const server = await startServer(settings);
      await use(server);
      await server.dispose();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.origin),
  complaints: async ({ context, server }, use) => {
    const complaints: string[] = [];
    listen(context, server, complaints);
    await use(complaints);
    expect(complaints).toEqual([]);
  },
  page: async ({ page, complaints }, use) => {
    void complaints;
    await use(page);
  },
  person: async ({ server }, use) => {
    const person = { username: `person-${process.pid}-${people++}`, password: PASSWORD };
    await register(server, person);
    await use(person);
  },
});

/** A violated policy and a request to a foreign host are failures wherever they happen. */
function listen(context: BrowserContext, server: Server, complaints: string[]): void {
  context.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('request', (request) => {
    // Where somebody goes is theirs to choose; what a page fetches is ours.
    if (request.isNavigationRequest() && request.frame().parentFrame() === null) return;
    const { protocol, port } = new URL(request.url());
    if (/^https?:$/.test(protocol) && port !== String(server.port))
      complaints.push(`a foreign host was asked: ${request.url()}`);
  });
}

export async function register(server: Server, person: Person): Promise<void> {
  const answer = await fetch(`${server.origin}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(person),
  });
  expect(answer.status, await answer.text()).toBe(201);
}

export async function signIn(page: Page, person: Person, path = '/login'): Promise<void> {
  await page.goto(path);
  await page.locator('[name="username"]').fill(person.username);
  await page.locator('[name="password"]').fill(person.password);
  await page.locator('form button[type="submit"]').click();
  await expect(page).not.toHaveURL(/\/login/);
}

/**
 * Signs in, and returns once the profile has what it asked for: an end that comes from elsewhere is
 * then met by what this page asks next, never by a request that is still on its way.
 */
export async function signInToProfile(page: Page, person: Person): Promise<void> {
  await signIn(page, person);
  await expect(page.getByLabel('Display name')).toBeVisible();
}

/**
 * Follows a link, and returns once the page behind it has drawn its heading. Until then the fields
 * and buttons of the page before still answer to the same names.
 */
export async function follow(page: Page, link: string, heading = link): Promise<void> {
  await page.getByRole('link', { name: link, exact: true }).first().click();
  await onPage(page, heading);
}

/** Waits for the page of that heading, where the application itself leads there. */
export async function onPage(page: Page, heading: string): Promise<void> {
  await expect(page.getByRole('heading', { name: heading, level: 1, exact: true })).toBeVisible();
}

/** Signs in on the sign-in page that the application leads to by itself. */
export async function signInHere(page: Page, person: Person): Promise<void> {
  await onPage(page, 'Sign in');
  await page.getByLabel('Username or email').fill(person.username);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/**
 * Makes the access token of this browser invalid, as when its signing key was retired. The cookie
 * itself stays: without it the service does not believe that the session is this browser's.
 */
export async function spoilAccess(context: BrowserContext): Promise<void> {
  const cookies = await context.cookies();
  const access = cookies.filter(({ name }) => name === 'tally_access');
  expect(access).toHaveLength(1);
  await context.addCookies(access.map((cookie) => ({ ...cookie, value: 'spoilt' })));
}

/** Another device of the same person: bearer tokens, as a script or a phone would use them. */
export async function elsewhere(server: Server, person: Person, name = 'Phone') {
  const call = async (method: string, path: string, token?: string, body?: object) => {
    const answer = await fetch(`${server.origin}/api${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const { body } = await call('POST', '/auth/login', undefined, {
    ...person,
    device: { type: 'app', name },
  });
  let token = String(body.access_token);
  return {
    call: (method: string, path: string, json?: object) => call(method, path, token, json),
    async changePassword(wanted: string) {
      const fresh = await call('POST', '/auth/reauthenticate', token, {
        password: person.password,
      });
      token = String(fresh.body.access_token);
      return call('PUT', '/auth/password', token, {
        current_password: person.password,
        new_password: wanted,
      });
    },
    /** Ends the sessions of all browsers of this person. */
    async kickOthers() {
      return call('DELETE', '/auth/sessions?scope=others', token);
    },
  };
}
