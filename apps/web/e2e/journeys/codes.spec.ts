import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { codeSentBy, numberOfNobody, paste, test, wrong } from '../rig/codes.ts';
import type { Server } from '../rig/server.ts';
import { PASSWORD, elsewhere, expect, follow, onPage, signIn, test as base } from '../rig/test.ts';
import type { Person } from '../rig/test.ts';

const NEW = 'another two halves';

/** Somebody with an address and a number of their own, neither verified. */
async function somebody(page: Page, server: Server) {
  const { mine, phone, maskedPhone } = numberOfNobody();
  const person = { username: `mo-${mine}`, password: PASSWORD };
  const email = `m${mine}@example.com`;
  const answer = await page.request.post(`${server.origin}/api/auth/register`, {
    data: { ...person, email },
  });
  expect(answer.status()).toBe(201);
  return { person, email, masked: 'm***@example.com', phone, maskedPhone };
}

/** Verifies an address or number over the API, as another device of the same person. */
async function verify(server: Server, person: Person, target: object, masked: string) {
  const device = await elsewhere(server, person);
  let added: Record<string, unknown> = {};
  const code = await codeSentBy(server, masked, async () => {
    const answer = await device.call('POST', '/me/contacts', target);
    expect(answer.status).toBe(202);
    added = answer.body;
  });
  const { id } = added.contact as { id: string };
  const proof = { challenge_id: added.challenge_id, code };
  expect((await device.call('POST', `/me/contacts/${id}/verify`, proof)).status).toBe(200);
}

const send = (page: Page) => page.getByRole('button', { name: 'Send code' }).click();

test('an address is verified where the reminder leads', async ({ page, server }) => {
  const { person, email, masked } = await somebody(page, server);
  await signIn(page, person);
  await page.getByRole('link', { name: 'Verify now' }).click();
  await onPage(page, 'Security');
  const dialog = page.getByRole('dialog', { name: 'Verify your email address' });
  await expect(dialog).toContainText(email);
  const first = await codeSentBy(server, masked, () => send(page));
  const field = dialog.getByLabel('Six-digit code');
  await expect(field).toBeFocused();
  await field.fill(wrong(first));
  await field.press('Enter');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog).toContainText('Tries left: 4.');
  await field.fill(first);
  await dialog.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByText(`${email} is verified.`)).toBeVisible();
  await follow(page, 'Profile');
  await expect(page.getByText('is not verified yet')).toHaveCount(0);
  await expect(page.getByText('not verified: sign in with')).toHaveCount(0);
});

test('a lost password is replaced, and the new one signs in with the address', async ({
  page,
  server,
}) => {
  const { person, email, masked } = await somebody(page, server);
  await verify(server, person, { email }, masked);
  await page.goto('/login');
  await follow(page, 'Forgot password?', 'Choose a new password');
  await page.getByLabel('Email or phone number').fill(email);
  const second = await codeSentBy(server, masked, () => send(page));
  await page.getByLabel('Six-digit code').fill(second);
  await page.getByLabel('New password').fill('short');
  await page.getByRole('button', { name: 'Set the new password' }).click();
  await expect(page.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('New password').fill(NEW);
  await page.getByRole('button', { name: 'Set the new password' }).click();
  await onPage(page, 'Sign in');
  await expect(page.getByText('Your new password is set')).toBeVisible();
  await expect(page.getByLabel('Username, email or phone')).toHaveValue(email);
  await page.locator('[name="password"]').fill(NEW);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await onPage(page, 'Profile');
});

test('who signs in by a code lands where they wanted to go; the whole message may be pasted', async ({
  page,
  server,
}) => {
  const { person, phone, maskedPhone } = await somebody(page, server);
  await verify(server, person, { phone }, maskedPhone);
  await page.goto('/login?redirect=/devices');
  await page.getByRole('tab', { name: 'Password' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Code' })).toBeFocused();
  await page.getByLabel('Email or phone number').fill('12');
  await send(page);
  await expect(page.getByLabel('Email or phone number')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Email or phone number').fill(phone);
  const code = await codeSentBy(server, maskedPhone, () => send(page));
  const field = page.getByLabel('Six-digit code');
  await expect(field).toBeFocused();
  await paste(page, `【虎符】验证码 ${code}，5 分钟内有效。`);
  await expect(field).toHaveValue(code);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/devices$/);
});

test('a code that nobody was sent looks the same, and opens nothing', async ({ page, server }) => {
  await page.goto('/login');
  await page.getByRole('tab', { name: 'Code' }).click();
  await page.getByLabel('Email or phone number').fill('nobody@example.com');
  await send(page);
  await expect(page.getByText('a code is on its way there')).toContainText('nobody@example.com');
  expect(server.log()).not.toContain('n***@example.com');
  await page.getByLabel('Six-digit code').fill('314159');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByLabel('Six-digit code')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'Use another' }).click();
  await expect(page.getByLabel('Email or phone number')).toHaveValue('nobody@example.com');
});

test('a number is added and removed; an old sign-in asks for the password first', async ({
  page,
  server,
}) => {
  const { person, phone, maskedPhone } = await somebody(page, server);
  await signIn(page, person, '/login?redirect=/security');
  // As after an old sign-in. The page may list the contacts at any time, which is no attempt.
  let refused = false;
  await page.route('**/api/me/contacts', async (route) => {
    if (refused || route.request().method() !== 'POST') return route.fallback();
    refused = true;
    const refusal = { code: 'fresh_token_required', message: 'Please sign in again.' };
    return route.fulfill({ status: 403, json: { ...refusal, status: 403 } });
  });
  await page.getByRole('button', { name: 'Add a phone number' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Phone number').fill(phone);
  await send(page);
  await dialog.getByLabel('Password', { exact: true }).fill(person.password);
  const code = await codeSentBy(server, maskedPhone, () => send(page));
  await dialog.getByLabel('Six-digit code').fill(code);
  await dialog.getByRole('button', { name: 'Verify' }).click();
  const row = page.getByRole('listitem').filter({ hasText: '+86 138' });
  await expect(row).toContainText('Verified');
  await row.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByLabel('Password', { exact: true }).fill(person.password);
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(row).toHaveCount(0);
});

base('where nothing can be sent, no code is offered', async ({ page }) => {
  const answered = page.waitForResponse('**/api/auth/providers');
  await page.goto('/login');
  await answered;
  await expect(page.getByRole('tab')).toHaveCount(0);
  await expect(page.getByText('Forgot password?')).toHaveCount(0);
  await page.goto('/forgotten');
  await expect(page.getByText('This service cannot send codes.')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1280, 390])
    test.describe(`${colorScheme}, ${width} wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 844 } });

      test('pages for codes have no serious finding, and fit', async ({ page, server }) => {
        const { person, email, masked } = await somebody(page, server);
        const look = async (): Promise<void> => {
          const { violations } = await new AxeBuilder({ page }).analyze();
          const bad = violations.filter(({ impact }) => /serious|critical/.test(impact ?? ''));
          expect(bad.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        };
        await page.goto('/login');
        await page.getByRole('tab', { name: 'Code' }).click();
        await send(page);
        await look();
        await page.goto('/forgotten');
        await page.getByLabel('Email or phone number').fill(email);
        await send(page);
        await page.getByRole('button', { name: 'Set the new password' }).click();
        await look();
        await signIn(page, person);
        await expect(page.getByText('is not verified yet')).toBeVisible();
        await look();
        await page.goto('/security?verify=email');
        await codeSentBy(server, masked, () => send(page));
        await page.getByRole('dialog').getByRole('button', { name: 'Verify' }).click();
        await look();
      });
    });
