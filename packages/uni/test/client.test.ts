import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serverError } from '../../client/test/rig/server.js';
import { createPhone } from './phone.js';
import type { Phone } from './phone.js';

let phone: Phone;
const MINUTE = 60_000;

beforeEach(() => {
  phone = createPhone();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A phone whose owner tapped once, some time ago. */
async function tapped() {
  const started = phone.start();
  await phone.settle(started.client.ready);
  await phone.settle(started.client.oneTap());
  await phone.pass(100);
  started.events.length = started.states.length = 0;
  return started;
}

/** The server ends the session `sid1`, or what came after it. */
const end = (reason: string, sid = 'sid1'): void => phone.server.end(sid, reason);
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );

describe('the one tap', () => {
  test('sends the code, the app and the phone, and signs in', async () => {
    const { client } = phone.start();
    const signedIn = await phone.settle(client.oneTap());
    expect(signedIn.user.username).toBe('ada');
    expect(phone.server.calls[0]).toMatchObject({
      path: '/api/auth/login/wechat-mini',
      body: {
        code: 'code1-ada',
        app_id: 'wx1',
        device: { type: 'mini_program', name: 'HUAWEI Mate 60' },
      },
    });
    expect(client.state.status).toBe('authenticated');
  });

  test('36 another platform is asked by its name, and what nobody knows is refused', async () => {
    const { client } = phone.start({ provider: 'douyin-mini', platform: 'toutiao' });
    await phone.settle(client.oneTap());
    expect(phone.server.calls[0]?.path).toBe('/api/auth/login/douyin-mini');
    expect(phone.platform.asked).toBe('toutiao');
    expect(() => phone.start({ baseURL: '' } as object)).toThrow('did you mean "baseUrl"?');
  });

  test('52 two taps are one sign-in', async () => {
    const { client } = phone.start();
    await phone.settle(Promise.all([client.oneTap(), client.oneTap()]));
    expect(phone.platform.logins).toBe(1);
    expect(phone.server.rows.size).toBe(1);
  });

  test('51 signed out before the platform answered: it signs nobody in', async () => {
    const { client } = phone.start();
    const tap = outcome(client.oneTap());
    await phone.settle(client.logout());
    expect(await phone.settle(tap)).toBe('superseded');
    expect(phone.server.rows.size).toBe(0);
  });

  test.each(['fail', 'silence', 'empty'] as const)(
    'a platform that gives no code (%s) is a passing failure',
    async (login) => {
      phone.platform.login = login;
      const { client } = phone.start();
      expect(await phone.settle(outcome(client.oneTap()))).toBe('platform_unavailable');
      phone.platform.login = 'code';
      expect(await phone.settle(outcome(client.oneTap()))).toBe('done');
    },
  );
});

describe('a session that ended by nobody’s will', () => {
  test.each(['expired', 'idle'])('%s: starts again, and nobody notices', async (reason) => {
    const { client, events, states } = await tapped();
    end(reason);
    const answers = await phone.settle(
      Promise.all([1, 2, 3].map(() => client.request({ url: '/api/thing', method: 'POST' }))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(phone.platform.logins).toBe(2);
    expect(client.state).toMatchObject({ status: 'authenticated', session: { id: 'sid2' } });
    expect(events).toEqual(['signedIn']);
    expect(states).not.toContain('anonymous');
  });

  test('the state is `restoring` meanwhile, and so it is told', async () => {
    const { client, states } = await tapped();
    end('expired');
    const request = client.request({ url: '/api/thing' });
    await phone.pass(25);
    expect(client.state.status).toBe('restoring');
    expect(states).toContain('restoring');
    await phone.settle(request);
  });

  test('a session that ended while the app was closed: `ready` waits for the new one', async () => {
    await tapped();
    end('idle');
    await phone.pass(20 * MINUTE);
    const { client, events } = phone.start();
    await phone.settle(client.ready);
    expect(client.state.status).toBe('authenticated');
    expect(events).not.toContain('signedOut');
    expect(phone.platform.logins).toBe(2);
  });

  test('ended again within a minute: somebody has to tap, and hears why', async () => {
    const { client, events } = await tapped();
    end('expired');
    await phone.settle(client.request({ url: '/api/thing' }));
    end('expired', 'sid2');
    expect(await phone.settle(outcome(client.request({ url: '/api/thing' })))).toBe(
      'session_ended',
    );
    await phone.pass(10 * MINUTE);
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'expired' });
    expect(events).toEqual(['signedIn', 'signedOut']);
    expect(phone.platform.logins).toBe(2);
  });

  test('ended again later: starts again', async () => {
    const { client } = await tapped();
    end('expired');
    await phone.settle(client.request({ url: '/api/thing' }));
    await phone.pass(2 * MINUTE);
    end('expired', 'sid2');
    await phone.settle(client.request({ url: '/api/thing' }));
    expect(client.state).toMatchObject({ status: 'authenticated', session: { id: 'sid3' } });
  });

  test('without a network it ends, and the next start tries once more', async () => {
    const { client, events } = await tapped();
    end('expired');
    phone.platform.login = 'fail';
    expect(await phone.settle(outcome(client.request({ url: '/api/thing' })))).toBe(
      'session_ended',
    );
    await phone.pass(MINUTE);
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'expired' });
    expect(events).toEqual(['signedOut']);
    expect(phone.platform.logins).toBe(2);
    client.dispose();

    phone.platform.login = 'code';
    const { client: again } = phone.start();
    await phone.settle(again.ready);
    expect(again.state.status).toBe('authenticated');
    expect(phone.platform.logins).toBe(3);
  });

  test('a platform that never answers holds nobody up for longer than it takes', async () => {
    const { client } = await tapped();
    end('expired');
    phone.platform.login = 'silence';
    const request = outcome(client.request({ url: '/api/thing' }));
    await phone.pass(6000);
    expect(client.state.status).toBe('anonymous');
    expect(await request).toBe('session_ended');
  });

  test('a service that takes its time: a tap meanwhile joins, and there is one session', async () => {
    const { client } = await tapped();
    end('expired');
    const request = outcome(client.request({ url: '/api/thing' }));
    await phone.pass(25);
    phone.platform.latency = 12_000;
    await phone.pass(11_000);
    expect(await request).toBe('session_ended');
    expect(client.state.status).toBe('anonymous');
    const signedIn = await phone.settle(client.oneTap());
    expect(signedIn.session.id).toBe('sid2');
    await phone.pass(MINUTE);
    expect(phone.server.rows.size).toBe(2);
    expect(client.state).toMatchObject({ status: 'authenticated', session: { id: 'sid2' } });
  });

  test('signed out in the middle of it, and tapped at once: the tap starts again', async () => {
    const { client } = await tapped();
    end('expired');
    void outcome(client.request({ url: '/api/thing' }));
    await phone.pass(25);
    phone.platform.latency = 2000;
    await phone.pass(100);
    void client.logout();
    const tap = client.oneTap();
    expect((await phone.settle(tap)).user.username).toBe('ada');
    await phone.pass(MINUTE);
    expect(client.state.status).toBe('authenticated');
    expect([...phone.server.rows.values()].filter(({ ended }) => ended === null)).toHaveLength(1);
  });

  test('refused by the server: never tried again by itself', async () => {
    const { client } = await tapped();
    end('expired');
    phone.platform.refusal = serverError(403, 'provider_user_blocked');
    await phone.settle(outcome(client.request({ url: '/api/thing' })));
    expect(client.state.status).toBe('anonymous');
    phone.platform.refusal = null;
    await phone.pass(10 * MINUTE);
    const { client: again } = phone.start();
    await phone.settle(again.ready);
    expect(again.state.status).toBe('anonymous');
    expect(phone.platform.logins).toBe(2);
  });

  test('somebody else comes out of it: their predecessor is told to have left, and first', async () => {
    const { client, events } = await tapped();
    phone.platform.person = 'bo';
    end('expired');
    // Ada's request is not sent in Bo's name.
    expect(await phone.settle(outcome(client.request({ url: '/api/thing' })))).toBe(
      'session_ended',
    );
    await phone.pass(100);
    expect(events).toEqual(['signedOut', 'signedIn']);
    expect(client.state).toMatchObject({ user: { username: 'bo' } });
    expect(phone.server.count('/api/thing')).toBe(1);
  });

  test('signed out while the platform is asked: it stays so', async () => {
    const { client } = await tapped();
    end('expired');
    const request = outcome(client.request({ url: '/api/thing' }));
    await phone.pass(25);
    expect(client.state.status).toBe('restoring');
    const leaving = client.logout();
    expect(client.state.status).toBe('anonymous');
    await phone.settle(leaving);
    await request;
    await phone.pass(MINUTE);
    expect(client.state.status).toBe('anonymous');
    expect(phone.server.count('/api/auth/login/wechat-mini')).toBe(1);
  });
});

describe('a session that somebody ended', () => {
  test.each([
    'replaced',
    'kicked',
    'evicted',
    'disabled',
    'password_changed',
    'refresh_reused',
    'user_deleted',
    'logged_out',
    'something_new',
  ])('%s: stays ended, after a restart too', async (reason) => {
    const { client, events } = await tapped();
    end(reason);
    expect(await phone.settle(outcome(client.request({ url: '/api/thing' })))).toBe(
      'session_ended',
    );
    await phone.pass(10 * MINUTE);
    expect(client.state).toMatchObject({ status: 'anonymous', reason });
    expect(events).toEqual(['signedOut']);
    const { client: again } = phone.start();
    await phone.settle(again.ready);
    expect(again.state.status).toBe('anonymous');
    expect(phone.platform.logins).toBe(1);
  });

  test('signing out, confirmed or not, is final', async () => {
    const { client } = await tapped();
    phone.platform.down = true;
    const leaving = client.logout();
    expect(phone.storage.has('tally.session')).toBe(false);
    expect(await phone.settle(leaving)).toEqual({ serverConfirmed: false });
    phone.platform.down = false;
    await phone.pass(10 * MINUTE);
    const { client: again } = phone.start();
    await phone.settle(again.ready);
    expect(again.state).toMatchObject({ status: 'anonymous' });
    expect(phone.platform.logins).toBe(1);
  });

  test('a password’s session is not the platform’s to renew', async () => {
    const { client } = await tapped();
    await phone.settle(client.logout());
    await phone.settle(client.login({ username: 'bo', password: 'right' }));
    end('expired', 'sid2');
    await phone.settle(outcome(client.request({ url: '/api/thing' })));
    expect(client.state).toMatchObject({ status: 'anonymous', reason: 'expired' });
    expect(phone.platform.logins).toBe(1);
  });
});

describe('starting', () => {
  test('a request made at once waits for the state, and nobody is signed in by it', async () => {
    const { client: before } = await tapped();
    before.dispose();
    await phone.pass(20 * MINUTE);
    phone.server.calls.length = 0;
    const { client } = phone.start();
    const answer = await phone.settle(client.request({ url: '/api/thing' }));
    expect(answer.status).toBe(200);
    expect(phone.server.calls.map(({ path }) => path)).toEqual(['/api/auth/refresh', '/api/thing']);
  });

  test('43 `ready` settles within four seconds, whatever the platform does', async () => {
    await tapped();
    end('expired');
    await phone.pass(20 * MINUTE);
    phone.platform.login = 'silence';
    const { client } = phone.start();
    let ready = false;
    void client.ready.then(() => (ready = true));
    await phone.pass(4400);
    expect(ready).toBe(true);
  });

  test('a listener that throws hurts nobody', async () => {
    const { client } = await tapped();
    client.subscribe(() => {
      throw new Error('mine');
    });
    end('expired');
    await phone.settle(client.request({ url: '/api/thing' }));
    expect(client.state.status).toBe('authenticated');
  });

  test('60 the debug log holds no token and no code', async () => {
    const log: string[] = [];
    const { client } = phone.start({ debug: (line) => log.push(line) });
    await phone.settle(client.oneTap());
    end('expired');
    await phone.settle(client.request({ url: '/api/thing' }));
    expect(log.join('\n')).not.toMatch(/SECRET|code\d/);
    expect(log.length).toBeGreaterThan(3);
  });

  test('59 after `dispose` the platform is listened to no more', async () => {
    const { client } = await tapped();
    client.dispose();
    expect([...phone.listeners.values()].every((each) => each.size === 0)).toBe(true);
  });
});
