import axios, { AxiosError } from 'axios';
import { describe, expect, test } from 'vitest';
import { installAxios } from '../src/axios.js';
import { DELIVERIES, refusalOf, signedIn } from './rig/scene.js';
import type { AxiosAdapter, InternalAxiosRequestConfig } from 'axios';
import type { Call } from './rig/server.js';

/** What adapters make of an answer for those who ask for one of these. */
const FORMS: Partial<Record<string, (text: string) => unknown>> = {
  blob: (text) => new Blob([text], { type: 'application/json' }),
  arraybuffer: (text) => new TextEncoder().encode(text).buffer,
  stream: (text) => new Response(text).body,
};

/** An axios whose adapter talks to the fake server, and what it was given. */
async function begin(delivery: 'body' | 'cookie') {
  const base = await signedIn({ delivery });
  const given: InternalAxiosRequestConfig[] = [];
  const adapter: AxiosAdapter = async (config) => {
    given.push(config);
    const url = `${config.baseURL ?? ''}${config.url ?? ''}`;
    const headers = Object.fromEntries(
      Object.entries(config.headers.toJSON()).map(([name, value]) => [
        name.toLowerCase(),
        String(value),
      ]),
    );
    const call: Call = {
      ...{ method: (config.method ?? 'get').toUpperCase(), url, path: url, headers },
      ...{ body: config.data as unknown, cookies: { ...base.browser.jar }, at: base.world.now() },
    };
    base.server.calls.push(call);
    const reply = base.server.handle(call);
    const text = JSON.stringify(reply.body ?? null);
    const response = {
      ...{
        status: reply.status,
        statusText: '',
        headers: { 'content-type': 'application/json' },
        config,
      },
      data: FORMS[config.responseType ?? 'text']?.(text) ?? text,
      request: { _header: JSON.stringify(headers), responseURL: '' },
    };
    await Promise.resolve();
    if (config.validateStatus?.(reply.status) !== false) return response;
    throw new AxiosError('refused', 'ERR_BAD_REQUEST', config, response.request, response);
  };
  const http = axios.create({ adapter });
  const undo = installAxios(http, base.client);
  return { ...base, http, given, undo };
}

describe.each(DELIVERIES)('axios, tokens in %s', (delivery) => {
  test('1 14 a 401 is refreshed and replayed byte-identical, with interceptors run once', async () => {
    const { world, server, http, given } = await begin(delivery);
    let intercepted = 0;
    http.interceptors.request.use((config) => {
      intercepted++;
      return config;
    });
    server.expireAccess();
    const answer = await world.settle(http.post('/api/thing', { b: [1, { c: '虎' }] }));
    expect(answer.data).toEqual({ ok: true });
    expect(given.map((config) => config.data as string)).toEqual([
      '{"b":[1,{"c":"虎"}]}',
      '{"b":[1,{"c":"虎"}]}',
    ]);
    expect(given.map((config) => config.headers['Content-Type'] as string)).toEqual([
      'application/json',
      'application/json',
    ]);
    expect(intercepted).toBe(1);
    expect(server.count('/api/auth/refresh')).toBe(1);
  });

  test('2 fifty parallel 401s are one refresh', async () => {
    const { world, server, http } = await begin(delivery);
    server.expireAccess();
    const all = Array.from({ length: 50 }, () => http.get('/api/thing'));
    expect(await world.settle(Promise.all(all))).toHaveLength(50);
    expect(server.count('/api/auth/refresh')).toBe(1);
  });

  test('5 a session that ended rejects with our error, other refusals with axios own', async () => {
    const { world, server, http } = await begin(delivery);
    server.app = () => ({ status: 418, body: { code: 'teapot' } });
    const own = (await world.settle(refusalOf(http.get('/api/thing')))) as AxiosError;
    expect(own.response?.status).toBe(418);
    server.end('sid1', 'kicked');
    const ours = await world.settle(refusalOf(http.get('/api/thing')));
    expect(ours).toMatchObject({ name: 'SessionEndedError', ended: { reason: 'kicked' } });
  });

  test('60 neither answers nor errors hold a token', async () => {
    const { world, server, http } = await begin(delivery);
    const good = await world.settle(http.post('/api/thing', {}));
    server.app = () => ({ status: 500, body: 'x' });
    const bad = (await world.settle(refusalOf(http.post('/api/thing', {})))) as AxiosError;
    for (const each of [good.config, good.request, bad.config, bad.request, bad.response?.config])
      expect(JSON.stringify(each ?? null)).not.toContain('SECRET');
    expect(JSON.stringify(bad.response?.request)).not.toContain('SECRET');
    expect(JSON.stringify(bad)).not.toContain('SECRET');
  });

  test('57 another server gets nothing', async () => {
    const { world, http, given } = await begin(delivery);
    await world.settle(refusalOf(http.post('https://evil.example/api/thing')));
    expect(JSON.stringify(given[0]?.headers)).not.toContain('SECRET');
  });

  test('a caller who accepts every status gets the answer, replayed as well', async () => {
    const { world, server, http } = await begin(delivery);
    server.expireAccess();
    const answer = await world.settle(http.get('/api/thing', { validateStatus: () => true }));
    expect(answer.status).toBe(200);
  });

  test('it can be undone', async () => {
    const { world, http, given, undo } = await begin(delivery);
    undo();
    await world.settle(http.post('/api/thing').catch(() => undefined));
    expect(JSON.stringify(given[0]?.headers)).not.toContain('SECRET');
  });

  test('14 a form is replayed with the same bytes and boundary', async () => {
    const { world, server, http, given } = await begin(delivery);
    const form = new FormData();
    form.append('name', '虎');
    form.append('file', new Blob(['bytes']), 'a.png');
    server.expireAccess();
    const sent = http.post('/api/thing', form);
    let settled = false;
    void sent.finally(() => (settled = true));
    // Reading a Blob takes turns of the real event loop; no time is waited for.
    while (!settled) {
      await new Promise((resolve) => setTimeout(resolve));
      await world.advance(10);
    }
    const [first, second] = given;
    expect(second?.data).toBe(first?.data);
    expect(second?.headers['Content-Type']).toBe(first?.headers['Content-Type']);
    expect((await sent).status).toBe(200);
  });

  test.each(['blob', 'arraybuffer', 'stream', 'text', 'document'] as const)(
    '30 who asks for a body as %s hears of an expired token and of an ended session',
    async (responseType) => {
      const { world, server, http } = await begin(delivery);
      const settle = async <T>(sent: Promise<T>): Promise<T> => {
        let settled = false;
        const done = (): void => void (settled = true);
        sent.then(done, done);
        // Reading a Blob takes turns of the real event loop; no time is waited for.
        while (!settled) {
          await new Promise((resolve) => setTimeout(resolve));
          await world.advance(10);
        }
        return sent;
      };
      server.expireAccess();
      expect((await settle(http.get('/api/thing', { responseType }))).status).toBe(200);
      expect(server.count('/api/auth/refresh')).toBe(1);
      server.app = () => ({ status: 403, body: { code: 'forbidden' } });
      const refused = await settle(refusalOf(http.get('/api/thing', { responseType })));
      const { data } = (refused as AxiosError).response ?? {};
      if (responseType === 'stream')
        expect(await new Response(data as ReadableStream).text()).toContain('forbidden');
      server.end('sid1', 'kicked');
      const ended = await settle(refusalOf(http.get('/api/thing', { responseType })));
      expect(ended).toMatchObject({ name: 'SessionEndedError', ended: { reason: 'kicked' } });
    },
  );

  test('38 a request that waits for new tokens keeps to its own time, and says so as axios does', async () => {
    const { world, server, http } = await begin(delivery);
    server.expireAccess();
    server.fault = (call) => (call.path === '/api/auth/refresh' ? 'hang' : undefined);
    const late = refusalOf(http.get('/api/thing', { timeout: 20 }));
    for (let turn = 0; turn < 50; turn++) await world.flush();
    expect(await late).toMatchObject({
      isAxiosError: true,
      code: 'ECONNABORTED',
      message: 'timeout of 20ms exceeded',
    });
    const controller = new AbortController();
    const left = refusalOf(http.get('/api/thing', { signal: controller.signal }));
    controller.abort();
    expect(axios.isCancel(await left)).toBe(true);
  });

  test('38 an error without an answer still has a request, and no token in it', async () => {
    const { client } = await signedIn({ delivery });
    const http = axios.create({
      adapter: (config) => {
        const request = { _header: JSON.stringify(config.headers), responseURL: '' };
        return Promise.reject(new AxiosError('gone', 'ERR_NETWORK', config, request));
      },
    });
    installAxios(http, client);
    const error = (await refusalOf(http.get('/api/thing'))) as AxiosError;
    expect(error.request).toBeTruthy();
    expect(JSON.stringify(error.request)).not.toContain('SECRET');
  });
});
