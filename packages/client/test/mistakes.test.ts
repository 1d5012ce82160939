/** What a developer gets wrong is said in words, and what people read is never made up here. */
import { describe, expect, test } from 'vitest';
import { createAuthClient, RequestError, TransientError } from '../src/index.js';
import { textOf } from '../src/words/index.js';
import { DELIVERIES, refusalOf, scene, signedIn } from './rig/scene.js';
import type { AuthClientOptions } from '../src/index.js';

describe('36 options', () => {
  const refusal = (more: object): string => {
    const { options } = scene().browser.tab({ autoStart: false });
    try {
      createAuthClient({ ...options, ...more } as AuthClientOptions).dispose();
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_options', kind: 'request' });
      return (error as Error).message;
    }
    return '';
  };

  test.each([
    [{ baseURL: 'https://api.example' }, 'did you mean "baseUrl"?'],
    [{ autostart: false }, 'did you mean "autoStart"?'],
    [{ langauge: () => 'en' }, 'did you mean "language"?'],
    [{ launguage: () => 'en' }, 'did you mean "language"?'],
    [{ tansport: 1 }, 'did you mean "transport"?'],
    [{ devlivery: 'body' }, 'did you mean "delivery"?'],
    [{ coordinater: 1 }, 'did you mean "coordinator"?'],
    [{ orgins: [] }, 'did you mean "origins"?'],
    [{ nmae: 'x' }, 'did you mean "name"?'],
    [{ xyz: 1 }, 'unknown option "xyz"'],
    [{ transport: undefined }, 'browserEdges()'],
    [{ delivery: 'cookies' }, '"cookie" or "body"'],
    [{ baseUrl: 'localhost:5000' }, '"localhost:5000" is no address'],
    [{ baseUrl: 'api.example.com' }, '"api.example.com" is no address'],
    [{ origins: ['api.example.com'] }, '"api.example.com" is no address'],
  ])('%j are refused', (more, text) => {
    expect(refusal(more)).toContain(text);
  });

  test('a name that is like no option is not taken for one', () => {
    for (const name of ['xyz', 'headers', 'onError', 'a'.repeat(5000)])
      expect(refusal({ [name]: 1 })).not.toContain('did you mean');
  });

  test.each([{}, { baseUrl: '/prefix' }, { baseUrl: 'https://api.example/v1/' }, { name: 'x' }])(
    '%j are taken',
    (more) => {
      expect(refusal(more)).toBe('');
    },
  );
});

test('36 the platform is quoted in the hint, without headers and queries', async () => {
  const { browser } = scene();
  const secret = 'Bearer SECRET-of-the-caller';
  const tab = browser.tab({
    transport: {
      send: ({ url, headers }) =>
        Promise.reject(
          Object.assign(new TypeError(`cannot ask ${url} with ${headers.authorization}`), {
            cause: { code: 'ENOTFOUND' },
          }),
        ),
    },
  });
  const headers = { authorization: secret };
  const error = await refusalOf(tab.client.request({ url: '/api/thing?code=SECRET', headers }));
  expect(error).toMatchObject({ kind: 'transient', code: 'network_error' });
  expect((error as TransientError).hint).toBe('TypeError: cannot ask /api/thing with …: ENOTFOUND');
});

describe.each(DELIVERIES)('37 texts, tokens in %s', (delivery) => {
  test('the server says why a session ended, in its own words', async () => {
    const { world, server, client } = await signedIn({ delivery });
    server.end('sid1', 'kicked');
    const error = await world.settle(refusalOf(client.request({ url: '/api/thing' })));
    expect(error).toMatchObject({ message: 'fake: session_ended' });
  });

  test('an aborted request is named as platforms name it', async () => {
    const { world, client } = await signedIn({ delivery });
    const controller = new AbortController();
    const asked = refusalOf(client.request({ url: '/api/thing', signal: controller.signal }));
    controller.abort();
    expect(await world.settle(asked)).toMatchObject({ name: 'AbortError', code: 'aborted' });
  });
});

test('37 where no server spoke, the words are of the language asked for', () => {
  const offline = new TransientError('network_error');
  expect(offline.message).toBe('network_error');
  expect(textOf(offline, 'zh-CN')).toBe('无法连接服务器，请检查网络。');
  expect(textOf(offline, 'en')).toMatch(/could not be reached/);
  expect(textOf(new RequestError('username_taken', '已被占用'), 'en')).toBe('已被占用');
  expect(textOf({ code: 'cookies_unavailable' }, 'zh')).toContain('Cookie');
  expect(textOf({ code: 'storage_unavailable' }, 'en')).toMatch(/cannot store anything/);
  expect(textOf(new RequestError('of_a_newer_server'), 'fr')).toMatch(/try again/);
});

test('39 another name is no other session where cookies are shared, and that is said', async () => {
  const { world, browser } = await signedIn({ delivery: 'cookie' });
  const other = browser.tab({ name: 'other' });
  await world.settle(other.client.ready);
  expect(other.client.state).toMatchObject({ user: { username: 'ada' } });
  expect(other.only('warning')[0]?.data).toEqual({ code: 'name_ignored' });
  expect(browser.stored('other.session')).toBeNull();
});

test('34 tokens that live five seconds are renewed without a brake', async () => {
  const { world, server, browser } = scene();
  server.accessTtl = 5;
  const tab = browser.tab();
  await world.settle(tab.client.login({ username: 'ada', password: 'right' }));
  await world.advance(120_000);
  expect(tab.only('degraded')).toHaveLength(0);
  expect(server.count('/api/auth/refresh')).toBeGreaterThan(20);
});
