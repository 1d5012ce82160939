// The built mini program where phones, networks and people are at their worst.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DEVICES,
  LOGIN,
  PROFILE,
  answer,
  count,
  kept,
  pause,
  phoneOf,
  serve,
  somebody,
  state,
  stored,
  tapped,
} from './scene.mjs';

const HOUR = 3_600_000;
/** `wx.login` where WeChat is slow to despair. */
const never = () => new Promise(() => undefined);
const refused = () => Promise.reject(new Error('no'));
const get = (phone) => phone.client().request({ url: '/api/auth/sessions' });
const outcome = (promise) =>
  promise.then(
    ({ status }) => status,
    ({ code }) => code,
  );

describe('networks, windows and clocks', () => {
  const service = serve({});

  for (const [trouble, spoil] of Object.entries({
    'there is no network': (network) => (network.down = true),
    'the server hangs': (network) => (network.hang = true),
    'a proxy answers 502 in HTML': (network) =>
      (network.answer = () => new Response('<h1>Bad gateway</h1>', { status: 502 })),
    'a hotel wants to be paid first': (network) =>
      (network.answer = () =>
        new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } })),
  }))
    test(`${trouble}: nobody is signed out, and it comes back by itself`, async () => {
      const person = somebody();
      const before = await tapped(service, { person });
      before.stop();
      // The access token is over for the server too.
      const session = stored(before);
      before.storage.set('tally.session', JSON.stringify({ ...session, access: 'gone' }));
      const phone = await phoneOf(service, {
        ...{ person, storage: before.storage, launch: { path: DEVICES } },
        ...{ network: spoil, clock: { wrongBy: HOUR } },
      });
      await phone.until(() => state(phone).status === 'degraded', 'degraded');
      assert.equal(phone.page(), DEVICES);
      assert.notEqual(stored(phone), null);
      assert.equal(phone.logins.length, 0);

      Object.assign(phone.network, { down: false, hang: false, answer: null });
      phone.wake();
      await phone.until(() => phone.screen().includes('当前设备'));
      await phone.until(() => state(phone).status === 'authenticated');
      assert.equal(phone.logins.length, 0);
    });

  test('asleep in the middle of a refresh, whose answer is lost: one session, nobody signed out', async () => {
    const phone = await tapped(service);
    phone.sleep();
    phone.clock.wrongBy += HOUR;
    const { session } = state(phone);
    // The server rotates, the phone never hears of it.
    let lost = 0;
    phone.network.edit = (text) => {
      if (!text.includes('refresh_token') || lost++) return text;
      throw new Error('interrupted');
    };
    const asked = outcome(get(phone));
    await phone.until(() => lost > 0);
    phone.wake();
    phone.sleep();
    phone.wake();
    await asked;
    await phone.until(() => state(phone).status === 'authenticated');
    assert.equal(await outcome(get(phone)), 200);
    assert.equal(lost > 1, true);
    assert.equal(state(phone).session.id, session.id);
    assert.equal(phone.logins.length, 1);
  });

  test('two windows of the app over one storage: both go on, in one session', async () => {
    const person = somebody();
    const clock = { wrongBy: 0 };
    const first = await tapped(service, { person, clock });
    const second = await phoneOf(service, { person, clock, storage: first.storage });
    await second.until(() => second.screen().includes('访问令牌'));
    for (let round = 0; round < 2; round++) {
      clock.wrongBy += HOUR;
      const asked = [first, second, first, second].map((phone) => outcome(get(phone)));
      assert.deepEqual(await Promise.all(asked), [200, 200, 200, 200]);
    }
    assert.equal(state(first).session.id, state(second).session.id);
    assert.equal(first.logins.length + second.logins.length, 1);

    await first.client().logout();
    second.wake();
    await second.until(() => second.page() === LOGIN);
    assert.equal(second.logins.length, 0);
  });

  for (const [wrong, by] of [
    ['an hour fast', HOUR],
    ['an hour slow', -HOUR],
    ['ten years fast', 87_600 * HOUR],
    ['in 1970', -Date.now()],
  ])
    test(`the phone’s clock is ${wrong}, suddenly: no loop, nobody signed out`, async () => {
      const phone = await tapped(service);
      phone.clock.wrongBy = by;
      phone.wake();
      assert.equal(await outcome(get(phone)), 200);
      await pause(200);
      assert.equal(await outcome(get(phone)), 200);
      assert.equal(count(phone, '/api/auth/refresh') <= 1, true);
      assert.equal(state(phone).status, 'authenticated');

      phone.stop();
      const again = await phoneOf(service, { storage: phone.storage, clock: { wrongBy: -by } });
      await again.until(() => again.screen().includes('访问令牌'));
      assert.equal(await outcome(get(again)), 200);
      assert.equal(count(again, '/api/auth/refresh') <= 1, true);
      assert.equal(phone.logins.length + again.logins.length, 1);
    });
});

describe('what a phone remembers', () => {
  const service = serve({});

  /** A phone’s storage that refuses to. */
  class Full extends Map {
    set() {
      throw new Error('setStorageSync:fail exceed storage max size');
    }
  }
  /** One that refuses everything. */
  class Broken extends Full {
    get() {
      throw new Error('getStorageSync:fail');
    }
    delete() {
      throw new Error('removeStorageSync:fail');
    }
  }

  for (const [name, Storage] of Object.entries({ full: Full, broken: Broken }))
    test(`54 ${name}: signing in and out works as long as the app runs`, async () => {
      const phone = await tapped(service, { storage: new Storage() });
      assert.equal(await outcome(get(phone)), 200);
      await phone.tap('language');
      await phone.until(() => phone.screen().includes('Access half'));
      await phone.tap('sign-out');
      await answer(phone, true);
      await phone.until(() => phone.page() === LOGIN && phone.screen().includes('here and on the'));
      assert.equal(phone.logins.length, 1);
    });

  for (const [what, text] of Object.entries({
    'half a session': '{"v":1,"user":{"id"',
    'another shape': '{"v":1,"session":7}',
    'a list': '[]',
    nothing: 'null',
    'an object, which no text is': { v: 1 },
  }))
    test(`41 ${what} where the session should be: the sign-in page, and one can sign in`, async () => {
      const storage = new Map([
        ['tally.session', text],
        ['tally.bond', text],
        ['tally.language', text],
      ]);
      const phone = await tapped(service, { storage });
      assert.equal(state(phone).status, 'authenticated');
    });

  test('the session and its tokens lie under one key, which signing out removes', async () => {
    const phone = await tapped(service);
    const { access, refresh } = stored(phone);
    const holding = kept(phone).filter((key) => {
      const text = phone.storage.get(key);
      return text.includes(access) || text.includes(refresh);
    });
    assert.deepEqual(holding, ['tally.session']);
    for (const { path } of phone.requests)
      assert.equal(path.includes(access) || path.includes(refresh), false);
    await phone.client().logout();
    assert.equal(phone.storage.has('tally.session'), false);
  });
});

describe('impatient people', () => {
  const service = serve({});

  test('a double tap on sign-out asks once, and tells the truth', async () => {
    const phone = await tapped(service);
    await Promise.all([phone.tap('sign-out'), phone.tap('sign-out')]);
    assert.equal(phone.dialogs.length, 1);
    await answer(phone, true);
    await phone.until(() => phone.screen().includes('此设备和服务器上均已失效'));
    await pause(200);
    assert.match(phone.screen(), /此设备和服务器上均已失效/);
    assert.equal(count(phone, '/api/auth/logout'), 1);
  });

  test('signing out and in again at once: the new session lives', async () => {
    const person = somebody();
    const phone = await tapped(service, { person });
    phone.network.delay = 300;
    await phone.tap('sign-out');
    await answer(phone, true);
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('one-tap');
    await phone.until(() => phone.page() === PROFILE);
    await pause(700);
    assert.equal(state(phone).status, 'authenticated');
    assert.equal(await outcome(get(phone)), 200);
  });

  test('a tap while WeChat is silent is answered within seconds, and can be repeated', async () => {
    const person = somebody();
    const phone = await phoneOf(service, { person, codes: never });
    await phone.until(() => phone.page() === LOGIN);
    await phone.tap('one-tap');
    await phone.until(() => phone.find('error').length > 0);
    assert.equal(phone.page(), LOGIN);
    phone.stop();
    const again = await tapped(service, { person, storage: phone.storage });
    assert.equal(state(again).status, 'authenticated');
  });
});

describe('when the session is over and WeChat cannot help', () => {
  const service = serve({ ACCESS_TTL: 1, REFRESH_TTL: 2 });

  for (const [name, codes] of Object.entries({ fails: refused, 'is silent': never }))
    test(`wx.login ${name}: what waited settles, and a tap is all it takes`, async () => {
      const person = somebody();
      const before = await tapped(service, { person });
      before.stop();
      await pause(2500);
      const phone = await phoneOf(service, {
        ...{ person, storage: before.storage, launch: { path: DEVICES }, codes },
      });
      const asked = await outcome(get(phone));
      assert.notEqual(asked, 200);
      await phone.until(() => phone.page() === LOGIN);
      await pause(500);
      assert.equal(phone.logins.length, 1);

      phone.stop();
      const later = await phoneOf(service, { person, storage: phone.storage });
      await later.until(() => later.page() === LOGIN);
      await later.tap('one-tap');
      await later.until(() => later.page() === PROFILE);
    });
});
