// The built mini program on a made-up phone, against the real service and the stand-in for WeChat: tokens and sessions that run out.
// Numbers in names are those of the client cases.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DEVICES,
  LOGIN,
  PROFILE,
  count,
  pause,
  phoneOf,
  serve,
  somebody,
  state,
  stored,
  tapped,
  wechat,
} from './scene.mjs';

const HOUR = 3_600_000;

describe('when the access token expires', () => {
  const service = serve({});

  test('three requests at expiry make one refresh', async () => {
    const phone = await tapped(service);
    phone.sleep();
    phone.clock.wrongBy += HOUR;
    const before = count(phone, '/api/auth/refresh');
    const get = () => phone.client().request({ url: '/api/auth/sessions' });
    const answers = await Promise.all([get(), get(), get()]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(count(phone, '/api/auth/refresh') - before, 1);
  });

  test('2 fifty parallel 401s make one refresh and fifty results', async () => {
    const before = await tapped(service);
    before.stop();
    // The phone believes in a token that the server does not.
    const session = stored(before);
    before.storage.set('tally.session', JSON.stringify({ ...session, access: 'gone' }));
    const phone = await phoneOf(service, {
      storage: before.storage,
      // All are on their way before the first answer.
      network: (network) => (network.delay = 500),
    });
    const all = Array.from({ length: 50 }, () => phone.client().request({ url: '/api/me' }));
    const answers = await Promise.all(all);
    assert.equal(answers.filter(({ status }) => status === 200).length, 50);
    assert.equal(count(phone, '/api/auth/refresh'), 1);
    assert.equal(phone.requests.filter(({ status }) => status === 401).length >= 50, true);
  });

  test('6 a refresh that fails on the way keeps the session, and comes back by itself', async () => {
    const phone = await tapped(service);
    phone.network.down = true;
    phone.clock.wrongBy += HOUR;
    const refusals = await Promise.all(
      Array.from({ length: 3 }, () =>
        phone
          .client()
          .request({ url: '/api/me' })
          .then(
            () => null,
            (error) => error.kind,
          ),
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
    phone.clock.wrongBy += HOUR;
    const again = await phoneOf(service, {
      person,
      storage: phone.storage,
      launch: { path: DEVICES },
      clock: phone.clock,
    });
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
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
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
    const again = await phoneOf(service, {
      person,
      storage: phone.storage,
      launch: { path: DEVICES },
    });
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
