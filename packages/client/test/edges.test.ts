import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fetchTransport } from '../src/index.js';
import { webCoordinator } from '../src/coordinators.js';
import { freezeBody } from '../src/fetch.js';
import type { Coordinator, TransportRequest } from '../src/index.js';

/** A `Storage` of the platform, whose events go to `heard`. */
function platformStorage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage & { kept: Map<string, string> };
}

/** A `LockManager` as the specification has it, for exclusive locks. */
function lockManager(): LockManager {
  const waiting: (() => void)[] = [];
  let held = false;
  const run = async (callback: (lock: unknown) => unknown): Promise<unknown> => {
    held = true;
    try {
      return await callback({});
    } finally {
      held = false;
      waiting.shift()?.();
    }
  };
  const request = (_name: string, options: LockOptions, callback: (lock: unknown) => unknown) => {
    if (!held) return run(callback);
    if (options.ifAvailable) return Promise.resolve(callback(null));
    return new Promise((resolve, reject) => {
      const next = (): void => resolve(run(callback));
      waiting.push(next);
      options.signal?.addEventListener('abort', () => {
        waiting.splice(waiting.indexOf(next), 1);
        reject(new Error('AbortError'));
      });
    });
  };
  return { request } as unknown as LockManager;
}

describe.each(['web locks', 'leases', 'one process'])('taking turns with %s', (kind) => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const place = () => ({
    name: 'tally',
    ...(kind === 'web locks' && { locks: lockManager() }),
    ...(kind === 'leases' && { store: platformStorage() }),
  });
  const tabs = (): [Coordinator, Coordinator] => {
    const shared = place();
    const one = webCoordinator(shared);
    return kind === 'one process' ? [one, one] : [one, webCoordinator(shared)];
  };
  const soon = async <T>(promise: Promise<T>): Promise<T> => {
    await vi.advanceTimersByTimeAsync(200);
    return promise;
  };

  test('a free lock is granted and not contended', async () => {
    const [one] = tabs();
    expect(await soon(one.acquire('lock', 8000))).toMatchObject({ contended: false });
  });

  test('a second one waits for the release, and knows', async () => {
    const [one, two] = tabs();
    const first = await soon(one.acquire('lock', 8000));
    let second: unknown;
    void two.acquire('lock', 8000).then((lease) => (second = lease));
    await vi.advanceTimersByTimeAsync(1000);
    expect(second).toBeUndefined();
    first?.release();
    first?.release();
    await vi.advanceTimersByTimeAsync(300);
    expect(second).toMatchObject({ contended: true });
  });

  test('eight at once are granted one after the other', async () => {
    const [one, two] = tabs();
    let inside = 0;
    let most = 0;
    let done = 0;
    for (let n = 0; n < 8; n++)
      void (n % 2 ? one : two).acquire('lock', 8000).then(async (lease) => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 100));
        inside--;
        done++;
        lease?.release();
      });
    await vi.advanceTimersByTimeAsync(7000);
    expect(done).toBe(8);
    // A lease can be doubly held in theory, never with a store that all see at once.
    expect(most).toBe(1);
  });
});

describe('31 33 locks that are not what they should be', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each([true, false])(
    'a lock that is never released is given up, with web locks %s',
    async (web) => {
      const store = platformStorage();
      const shared = web ? { name: 'tally', locks: lockManager() } : { name: 'tally', store };
      const held = webCoordinator(shared).acquire('lock', 8000);
      await vi.advanceTimersByTimeAsync(100);
      expect(await held).not.toBeNull();
      let other: unknown = 'waiting';
      void webCoordinator(shared)
        .acquire('lock', 8000)
        .then((lease) => (other = lease));
      await vi.advanceTimersByTimeAsync(7000);
      expect(other).toBe('waiting');
      await vi.advanceTimersByTimeAsync(8000);
      expect(other === null || !web).toBe(true);
    },
  );

  test('a lease of a crashed tab, or of another clock, is free', async () => {
    for (const until of [Date.now() - 1, Date.now() + 3_600_000, 'x']) {
      const store = platformStorage();
      store.setItem('lock', `crashed ${until}`);
      const lease = webCoordinator({ name: 'tally', store }).acquire('lock', 8000);
      await vi.advanceTimersByTimeAsync(100);
      expect(await lease).toMatchObject({ contended: false });
    }
  });

  test('a lock that throws rejects, which the core understands', async () => {
    const locks = { request: () => Promise.reject(new Error('SecurityError')) };
    const coordinator = webCoordinator({ name: 't', locks: locks as unknown as LockManager });
    await expect(coordinator.acquire('lock', 8000)).rejects.toThrow('SecurityError');
  });
});

describe('39 the bell', () => {
  const signal = { v: 1, type: 'changed', sid: 's', generation: 1 } as const;

  test('rings through storage events where there is no BroadcastChannel', () => {
    const target = new EventTarget();
    const store = platformStorage();
    const heard: unknown[] = [];
    const coordinator = webCoordinator({ name: 'tally', store, target });
    coordinator.subscribe((each) => heard.push(each));
    webCoordinator({ name: 'tally', store }).post(signal);
    const fire = (key: string | null, newValue: string | null): void => {
      target.dispatchEvent(Object.assign(new Event('storage'), { key, newValue }));
    };
    fire('tally.signal', store.getItem('tally.signal'));
    fire('tally.session', null);
    fire(null, null);
    fire('other', 'x');
    fire('tally.signal', 'not JSON');
    expect(heard).toEqual([{ ...signal, at: expect.any(Number) as number }, null, null, null]);
    coordinator.close();
    fire('tally.session', null);
    expect(heard).toHaveLength(4);
  });

  test('rings through a BroadcastChannel, and is closed with it', () => {
    const open = new Set<{ onmessage: ((event: unknown) => void) | null }>();
    class Channel {
      onmessage: ((event: unknown) => void) | null = null;
      constructor(readonly name: string) {
        open.add(this);
      }
      postMessage(data: unknown): void {
        for (const each of open) if (each !== this) each.onmessage?.({ data });
      }
      close(): void {
        open.delete(this);
      }
    }
    const channel = Channel as unknown as typeof BroadcastChannel;
    const heard: unknown[] = [];
    const one = webCoordinator({ name: 'tally', channel });
    const two = webCoordinator({ name: 'tally', channel });
    two.subscribe((each) => heard.push(each));
    one.post(signal);
    expect(heard).toEqual([signal]);
    one.close();
    two.close();
    expect(open.size).toBe(0);
  });
});

describe('fetch', () => {
  const ask = (more: Partial<TransportRequest> = {}): TransportRequest => ({
    ...{ method: 'POST', url: '/api/x', headers: { a: 'b' }, credentials: 'omit' },
    ...{ keepalive: true, redirect: 'manual', responseType: 'auto', onCancel: () => undefined },
    ...more,
  });
  const answering = (body: string, type: string, status = 200) => {
    const given: RequestInit[] = [];
    const transport = fetchTransport({
      fetch: (_url, init) => {
        given.push(init ?? {});
        return Promise.resolve(new Response(body, { status, headers: { 'content-type': type } }));
      },
    });
    return { given, transport };
  };

  test('passes on what the core decided', async () => {
    const { given, transport } = answering('{"a":1}', 'application/problem+json; charset=utf-8');
    const answer = await transport.send(ask({ body: 'x' }));
    expect(answer).toMatchObject({ status: 200, body: { a: 1 } });
    expect(answer.header('Content-Type')).toContain('json');
    expect(given[0]).toMatchObject({
      ...{ method: 'POST', credentials: 'omit', redirect: 'manual', keepalive: true, body: 'x' },
      cache: 'no-store',
    });
  });

  test('reads bodies as asked, and refusals as what they are', async () => {
    const text = await answering('{"a":1}', 'application/json').transport.send(
      ask({ responseType: 'text' }),
    );
    expect(text.body).toBe('{"a":1}');
    const html = await answering('<p>', 'text/html').transport.send(ask());
    expect(html.body).toBe('<p>');
    const broken = await answering('{', 'application/json').transport.send(ask());
    expect(broken.body).toBe('{');
    const blob = await answering('abc', 'image/png').transport.send(ask({ responseType: 'blob' }));
    expect((blob.body as Blob).size).toBe(3);
    const bytes = await answering('abc', 'image/png').transport.send(
      ask({ responseType: 'arraybuffer' }),
    );
    expect((bytes.body as ArrayBuffer).byteLength).toBe(3);
    const refusal = await answering('{"code":"x"}', 'application/json', 401).transport.send(
      ask({ responseType: 'blob' }),
    );
    expect(refusal.body).toEqual({ code: 'x' });
  });

  test('aborts when told to', async () => {
    let abort = (): void => undefined;
    let aborted = false;
    const transport = fetchTransport({
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('AbortError'));
          });
        }),
    });
    const sent = transport.send(ask({ onCancel: (each) => (abort = each) }));
    abort();
    await expect(sent).rejects.toThrow('AbortError');
    expect(aborted).toBe(true);
  });

  test('14 a form becomes bytes with one boundary; other bodies stay', async () => {
    const form = new FormData();
    form.append('a', 'b');
    const { body, contentType } = await freezeBody(form);
    const boundary = /boundary=(.+)$/.exec(contentType ?? '')?.[1];
    // jsdom's FormData is foreign to the platform's Response, and must pass untouched.
    if (contentType === undefined) expect(body).toBe(form);
    else expect(await (body as Blob).text()).toContain(boundary);
    const params = await freezeBody(new URLSearchParams({ q: '虎' }));
    expect(params.body).toBe('q=%E8%99%8E');
    expect(params.contentType).toContain('x-www-form-urlencoded');
    const bytes = new Uint8Array(3);
    expect(await freezeBody(bytes)).toEqual({ body: bytes });
  });
});
