import { describe, expect, test } from 'vitest';
import { safeRedirect } from '../src/index.js';
import { originOf } from '../src/places.js';
import { DELIVERIES, refusalOf, scene, signedIn } from './rig/scene.js';
import { signIn } from './rig/browser.js';
import { serverError } from './rig/server.js';

/** Everything reachable from `value`, own and inherited, as text. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.has(value)) return '';
  seen.add(value);
  const own = Object.getOwnPropertyNames(value);
  return own.map((name) => `${name}=${everythingIn(Reflect.get(value, name), seen)}`).join('\n');
}

describe.each(DELIVERIES)('60 no token gets out, tokens in %s', (delivery) => {
  test('60 not in logs, events, states, errors or URLs, whatever goes wrong', async () => {
    const { world, server, browser, tab, client } = await signedIn({ delivery });
    const shown: unknown[] = [];
    client.subscribe((state) => shown.push(state));
    const ask = async (): Promise<void> => {
      shown.push(await world.settle(refusalOf(client.request({ url: '/api/thing?q=1' }))));
    };
    for (const fault of ['network', 'hang', 'lost', serverError(500, 'internal_error')] as const) {
      server.expireAccess();
      server.fault = () => fault;
      await ask();
      await world.advance(61_000);
    }
    server.fault = () => undefined;
    await world.settle(client.refresh());
    await world.settle(client.reauthenticate('right'));
    await world.settle(refusalOf(client.login({ username: 'ada', password: 'hunter2' })));
    server.end('sid1', 'kicked');
    await ask();
    await signIn(world, tab);
    server.fault = () => 'network';
    await world.settle(client.logout());
    const tokens = server.tokensEverIssued();
    expect(tokens.length).toBeGreaterThan(5);
    const text = [
      ...shown.map((each) => everythingIn(each)),
      ...tab.events.map((each) => everythingIn(each)),
      ...tab.log,
      ...server.calls.map((call) => call.url),
    ].join('\n');
    expect(text).toContain('sid1');
    expect(tab.log.length).toBeGreaterThan(15);
    expect(text).not.toContain('SECRET');
    expect(text).not.toMatch(/hunter2|right/);
    expect(browser.stored('tally.session')).toBeNull();
    if (delivery === 'cookie')
      expect(browser.stored('tally.session') ?? '').not.toContain('access');
  });

  test('60 not by way of `this` in a debug function', async () => {
    const owners = new Set<unknown>();
    const debug = function (this: unknown): void {
      owners.add(this);
    };
    await signedIn({ delivery }, { debug });
    expect([...owners]).toEqual([undefined]);
  });

  test('60 the signals between tabs carry none', async () => {
    const posted: unknown[] = [];
    const { world, browser, client } = await signedIn(
      { delivery },
      {
        coordinator: {
          acquire: () => Promise.resolve(null),
          post: (signal) => posted.push(signal),
          subscribe: () => () => undefined,
          close: () => undefined,
        },
      },
    );
    await world.settle(client.refresh());
    await world.settle(client.logout());
    expect(posted.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(posted)).not.toContain('SECRET');
    expect(browser.delivery).toBe(delivery);
  });

  test.each([
    'https://evil.example/api/thing',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'https://app.example:8443/api/thing',
    'http://app.example/api/thing',
    '//evil.example/api/thing',
    '\\\\evil.example/api',
    '/\\evil.example/api',
    'https:\\\\evil.example',
    'ht\ntps://evil.example',
    '\t//evil.example/',
    'javascript:alert(1)',
  ])('57 nothing of ours is sent to %j', async (url) => {
    const { world, server, client } = await signedIn({ delivery });
    const sent: Record<string, string>[] = [];
    await world.settle(
      client.authorise({ method: 'POST', url, replayable: true }, async (grant) => {
        sent.push(grant.headers);
        return Promise.resolve({ status: 401, body: { code: 'token_expired' } });
      }),
    );
    expect(sent).toEqual([{}]);
    expect(server.count('/api/auth/refresh')).toBe(0);
  });

  test('57 a request with our headers does not follow redirects', async () => {
    const { world, browser, client } = await signedIn({ delivery });
    const redirects: string[] = [];
    const { options } = browser.tab({ autoStart: false });
    const watched = browser.tab({
      transport: {
        send(request) {
          redirects.push(`${request.method} ${request.redirect}`);
          return options.transport.send(request);
        },
      },
    });
    await world.settle(watched.client.request({ method: 'POST', url: '/api/thing' }));
    await world.settle(watched.client.refresh());
    await world.settle(watched.client.logout());
    const leaving = delivery === 'body' ? 'POST' : 'DELETE';
    expect(redirects).toEqual(['POST manual', 'POST manual', `${leaving} manual`]);
    client.dispose();
  });

  test('57 an answer that was redirected elsewhere is no verdict', async () => {
    const { world, server, client } = await signedIn({ delivery });
    const answer = await world.settle(
      client.authorise({ method: 'GET', url: '/api/thing', replayable: true }, async () =>
        Promise.resolve({
          status: 401,
          body: { code: 'session_ended' },
          url: 'https://evil.example/',
        }),
      ),
    );
    expect(answer.status).toBe(401);
    expect(client.state.status).toBe('authenticated');
    expect(server.count('/api/auth/refresh')).toBe(0);
  });
});

test('57 further origins get the token when they are configured', async () => {
  const { world, server, browser } = scene();
  const tab = browser.tab({ origins: ['https://API.example:443'] });
  await signIn(world, tab);
  await world.settle(tab.client.request({ url: 'https://api.example/api/thing' }));
  expect(server.calls.at(-1)?.headers.authorization).toContain('Bearer ');
});

test.each([
  ['/profile', '/profile'],
  ['/files?page=2&q=%E8%99%8E#top', '/files?page=2&q=%E8%99%8E#top'],
  ['//evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/\\evil.example', '/'],
  ['/%5Cevil.example', '/'],
  ['/%2F/evil.example', '/'],
  ['/%2Fevil.example', '/'],
  ['/.//evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/%09/evil.example', '/'],
  ['/login?redirect=/x', '/'],
  ['/login?a=1&redirect=%2Fx', '/'],
  ['/login%3Fredirect=/x', '/'],
  ['/100%', '/'],
  ['/%zz', '/'],
  ['evil', '/'],
  ['', '/'],
  [undefined, '/'],
  [['/a', '/b'], '/'],
])('47 the redirect %j leads to %j', (path, target) => {
  expect(safeRedirect(path)).toBe(target);
});

test('47 home can be another page', () => {
  expect(safeRedirect('//evil', '/start')).toBe('/start');
});

test.each([
  ['https://App.Example/x', 'https://app.example'],
  ['https://app.example:443/x', 'https://app.example'],
  ['http://app.example:80', 'http://app.example'],
  ['http://127.0.0.1:5000/api', 'http://127.0.0.1:5000'],
  ['http://[::1]:5000/api', 'http://[::1]:5000'],
  ['/api', 'page'],
  ['api/x?u=https://other.example/', 'page'],
  ['', 'page'],
  ['?a=b:c', 'page'],
  ['data:text/plain,x', null],
  [' https://app.example', null],
  ['https://a:b@app.example', null],
  ['https://', null],
])('57 the origin of %j is %j', (url, origin) => {
  expect(originOf(url, 'page')).toBe(origin);
});
