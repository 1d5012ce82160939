import { AxeBuilder } from '@axe-core/playwright';
import { codeSentBy, numberOfNobody, test } from '../rig/codes.ts';
import { expect, follow, onPage } from '../rig/test.ts';

const send = 'Send code';

test('who has no account gets one by a code, and a password after another code', async ({
  page,
  server,
}) => {
  const { phone, maskedPhone } = numberOfNobody();
  await page.goto('/register');
  await page.getByRole('tab', { name: 'Code' }).click();
  await expect(page.getByText('this makes one, without a password')).toBeVisible();
  await page.getByLabel('Email or phone number').fill(phone);
  const first = await codeSentBy(server, maskedPhone, () =>
    page.getByRole('button', { name: send }).click(),
  );
  await page.getByLabel('Six-digit code').fill(first);
  await page.getByRole('button', { name: 'Continue' }).click();
  await onPage(page, 'Profile');
  await follow(page, 'Security');
  await expect(page.getByRole('heading', { name: 'Set a password' })).toBeVisible();

  const refusal = { code: 'fresh_token_required', message: 'Please confirm who you are.' };
  await page.route(
    '**/api/auth/password',
    (route) => route.fulfill({ status: 403, json: { ...refusal, status: 403 } }),
    { times: 1 },
  );
  await page.getByLabel('New password').fill('another two halves');
  await page.getByRole('button', { name: 'Set a password' }).click();
  const prove = page.getByRole('button', { name: 'Send a code to +86 138' });
  const second = await codeSentBy(server, maskedPhone, () => prove.click());
  const field = page.getByLabel('Six-digit code');
  await expect(field).toBeFocused();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => /serious|critical/.test(impact ?? ''))).toEqual([]);
  await field.fill(second);
  await field.press('Enter');
  await expect(page.getByText('Password changed.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Change the password' })).toBeVisible();
});
