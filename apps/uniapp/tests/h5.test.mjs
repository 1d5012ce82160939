// The journey with a password through the H5 build, in a real Chromium, against the real service.
// TALLY_SCREENS=folder keeps a picture of every page, in both languages and themes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  PASSWORD,
  SCREENS,
  answer,
  count,
  field,
  nameOf,
  onLogin,
  onProfile,
  path,
  pause,
  register,
  says,
  serve,
  signIn,
  stored,
  visit,
} from './h5_rig.mjs';

describe('the journey', () => {
  const place = serve({ SESSION_POLICY: 'per_device_type' });

  test('register, reload, sign out for real: the copied token is refused', async () => {
    const page = await visit(place);
    const username = nameOf();
    await onLogin(page);
    await register(page, username);
    await says(page, '访问令牌');
    await page.reload();
    await says(page, username);
    assert.match(path(page), /^#\/(pages\/profile\/index)?$/);

    const { access, session } = await stored(page);
    assert.equal(session.device_type, 'h5');
    await page.locator('.sign-out').click();
    await says(page, /在此设备和服务器上立即失效/);
    await answer(page, false);
    assert.notEqual(await stored(page), null);
    await page.locator('.sign-out').click();
    await answer(page);
    await says(page, '已退出登录，此设备和服务器上均已失效。');
    assert.equal(await stored(page), null);
    const refused = await fetch(`${place.service.url}/api/me`, {
      headers: { authorization: `Bearer ${access}` },
    });
    assert.deepEqual([refused.status, (await refused.json()).reason], [401, 'logged_out']);

    // The way back leads to nothing that was protected.
    await page.goto(`${place.site.url}/#/pages/devices/index`);
    await onLogin(page);
    assert.equal(await page.locator('.device').count(), 0);
    await signIn(page, username);
    await page.locator('.device.current').waitFor();
    assert.deepEqual(page.troubles, []);
  });

  test('a second browser replaces the first, which learns why', async () => {
    const username = nameOf();
    const first = await visit(place);
    await register(first, username);
    const second = await visit(place);
    await onLogin(second);
    await signIn(second, username);
    await onProfile(second);

    await first.getByText('设备', { exact: true }).click();
    await onLogin(first);
    await says(first, '已在其他设备登录');
    await says(first, '127.0.0.1');
    assert.deepEqual([...first.troubles, ...second.troubles], []);
  });

  test('signing out in one tab leaves the other', async () => {
    const page = await visit(place);
    await register(page, nameOf());
    const other = await page.context().newPage();
    await other.goto(`${place.site.url}/`);
    await onProfile(other);
    await page.locator('.sign-out').click();
    await answer(page);
    await onLogin(other);
  });

  test('with the server down it signs out here, and says so', async () => {
    const page = await visit(place);
    await register(page, nameOf());
    place.site.down = true;
    try {
      await page.locator('.sign-out').click();
      await answer(page);
      await says(page, /仅在此设备退出了登录.*将于 \d+年.*失效/);
      assert.equal(await stored(page), null);
      await field(page, 'username').fill('somebody');
      await field(page, 'password').fill('anything at all');
      await page.locator('.submit').click();
      await says(page, /服务器没有响应/);
      assert.equal(await field(page, 'password').inputValue(), 'anything at all');
    } finally {
      place.site.down = false;
    }
  });

  test('English speaks English, and a choice outlives the page', async () => {
    const page = await visit(place, { locale: 'en-GB' });
    await says(page, 'Sign in');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await register(page, nameOf());
    await page.getByText('Devices', { exact: true }).waitFor();
    await page.locator('.language').click();
    await page.getByText('设备', { exact: true }).waitFor();
    await page.reload();
    await says(page, '访问令牌');
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
    assert.deepEqual(page.troubles, []);
  });

  test('a wrong password is said so in place, and does not show it', async () => {
    const page = await visit(place);
    await onLogin(page);
    await field(page, 'username').fill('nobody');
    await field(page, 'password').fill('not the password');
    await page.locator('.reveal').click();
    assert.equal(await field(page, 'password').getAttribute('type'), 'text');
    await page.locator('.submit').click();
    await page.locator('.error').waitFor();
    await page.waitForFunction(() => document.querySelector('.field-password input').value === '');
  });
});

describe('with an access token that lasts six seconds', () => {
  const place = serve({ ACCESS_TTL: 6 });

  test('three requests at expiry make one refresh', async () => {
    const page = await visit(place);
    await register(page, nameOf());
    await says(page, '访问令牌');
    // Offline nothing is renewed ahead of time: the three find the token expired.
    await page.context().setOffline(true);
    await pause(6500);
    place.site.calls.length = 0;
    await page.context().setOffline(false);
    const statuses = await page.evaluate(async () => {
      const { provides } = document.querySelector('#app').__vue_app__._context;
      const client = Object.getOwnPropertySymbols(provides)
        .map((key) => provides[key])
        .find((each) => 'authorise' in Object(each));
      const get = () => client.request({ url: '/api/auth/sessions' });
      return (await Promise.all([get(), get(), get()])).map(({ status }) => status);
    });
    assert.deepEqual(statuses, [200, 200, 200]);
    assert.equal(count(place, '/api/auth/refresh'), 1);
    assert.deepEqual(
      place.site.calls.filter(({ status }) => status === 401),
      [],
    );
  });

  test('offline past the expiry: reconnecting, then one refresh, and nobody is signed out', async () => {
    const page = await visit(place);
    await register(page, nameOf());
    await page.context().setOffline(true);
    await says(page, /正在重新连接服务器/);
    await pause(1500);
    place.site.calls.length = 0;
    await page.context().setOffline(false);
    await page.getByText('设备', { exact: true }).click();
    await page.locator('.device.current').waitFor();
    const refused = place.site.calls.filter(({ status }) => status === 401);
    assert.deepEqual(refused, []);
    assert.equal(count(place, '/api/auth/refresh'), 1);
  });
});

describe('when the server ends sessions after three seconds without use', () => {
  const place = serve({ ACCESS_TTL: 1, REFRESH_TTL: 3 });

  test('the sign-in page says why, and asks the server nothing more', async () => {
    const page = await visit(place);
    await register(page, nameOf());
    await page.context().setOffline(true);
    await pause(3500);
    place.site.calls.length = 0;
    await page.context().setOffline(false);
    await onLogin(page);
    await says(page, /长时间未使用|需要重新登录/);
    await pause(1500);
    assert.equal(count(place, '/api/auth/refresh'), 1);
  });
});

describe('how it looks', { skip: SCREENS ? false : 'TALLY_SCREENS names no folder' }, () => {
  const place = serve({});

  for (const locale of ['zh-CN', 'en'])
    for (const colorScheme of ['light', 'dark'])
      test(`${locale}, ${colorScheme}`, async () => {
        const page = await visit(place, { locale, colorScheme });
        const shoot = async (name) => {
          await pause(350);
          await page.screenshot({ path: `${SCREENS}/${name}-${locale}-${colorScheme}.png` });
        };
        const username = locale === 'en' ? nameOf() : `虎符持有者${++names}`;
        await onLogin(page);
        await shoot('1-login');
        await page.locator('.register').click();
        await field(page, 'password').waitFor();
        await field(page, 'username').fill(username);
        await field(page, 'password').fill('short');
        await page.locator('.submit').click();
        await shoot('2-register-fault');
        await field(page, 'password').fill(PASSWORD);
        await page.locator('.submit').click();
        await onProfile(page);
        await page.locator('.halves').waitFor();
        await shoot('3-profile');

        const other = await visit(place, { locale, colorScheme });
        await onLogin(other);
        await field(other, 'username').fill(username);
        await field(other, 'password').fill('a wrong guess');
        await other.locator('.submit').click();
        await other.locator('.error').waitFor();
        await signIn(other, username);
        await onProfile(other);

        const tab = (index) => page.locator('.uni-tabbar__item').nth(index).click();
        await tab(1);
        await page.locator('.device').nth(1).waitFor();
        await shoot('4-devices');
        await page.locator('.end').first().click();
        await shoot('5-devices-ask');
        await answer(page);
        await page.locator('.told').waitFor();
        await page.locator('uni-modal').waitFor({ state: 'hidden' });
        await page.screenshot({ path: `${SCREENS}/6-devices-ended-${locale}-${colorScheme}.png` });
        await tab(2);
        await page.locator('.event').first().waitFor();
        await shoot('7-history');

        await other.locator('.uni-tabbar__item').nth(1).click();
        await onLogin(other);
        await other.screenshot({ path: `${SCREENS}/8-kicked-${locale}-${colorScheme}.png` });

        place.site.down = true;
        await tab(0);
        await page.locator('.sign-out').click();
        await shoot('9-ask');
        await answer(page);
        await page.locator('.notice').waitFor();
        await pause(1000);
        await shoot('10-signed-out-here');
        place.site.down = false;
      });

  test('wide and narrow', async () => {
    for (const width of [320, 1280]) {
      const page = await visit(place, { locale: 'en', width });
      await onLogin(page);
      await register(page, `a-rather-long-user-name-that-goes-on-and-on-and-on-until-${width}`);
      await page.locator('.halves').waitFor();
      await pause(350);
      await page.screenshot({ path: `${SCREENS}/11-profile-${width}.png`, fullPage: true });
    }
  });
});
