import { elsewhere, expect, signInToProfile, test } from '../rig/test.ts';

test.use({ settings: { TALLY_SESSION_POLICY: 'single' } });

test('where one device may be signed in, a second ends the first, which says so', async ({
  page,
  server,
  person,
}) => {
  await signInToProfile(page, person);
  await elsewhere(server, person, 'New phone');
  await page.getByRole('link', { name: 'My devices' }).click();
  const dialog = page.getByRole('dialog', { name: 'Signed in on another device' });
  await expect(dialog).toContainText('New phone');
});
