// The built mini program on a made-up phone, against the real service and the stand-in for WeChat.
// Numbers in names are those of the client cases.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startPhone } from './phone/phone.mjs';
import { APP_ID, startService, startWechat } from './service.mjs';

const LOGIN = '/pages/auth/login';
const PROFILE = '/pages/profile/index';
const DEVICES = '/pages/devices/index';

const places = [];
let wechat;
let phones = [];
let people = 0;

before(async () => {
  wechat = await startWechat();
  // At once: starting and stopping is what takes time.
  await Promise.all(
    places.map(async (place) =>
      Object.assign(place, await startService(wechat, place.settings)),
    ),
  );
});
after(async () => {
  await Promise.all(places.map((place) => place.remove()));
  await wechat.stop();
});
afterEach(() => {
  for (const phone of phones) {
    phone.stop();
    assert.deepEqual(phone.errors, []);
  }
  phones = [];
});

/** A service for the tests of one suite. */
function serve(settings) {
  const place = { settings };
  places.push(place);
  return place;
}

const somebody = () => `person-${++people}`;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function phoneOf(service, options = {}) {
  const phone = await startPhone({
    ...{ service: service.url, codes: wechat.codes, appId: APP_ID, person: somebody() },
    ...options,
  });
  phones.push(phone);
  return phone;
}

/** A phone whose owner tapped once. */
async function tapped(service, options) {
  const phone = await phoneOf(service, options);
  await phone.until(() => phone.page() === LOGIN);
  await phone.tap('one-tap');
  await phone.until(() => phone.page() === PROFILE && phone.screen().includes('访问令牌'));
  return phone;
}

const count = (phone, path) => phone.requests.filter((each) => each.path === path).length;
const stored = (phone) => JSON.parse(phone.storage.get('tally.session') ?? 'null');
/** What of ours is left on the phone. */
const kept = (phone) => [...phone.storage.keys()].filter((key) => key.startsWith('tally.'));
const state = (phone) => phone.client().state;
const ask = (service, path, token) =>
  fetch(service.url + path, { headers: { authorization: `Bearer ${token}` } });

async function answer(phone, confirm) {
  await phone.until(() => phone.dialogs.length > 0, 'a question');
  const dialog = phone.dialogs.pop();
  dialog.answer(confirm);
  return dialog;
}

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
    phone.network.down = true;
    await phone.tap('sign-out');
    await answer(phone, true);
    await phone.until(() => phone.screen().includes('仅在此设备退出了登录'));
    assert.match(phone.screen(), /将于 \d+年\d+月\d+日 [\d:]+ 失效/);
    assert.deepEqual(kept(phone), ['tally.device']);

    phone.network.down = false;
    phone.wake();
    await pause(300);
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
    const [mine, lost] = [await tapped(service, { person }), await tapped(service, { person, model: 'Nova' })];
    mine.wx.switchTab({ url: DEVICES });
    await mine.until(() => mine.find('device').length === 2);
    assert.match(mine.screen(), /当前设备.*HUAWEI Nova/);
    await mine.tap('end', '移除登录');
    assert.match((await answer(mine, true)).content, /HUAWEI Nova/);
    await mine.until(() => mine.screen().includes('已移除'));
    await mine.until(() => mine.find('device').length === 1);

    lost.wake();
    await lost.until(() => lost.page() === LOGIN);
    assert.match(lost.screen(), /此设备已被移除登录/);
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
    assert.match(mine.screen(), /目前只有这台设备登录了你的账号/);

    mine.wx.switchTab({ url: '/pages/history/index' });
    await mine.until(() => mine.screen().includes('今天'));
    assert.match(mine.screen(), /从其他设备|被其他设备移除登录/);
    assert.match(mine.screen(), /登录/);
  });

  test('an account with a password: made, refused, let in, and never mistaken for the WeChat user', async () => {
    const phone = await phoneOf(service);
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('with-password');
    await phone.tap('register');
    await phone.until(() => phone.page() === '/pages/auth/register');
    phone.type('username', '虎符');
    phone.type('password', 'short');
    await phone.tap('submit');
    assert.match(phone.screen(), /请至少输入 8 个字符/);
    phone.type('password', '一只 两半的 青铜虎');
    await phone.tap('submit');
    await phone.until(() => phone.page() === PROFILE);
    assert.equal(state(phone).user.username, '虎符');
    assert.equal(phone.storage.has('tally.bond'), false);

    await phone.client().logout();
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('with-password');
    phone.type('username', '虎符');
    phone.type('password', 'something else');
    await phone.tap('submit');
    await phone.until(() => phone.find('error').length > 0);
    phone.type('username', '虎符');
    phone.type('password', '一只 两半的 青铜虎');
    await phone.tap('submit');
    await phone.until(() => phone.page() === PROFILE);
    assert.equal(phone.logins.length, 0);
  });
});

describe('with an access token that lasts two seconds', () => {
  const service = serve({ ACCESS_TTL: 2 });

  test('three requests at expiry make one refresh', async () => {
    const phone = await tapped(service);
    phone.sleep();
    await pause(2200);
    const before = count(phone, '/api/auth/refresh');
    const get = () => phone.client().request({ url: '/api/auth/sessions' });
    const answers = await Promise.all([get(), get(), get()]);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
    assert.equal(count(phone, '/api/auth/refresh') - before, 1);
  });

  test('2 fifty parallel 401s make one refresh and fifty results', async () => {
    const phone = await phoneOf(service);
    // The phone believes in its token for longer than the server does.
    phone.network.edit = (text) => text.replace('"expires_in":2', '"expires_in":900');
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('one-tap');
    await phone.until(() => phone.page() === PROFILE);
    await pause(3200);
    phone.requests.length = 0;
    const all = Array.from({ length: 50 }, () => phone.client().request({ url: '/api/me' }));
    const answers = await Promise.all(all);
    assert.equal(answers.filter(({ status }) => status === 200).length, 50);
    assert.equal(count(phone, '/api/auth/refresh'), 1);
    assert.equal(phone.requests.filter(({ status }) => status === 401).length, 50);
  });

  test('6 a refresh that fails on the way keeps the session, and comes back by itself', async () => {
    const phone = await tapped(service);
    phone.network.down = true;
    await pause(2200);
    const refusals = await Promise.all(
      Array.from({ length: 3 }, () =>
        phone
          .client()
          .request({ url: '/api/me' })
          .then(() => null, (error) => error.kind),
      ),
    );
    assert.deepEqual(refusals, ['transient', 'transient', 'transient']);
    assert.equal(state(phone).status, 'degraded');
    assert.notEqual(stored(phone), null);
    await phone.until(() => phone.screen().includes('正在重新连接服务器'));
    assert.equal(phone.page(), PROFILE);

    phone.network.down = false;
    phone.wake();
    await phone.until(() => state(phone).status === 'authenticated');
    assert.equal(phone.logins.length, 1);
  });

  test('a restart after the expiry: what pages ask before the app is ready waits for new tokens', async () => {
    const person = somebody();
    const phone = await tapped(service, { person });
    phone.stop();
    await pause(2200);
    const again = await phoneOf(service, { person, storage: phone.storage, launch: { path: DEVICES } });
    await again.until(() => again.screen().includes('当前设备'));
    const refused = again.requests.filter(({ status }) => status === 401);
    assert.deepEqual(refused, []);
    assert.equal(count(again, '/api/auth/refresh'), 1);
    assert.equal(again.logins.length, 0);
  });
});

describe('when the server ends sessions after three seconds without use', () => {
  const service = serve({ ACCESS_TTL: 1, REFRESH_TTL: 3 });

  test('one silent wx.login, nobody notices, and no loop', async () => {
    const phone = await tapped(service);
    const { user, session } = state(phone);
    phone.sleep();
    await pause(3500);
    phone.requests.length = 0;
    const get = () => phone.client().request({ url: '/api/auth/sessions' });
    const answers = await Promise.all([get(), get(), get()]);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
    assert.equal(phone.logins.length, 2);
    assert.equal(count(phone, '/api/auth/login/wechat-mini'), 1);
    assert.equal(state(phone).user.id, user.id);
    assert.notEqual(state(phone).session.id, session.id);
    assert.equal(phone.page(), PROFILE);

    // It ends again at once: what does that would do it again, so now somebody has to tap.
    await pause(3500);
    phone.wake();
    await phone.until(() => phone.page() === LOGIN);
    assert.match(phone.screen(), /长时间未使用|需要重新登录/);
    await pause(1500);
    assert.equal(phone.logins.length, 2);
    await phone.tap('one-tap');
    await phone.until(() => phone.page() === PROFILE);
  });

  test('ended while the app was closed: it opens signed in', async () => {
    const person = somebody();
    const phone = await tapped(service, { person });
    phone.stop();
    await pause(3500);
    const again = await phoneOf(service, { person, storage: phone.storage, launch: { path: DEVICES } });
    await again.until(() => again.screen().includes('当前设备'));
    assert.equal(again.page(), DEVICES);
    assert.equal(again.logins.length, 1);
  });

  test('WeChat does not know the user any more: the sign-in page, and nothing tried again', async () => {
    const phone = await tapped(service);
    phone.sleep();
    await pause(3500);
    await wechat.fail({ errcode: 40226 });
    phone.wake();
    await phone.until(() => phone.page() === LOGIN);
    await pause(500);
    assert.equal(phone.logins.length, 2);
    assert.equal(phone.storage.has('tally.bond'), false);
  });
});
