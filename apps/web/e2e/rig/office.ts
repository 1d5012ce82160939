import type { BrowserContext, Page } from '@playwright/test';
import type { Server } from './server.ts';
import { expect, PASSWORD, register, signIn, spoilAccess } from './test.ts';
import type { Person } from './test.ts';

let offices = 0;

/** Somebody with these roles, and where they call from. */
export async function colleague(server: Server, role: string): Promise<Person> {
  const person = { username: `${role}-${process.pid}-${offices++}`, password: PASSWORD };
  await register(server, person);
  await server.run('users', 'grant', person.username, role);
  return person;
}

/** Opens the console as somebody who has just signed in. */
export async function enter(page: Page, person: Person, path: string): Promise<void> {
  await signIn(page, person, `/login?redirect=${encodeURIComponent(path)}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** The sign-in of somebody, as the service answers it. */
export async function tries(server: Server, person: Person, more: object = {}) {
  const answer = await fetch(`${server.origin}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...person, ...more }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** As long after the sign-in: the next token tells no more that its owner has just shown who they are. */
export const later = (context: BrowserContext): Promise<void> => spoilAccess(context);

/** Answers the question for one's own password, by keyboard. */
export async function prove(page: Page, person: Person): Promise<void> {
  await expect(page.locator('[name="my_password"]')).toBeFocused();
  await page.keyboard.type(person.password);
  await page.keyboard.press('Enter');
}
