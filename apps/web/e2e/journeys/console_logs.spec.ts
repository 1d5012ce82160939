import { readFile } from 'node:fs/promises';
import { serious } from '../rig/axe.ts';
import { colleague, enter, tries } from '../rig/office.ts';
import { elsewhere, expect, register, test } from '../rig/test.ts';

test('the sign-in log tells who came in, who did not, and what was ended', async ({
  page,
  server,
  person,
}) => {
  await elsewhere(server, person, 'Old phone');
  await tries(server, { ...person, password: 'a guess' });
  await server.run('sessions', 'end', '--user', person.username);
  await enter(page, await colleague(server, 'auditor'), `/admin/sign-ins?user=${person.username}`);
  const rows = page.getByRole('row');
  await expect(rows.filter({ hasText: 'wrong name or password' })).toContainText('127.0.0.1');
  await expect(rows.filter({ hasText: 'Signed in' })).toContainText('Old phone');
  await expect(rows).toHaveCount(4);
  await page.getByLabel('Outcome').selectOption('Failed');
  await expect(page).toHaveURL(/outcome=failure/);
  await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/admin\/sign-ins$/);
});

test('an act shows in the audit log without a reload: who, to whom, and what changed', async ({
  page,
  server,
  person,
}) => {
  const admin = await colleague(server, 'admin');
  await enter(page, admin, `/admin/audit?user=${person.username}`);
  await expect(page.getByText('Nothing matches the filters.')).toBeVisible();
  await server.run('users', 'disable', person.username, '--reason', 'Sends spam');
  const row = page.getByRole('row').filter({ hasText: 'Account disabled' });
  await expect(row).toContainText('disabled_reason');
  await expect(row).toContainText('Sends spam');
  await expect(row).toContainText('command line');
  await expect(row.getByRole('link', { name: person.username })).toHaveAttribute('href', /users\//);
});

test('every kind of event can be asked for, and days narrow it', async ({
  page,
  server,
  person,
}) => {
  const auditor = await colleague(server, 'auditor');
  for (const log of ['sign-ins', 'audit']) {
    await enter(page, auditor, `/admin/${log}?user=${person.username}`);
    const kinds = page.getByLabel('What', { exact: true });
    const options = await kinds
      .locator('option')
      .evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value));
    expect(options.length).toBeGreaterThan(3);
    let shown: string | null | undefined;
    for (const kind of options) {
      const answered = page.waitForResponse((answer) => {
        const { pathname, searchParams } = new URL(answer.url());
        return pathname === '/api/admin/events' && searchParams.get('name') !== shown;
      });
      await kinds.selectOption({ value: kind });
      const answer = await answered;
      expect(answer.status()).toBe(200);
      shown = new URL(answer.url()).searchParams.get('name');
    }
    await page.context().clearCookies();
  }
  await enter(page, auditor, `/admin/audit?user=${person.username}&kind=everything`);
  const created = page.getByRole('row').filter({ hasText: 'Account created' });
  await expect(created).toBeVisible();
  await page.getByLabel('To', { exact: true }).fill('2020-01-01');
  await expect(created).toHaveCount(0);
  await expect(page).toHaveURL(/until=2020-01-01/);
});

test('what the filters let through is saved as a file of either kind', async ({
  page,
  server,
  person,
}) => {
  const auditor = await colleague(server, 'auditor');
  await enter(page, auditor, `/admin/audit?user=${person.username}&kind=everything`);
  await expect(page.getByRole('row').filter({ hasText: 'Account created' })).toBeVisible();
  for (const [name, ending, begins] of [
    ['Export CSV', 'csv', /^id,at,name/],
    ['Export JSON Lines', 'jsonl', /^\{"/],
  ] as const) {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name }).press('Enter');
    const file = await download;
    expect(file.suggestedFilename()).toBe(`events.${ending}`);
    const text = await readFile(await file.path(), 'utf8');
    expect(text).toMatch(begins);
    expect(text).toContain('account:user:registered');
    // What others did is not in it: this person has only just come.
    expect(text.trim().split('\n')).toHaveLength(ending === 'csv' ? 2 : 1);
  }
});

for (const locale of ['zh-CN', 'en-GB'] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390])
      test.describe(`${locale}, ${colorScheme}, ${width} wide`, () => {
        test.use({ locale, colorScheme, viewport: { width, height: 844 } });

        test('the logs have no serious finding, and fit', async ({ page, server }) => {
          const username = `logged-${width}-${locale}-${colorScheme}`;
          const person = { username, password: 'quite long words' };
          await register(server, person);
          await tries(server, { ...person, password: 'a guess' });
          await server.run('users', 'disable', username, '--reason', 'Sends spam');
          await enter(page, await colleague(server, 'admin'), '/admin/users');
          for (const log of ['sign-ins', 'audit']) {
            await page.goto(`/admin/${log}?user=${username}`);
            await expect(page.getByRole('row').filter({ hasText: username }).first()).toBeVisible();
            expect(await serious(page)).toEqual([]);
            expect(
              await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
            ).toBeLessThanOrEqual(0);
          }
        });
      });
