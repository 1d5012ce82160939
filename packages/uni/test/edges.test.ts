import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  appId,
  createRandomPool,
  miniProgramDevice,
  uniEnv,
  uniStorage,
  uniTransport,
} from '../src/index.js';
import type { TransportRequest } from '@tigertally/client';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const GET: TransportRequest = {
  ...{ method: 'GET', url: 'https://api.example/a', headers: { accept: 'application/json' } },
  ...{ credentials: 'same-origin', keepalive: false, redirect: 'manual', responseType: 'auto' },
  onCancel: () => undefined,
};

/** Sends `request`; the platform answers with `answer`. */
function exchange(answer: object, request: Partial<TransportRequest> = {}) {
  const sent: Record<string, unknown>[] = [];
  vi.stubGlobal('uni', {
    request(options: { success: (answer: object) => void }) {
      sent.push({ ...options });
      options.success(answer);
    },
  });
  return { sent, answer: uniTransport().send({ ...GET, ...request }) };
}

const JSON_TYPE = { 'Content-Type': 'application/problem+json' };
const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer as ArrayBuffer;

describe('uni.request', () => {
  test('gets the request as it is, unparsed and without redirects', async () => {
    const { sent } = exchange({ statusCode: 204, data: '' }, { method: 'POST', body: '{"a":1}' });
    expect(sent[0]).toMatchObject({
      ...{ url: GET.url, method: 'POST', header: GET.headers, data: '{"a":1}' },
      ...{ dataType: 'text', responseType: 'text', redirect: 'manual' },
    });
  });

  test('headers are found in any case, repeated ones joined', async () => {
    const header = { 'RETRY-after': 7, 'Set-Cookie': ['a', 'b'], Nothing: null };
    const answer = await exchange({ statusCode: 200, header, data: '' }).answer;
    expect(answer.header('Retry-After')).toBe('7');
    expect(answer.header('set-cookie')).toBe('a, b');
    expect(answer.header('nothing')).toBeNull();
    expect(answer.header('absent')).toBeNull();
  });

  test.each([
    ['JSON by its type', JSON_TYPE, '{"code":"é"}', 'auto', { code: 'é' }],
    ['not by its looks', { 'content-type': 'text/html' }, '{"a":1}', 'auto', '{"a":1}'],
    ['broken JSON stays text', JSON_TYPE, '{"a":', 'auto', '{"a":'],
    ['text that was asked for', JSON_TYPE, '{"a":1}', 'text', '{"a":1}'],
    ['an object the platform parsed', JSON_TYPE, { a: 1 }, 'auto', { a: 1 }],
    ['no headers at all', undefined, 'x', 'auto', 'x'],
  ] as const)('%s', async (_, header, data, responseType, body) => {
    const answer = await exchange({ statusCode: '200', header, data }, { responseType }).answer;
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(body);
  });

  test('bytes are bytes, but a refusal is JSON of ours', async () => {
    const picture = bytes('picture');
    const ask = { responseType: 'arraybuffer' } as const;
    const { sent, answer } = exchange({ statusCode: 200, data: picture }, ask);
    expect((await answer).body).toBe(picture);
    expect(sent[0]).toMatchObject({ responseType: 'arraybuffer' });
    const refusal = { statusCode: 401, header: JSON_TYPE, data: bytes('{"code":"虎"}') };
    expect((await exchange(refusal, ask).answer).body).toEqual({ code: '虎' });
    const garbage = { statusCode: 500, data: Uint8Array.of(0xff).buffer };
    expect((await exchange(garbage, ask).answer).body).toBe('');
  });

  test('a failure says nothing of the request', async () => {
    vi.stubGlobal('uni', {
      request: ({ fail }: { fail: (error: object) => void }) =>
        fail({ errMsg: 'SECRET', header: { Authorization: 'SECRET' } }),
    });
    const error = await uniTransport()
      .send(GET)
      .catch((failure: unknown) => failure);
    expect(String(error) + JSON.stringify(error)).not.toContain('SECRET');
  });

  test('13 can be called back', () => {
    const abort = vi.fn();
    vi.stubGlobal('uni', { request: () => ({ abort }) });
    void uniTransport().send({ ...GET, onCancel: (stop) => stop() });
    expect(abort).toHaveBeenCalledOnce();
  });
});

test('storage: what is missing, or is no text, is nothing', () => {
  const kept = new Map<string, unknown>([['odd', { a: 1 }]]);
  vi.stubGlobal('uni', {
    getStorageSync: (key: string) => kept.get(key) ?? '',
    setStorageSync: (key: string, value: string) => kept.set(key, value),
    removeStorageSync: (key: string) => kept.delete(key),
  });
  const storage = uniStorage();
  storage.set('a', 'b');
  expect([storage.get('a'), storage.get('odd'), storage.get('none')]).toEqual(['b', null, null]);
  storage.remove('a');
  expect(storage.get('a')).toBeNull();
});

describe('the environment', () => {
  test('its steady clock never goes back', () => {
    vi.useFakeTimers({ now: 1_000_000 });
    vi.stubGlobal('uni', {});
    const { monotonic, now } = uniEnv(() => new Uint8Array());
    const start = monotonic();
    vi.setSystemTime(1_005_000);
    expect(monotonic() - start).toBe(5000);
    vi.setSystemTime(0);
    expect(monotonic() - start).toBe(5000);
    expect(now()).toBe(0);
    vi.setSystemTime(1000);
    expect(monotonic() - start).toBe(6000);
  });

  test('wakes when shown and when online, and knows when nobody looks', () => {
    const heard: Record<string, (event: unknown) => void> = {};
    const gone: string[] = [];
    const names = ['AppShow', 'AppHide', 'NetworkStatusChange'];
    vi.stubGlobal(
      'uni',
      Object.fromEntries(
        names.flatMap((name) => [
          [`on${name}`, (listener: () => void) => (heard[name] = listener)],
          [`off${name}`, () => gone.push(name)],
        ]),
      ),
    );
    const env = uniEnv(() => new Uint8Array());
    const wake = vi.fn();
    const stop = env.onWake(wake);
    heard.AppHide?.({});
    expect([env.visible(), wake.mock.calls.length]).toEqual([false, 0]);
    heard.AppShow?.({});
    expect([env.visible(), wake.mock.calls.length]).toEqual([true, 1]);
    heard.NetworkStatusChange?.({ isConnected: false });
    heard.NetworkStatusChange?.({ isConnected: true });
    expect(wake.mock.calls.length).toBe(2);
    stop();
    expect(gone).toEqual(names);
  });

  test('works where the platform tells nothing', () => {
    vi.stubGlobal('uni', {});
    const env = uniEnv(() => new Uint8Array());
    expect(() => env.onWake(() => undefined)()).not.toThrow();
    expect(env.visible()).toBe(true);
  });
});

describe('random bytes', () => {
  /** A platform whose n-th stock is all n. */
  function platform(fails = false) {
    const asked: ((answer?: object) => void)[] = [];
    vi.stubGlobal('uni', {
      getRandomValues(options: {
        length: number;
        success: (answer: object) => void;
        fail(): void;
      }) {
        const values = new Uint8Array(options.length).fill(asked.length + 1);
        asked.push(() =>
          fails ? options.fail() : options.success({ randomValues: values.buffer }),
        );
      },
    });
    return asked;
  }

  test('come from the platform, each once, and are fetched again in time', async () => {
    const asked = platform();
    const pool = createRandomPool();
    asked[0]?.();
    await pool.filled;
    expect([...pool.bytes(4)]).toEqual([1, 1, 1, 1]);
    pool.bytes(400);
    expect(asked.length).toBe(2);
    asked[1]?.();
    expect([...pool.bytes(2)]).toEqual([2, 2]);
  });

  test.each([
    ['fails', () => platform(true)],
    ['is missing', () => void vi.stubGlobal('uni', {})],
  ])('where the platform %s there are others', async (_, arrange) => {
    const asked = arrange();
    const pool = createRandomPool();
    asked?.[0]?.();
    await pool.filled;
    expect(pool.bytes(32)).toHaveLength(32);
    expect(new Set([1, 2, 3].map(() => pool.bytes(8).join())).size).toBe(3);
  });

  test('a platform that never answers holds nobody up', async () => {
    vi.useFakeTimers();
    platform();
    const pool = createRandomPool();
    await vi.advanceTimersByTimeAsync(300);
    await pool.filled;
    expect(pool.bytes(16)).toHaveLength(16);
  });
});

describe('the device', () => {
  test.each([
    [{ brand: 'HUAWEI', model: 'Mate 60' }, 'HUAWEI Mate 60'],
    [{ brand: 'iPhone', model: 'iPhone 15 Pro' }, 'iPhone 15 Pro'],
    [{ model: 'x'.repeat(80) }, 'x'.repeat(64)],
    [{}, undefined],
  ])('%o is %s', (info, name) => {
    vi.stubGlobal('uni', { getDeviceInfo: () => info });
    expect(miniProgramDevice()).toEqual({ type: 'mini_program', ...(name && { name }) });
  });

  test('one that tells nothing, or throws, is a mini program all the same', () => {
    const thrower = (): never => {
      throw new Error('privacy');
    };
    vi.stubGlobal('uni', { getDeviceInfo: thrower, getAccountInfoSync: thrower });
    expect(miniProgramDevice()).toEqual({ type: 'mini_program' });
    expect(appId()).toBeUndefined();
    vi.stubGlobal('uni', {});
    expect(appId()).toBeUndefined();
  });
});
