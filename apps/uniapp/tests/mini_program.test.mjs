// The built mini program on a made-up phone, against the real service and the stand-in for WeChat: people and their taps.
// Numbers in names are those of the client cases.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DEVICES,
  LOGIN,
  PROFILE,
  answer,
  ask,
  count,
  kept,
  pause,
  phoneOf,
  serve,
  somebody,
  state,
  stored,
  tapped,
  wechat,
} from './scene.mjs';

describe('with one place for each kind of device', () => {
  const service = serve({ SESSION_POLICY: 'per_device_type' });

  test('the first tap makes the account, the second sign-in finds it', async () => {
    const person = somebody();
    const phone = await tapped(service, { person });
    const [login] = phone.requests;
    assert.equal(JSON.parse(login.body).created, true);
    assert.equal(JSON.parse(login.body).session.device_type, 'mini_program');
    assert.equal(JSON.parse(login.body).session.device_name, 'HUAWEI Mate 60');
    assert.equal(count(phone, '/api/me'), 1);

    const again = await tapped(service, { person });
    assert.equal(JSON.parse(again.requests[0].body).created, false);
    assert.equal(state(again).user.id, state(phone).user.id);
  });

  test('a second phone replaces the first, which learns why and does not sign in by itself', async () => {
    const person = somebody();
    const first = await tapped(service, { person });
    const second = await tapped(service, { person, model: 'Pura 70' });

    first.wake();
    await first.until(() => first.page() === LOGIN);
    assert.match(first.screen(), /已在其他设备登录/);
    assert.match(first.screen(), /同一时间只能在一台设备上登录/);
    assert.match(first.screen(), /设备 HUAWEI Pura 70/);
    assert.match(first.screen(), /IP 地址 127\.0\.0\.1/);
    await pause(300);
    assert.equal(first.logins.length, 1);
    assert.equal(state(second).status, 'authenticated');

    const restarted = await phoneOf(service, { person, storage: first.storage });
    await restarted.until(() => restarted.page() === LOGIN);
    await pause(300);
    assert.equal(restarted.logins.length, 0);
  });

  test('the app opens signed in, without a sign-in page and without wx.login', async () => {
    const person = somebody();
    const phone = await tapped(service, { person });
    phone.stop();
    const again = await phoneOf(service, { person, storage: phone.storage });
    await again.until(() => again.screen().includes('访问令牌'));
    assert.equal(again.page(), PROFILE);
    assert.equal(again.logins.length, 0);
  });

  test('a page that was asked for comes back after the sign-in', async () => {
    const phone = await phoneOf(service, { launch: { path: DEVICES } });
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('one-tap');
    await phone.until(() => phone.page() === DEVICES && phone.screen().includes('当前设备'));
  });

  test('a double tap is one sign-in', async () => {
    const phone = await phoneOf(service);
    await phone.until(() => phone.page() === LOGIN);
    await Promise.all([phone.tap('one-tap'), phone.tap('one-tap')]);
    await phone.until(() => phone.page() === PROFILE);
    assert.equal(phone.logins.length, 1);
    assert.equal(count(phone, '/api/auth/login/wechat-mini'), 1);
  });

  test('a code that WeChat refuses is said so, and nothing is tried again', async () => {
    const phone = await phoneOf(service);
    await phone.until(() => phone.page() === LOGIN);
    await wechat.fail({ errcode: 40029 });
    await phone.tap('one-tap');
    await phone.until(() => phone.find('error').length > 0);
    assert.equal(phone.page(), LOGIN);
    assert.equal(phone.logins.length, 1);
  });

  test('a phone without random bytes from the platform signs in all the same', async () => {
    const phone = await tapped(service, { random: false });
    assert.equal(state(phone).status, 'authenticated');
  });

  test('the developer tools, without an app id and with their one code for all, are let in', async () => {
    const codes = async () => 'the code is a mock one';
    const phone = await tapped(service, { appId: 'touristappid', codes });
    assert.equal(state(phone).status, 'authenticated');
  });

  test('English speaks English, to the server too', async () => {
    const phone = await phoneOf(service, { language: 'en' });
    await phone.until(() => phone.page() === LOGIN);
    assert.match(phone.screen(), /Sign in with WeChat/);
    await phone.tap('one-tap');
    await phone.until(() => phone.screen().includes('Access half'));
    assert.deepEqual(phone.tabs, ['Profile', 'Devices', 'History']);
    assert.equal(phone.requests[0].header['Accept-Language'], 'en');
    await phone.tap('language');
    await phone.until(() => phone.tabs[1] === '设备');
    assert.match(phone.screen(), /访问令牌/);
  });
});

describe('signing out', () => {
  const service = serve({});

  test('says what it will do, and afterwards a copied token is refused', async () => {
    const phone = await tapped(service);
    const { access, refresh } = stored(phone);
    assert.equal((await ask(service, '/api/me', access)).status, 200);

    await phone.tap('sign-out');
    const question = await answer(phone, true);
    assert.equal(question.title, '退出登录？');
    assert.match(question.content, /在此设备和服务器上立即失效/);
    await phone.until(() => phone.screen().includes('此设备和服务器上均已失效'));

    const refused = await ask(service, '/api/me', access);
    assert.equal(refused.status, 401);
    assert.equal((await refused.json()).reason, 'logged_out');
    const renewal = await fetch(`${service.url}/api/auth/refresh`, {
      method: 'POST',
      headers: { authorization: `Bearer ${refresh}`, 'tally-nonce': 'a-nonce-of-somebody-else' },
    });
    assert.equal(renewal.status, 401);
    assert.deepEqual(kept(phone), ['tally.device']);
    assert.equal(phone.page(), LOGIN);
    assert.equal(phone.logins.length, 1);
  });

  test('changed their mind: nothing happens', async () => {
    const phone = await tapped(service);
    await phone.tap('sign-out');
    await answer(phone, false);
    await pause(50);
    assert.equal(phone.page(), PROFILE);
    assert.equal(state(phone).status, 'authenticated');
  });

  test('with the server down it clears the phone, tells the truth, and stays signed out', async () => {
    const phone = await tapped(service);
    const { access } = stored(phone);
    phone.network.down = true;
    await phone.tap('sign-out');
    await answer(phone, true);
    await phone.until(() => phone.screen().includes('仅在此设备退出了登录'));
    assert.match(phone.screen(), /将于 \d+年\d+月\d+日 [\d:]+ 失效/);
    assert.deepEqual(kept(phone), ['tally.device', 'tally.tickets']);

    phone.network.down = false;
    phone.wake();
    await phone.until(() => !phone.storage.has('tally.tickets'));
    assert.equal((await ask(service, '/api/me', access)).status, 401);
    assert.deepEqual(kept(phone), ['tally.device']);
    assert.equal(phone.page(), LOGIN);
    assert.equal(phone.logins.length, 1);
    const again = await phoneOf(service, { storage: phone.storage });
    await again.until(() => again.page() === LOGIN);
    assert.equal(again.logins.length, 0);
  });

  for (const [fault, spoil] of Object.entries({
    'answers 500': (network) =>
      (network.answer = () => new Response('<h1>oops</h1>', { status: 500 })),
    hangs: (network) => (network.hang = true),
    'is unreachable': (network) => (network.down = true),
    'answers 401': (network) =>
      (network.answer = () =>
        Response.json({ code: 'token_invalid', message: 'no', status: 401 }, { status: 401 })),
  }))
    test(`50 while the server ${fault}: gone here at once, and not confirmed`, async () => {
      const phone = await tapped(service);
      spoil(phone.network);
      const leaving = phone.client().logout();
      assert.equal(state(phone).status, 'signingOut');
      assert.equal(stored(phone), null);
      await phone.until(() => phone.page() === LOGIN);
      assert.deepEqual({ ...(await leaving) }, { serverConfirmed: false });
      assert.equal(phone.logins.length, 1);
    });
});

describe('devices and passwords', () => {
  const service = serve({});

  test('ending another device takes it off the list, and it is told who did it', async () => {
    const person = somebody();
    const [mine, lost] = [
      await tapped(service, { person }),
      await tapped(service, { person, model: 'Nova' }),
    ];
    mine.wx.switchTab({ url: DEVICES });
    await mine.until(() => mine.find('device').length === 2);
    assert.match(mine.screen(), /当前设备.*HUAWEI Nova/);
    await mine.tap('end', '下线');
    assert.match((await answer(mine, true)).content, /HUAWEI Nova/);
    await mine.until(() => mine.screen().includes('已下线'));
    await mine.until(() => mine.find('device').length === 1);

    lost.wake();
    await lost.until(() => lost.page() === LOGIN);
    assert.match(lost.screen(), /此设备已被下线/);
    assert.equal(lost.logins.length, 1);
  });

  test('all others end at once, and the history tells', async () => {
    const person = somebody();
    const mine = await tapped(service, { person });
    await tapped(service, { person });
    await tapped(service, { person });
    mine.wx.switchTab({ url: DEVICES });
    await mine.until(() => mine.find('device').length === 3);
    await mine.tap('end-others');
    assert.match((await answer(mine, true)).content, /其他 2 处/);
    await mine.until(() => mine.find('device').length === 1);
    assert.match(mine.screen(), /目前只有这台设备登录了您的账号/);

    mine.wx.switchTab({ url: '/pages/history/index' });
    await mine.until(() => mine.screen().includes('今天'));
    assert.match(mine.screen(), /从其他设备|被其他设备下线/);
    assert.match(mine.screen(), /登录/);
  });

  test('an account with a password: made, refused, let in, and never mistaken for the WeChat user', async () => {
    const phone = await phoneOf(service);
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('with-password');
    await phone.tap('register');
    await phone.until(() => phone.page() === '/pages/auth/register');
    phone.type('username', '执符人');
    phone.type('password', 'short');
    await phone.tap('submit');
    assert.match(phone.screen(), /请至少输入 8 个字符/);
    phone.type('password', '一只 两半的 青铜虎');
    await phone.tap('submit');
    await phone.until(() => phone.page() === PROFILE);
    assert.equal(state(phone).user.username, '执符人');
    assert.equal(phone.storage.has('tally.bond'), false);

    await phone.client().logout();
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('with-password');
    phone.type('username', '执符人');
    phone.type('password', 'something else');
    await phone.tap('submit');
    await phone.until(() => phone.find('error').length > 0);
    phone.type('username', '执符人');
    phone.type('password', '一只 两半的 青铜虎');
    await phone.tap('submit');
    await phone.until(() => phone.page() === PROFILE);
    assert.equal(phone.logins.length, 0);
  });

  test('what needs a fresh proof: WeChat vouches again, for the same person alone', async () => {
    const person = somebody();
    let who = person;
    const phone = await tapped(service, { codes: () => wechat.codes(who) });
    const client = phone.client();
    await client.refresh();
    const deleting = () =>
      client.request({ method: 'DELETE', url: '/api/me' }).then(
        ({ status }) => status,
        ({ code }) => code,
      );
    assert.equal(await deleting(), 'fresh_token_required');
    who = somebody();
    await assert.rejects(client.confirm(), { code: 'identity_not_linked' });
    assert.equal(await deleting(), 'fresh_token_required');
    assert.equal(state(phone).status, 'authenticated');
    who = person;
    await client.confirm();
    assert.equal(await deleting(), 200);
  });
});
