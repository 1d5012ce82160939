// A password that an administrator gave, in the H5 build.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD, field, nameOf, onLogin, onProfile, says, serve, visit } from './h5_rig.mjs';

const place = serve();

/** Posts to the service, which must agree. */
async function post(path, { token, ...body }) {
  const answer = await fetch(place.service.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path} answers ${answer.status}`);
  return answer.json();
}

test('a password that an administrator gave is replaced at the first sign-in', async () => {
  const [username, boss] = [nameOf(), nameOf()];
  const { user } = await post('/api/auth/register', {
    username,
    password: PASSWORD,
  });
  await post('/api/auth/register', { username: boss, password: PASSWORD });
  place.service.command('users', 'make-admin', boss);
  const { access_token: token } = await post('/api/auth/login', {
    username: boss,
    password: PASSWORD,
  });
  const given = await post(`/api/admin/users/${user.id}/password`, { token });

  const page = await visit(place);
  await onLogin(page);
  await field(page, 'username').fill(username);
  await field(page, 'password').fill(given.password);
  await page.locator('.submit').click();
  await says(page, '请设置您自己的新密码。');
  await field(page, 'new_password').fill('12345678');
  await page.locator('.submit').click();
  await page.locator('.field-new_password .fault').waitFor();
  assert.equal(await field(page, 'password').inputValue(), given.password);
  await field(page, 'new_password').fill(PASSWORD);
  await page.locator('.submit').click();
  await onProfile(page);
  assert.deepEqual(page.troubles, []);
});
