/** A phone in virtual time: `uni` as far as this package uses it, over the core's strict model of the service. */
import { vi } from 'vitest';
import { createServer } from '../../client/test/rig/server.js';
import { createWorld } from '../../client/test/rig/world.js';
import { createMiniProgramClient } from '../src/index.js';
import type { AuthEvents } from '@tigertally/client';
import type { Call, Reply } from '../../client/test/rig/server.js';
import type { MiniProgramOptions } from '../src/index.js';

export const BASE = 'https://api.example';

interface UniRequest {
  readonly url: string;
  readonly method: string;
  readonly header: Readonly<Record<string, string>>;
  readonly data?: unknown;
  readonly success: (answer: object) => void;
  readonly fail: (error: object) => void;
}

/** What `uni.login` does next. */
export type Login = 'code' | 'fail' | 'silence' | 'empty';

export function createPhone() {
  vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const world = createWorld();
  const server = createServer(world);
  const storage = new Map<string, unknown>();
  const listeners = new Map<string, Set<(event: unknown) => void>>();
  const platform = {
    person: 'ada',
    login: 'code' as Login,
    logins: 0,
    /** Which platform `uni.login` was asked for last. */
    asked: '',
    /** How the service answers the exchange of a code, where it does not sign in. */
    refusal: null as Reply | null,
    down: false,
    /** Milliseconds until the service answers. */
    latency: 20,
  };

  /** The model knows passwords only; a platform's code stands for one here. */
  const exchange = (call: Call): Reply =>
    platform.refusal ??
    server.handle({
      ...call,
      path: '/api/auth/login',
      body: { username: (call.body as { code: string }).code.split('-')[1], password: 'right' },
    });

  function request({ url, method, header, data, success, fail }: UniRequest) {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(header)) headers[name.toLowerCase()] = value;
    const call: Call = {
      ...{ method, url, headers, cookies: {}, at: world.now() },
      path: url.replace(BASE, '').replace(/\?.*/, ''),
      body: typeof data === 'string' ? (JSON.parse(data) as unknown) : data,
    };
    server.calls.push(call);
    let open = true;
    setTimeout(() => {
      if (!open) return;
      world.sleep(Date.now() - world.now());
      if (platform.down) {
        fail({ errMsg: 'request:fail', header });
        return;
      }
      const reply = call.path.startsWith('/api/auth/login/') ? exchange(call) : server.handle(call);
      const type = { 'Content-Type': 'application/json; charset=utf-8' };
      success({ statusCode: reply.status, header: type, data: JSON.stringify(reply.body ?? '') });
    }, platform.latency);
    return {
      abort() {
        open = false;
        fail({ errMsg: 'request:fail abort' });
      },
    };
  }

  const on = (name: string) => (listener: (event: unknown) => void) => {
    listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
  };
  const off = (name: string) => (listener: (event: unknown) => void) => {
    listeners.get(name)?.delete(listener);
  };
  const uni = {
    request,
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    removeStorageSync: (key: string) => void storage.delete(key),
    login(options: { provider: string; success: (answer: object) => void; fail: () => void }) {
      platform.logins++;
      platform.asked = options.provider;
      const { login, logins, person } = platform;
      setTimeout(() => {
        if (login === 'code') options.success({ code: `code${logins}-${person}` });
        if (login === 'empty') options.success({});
        if (login === 'fail') options.fail();
      }, 10);
    },
    getRandomValues({ length, success }: { length: number; success: (answer: object) => void }) {
      setTimeout(() => success({ randomValues: new ArrayBuffer(length) }), 5);
    },
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx1' } }),
    getDeviceInfo: () => ({ brand: 'HUAWEI', model: 'Mate 60' }),
    onAppShow: on('show'),
    offAppShow: off('show'),
    onAppHide: on('hide'),
    offAppHide: off('hide'),
    onNetworkStatusChange: on('network'),
    offNetworkStatusChange: off('network'),
  };
  vi.stubGlobal('uni', uni);

  return {
    ...{ server, storage, platform, uni, listeners },
    emit: (name: string, event?: unknown) => listeners.get(name)?.forEach((each) => each(event)),
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    /** Lets time pass until `promise` settles. */
    async settle<T>(promise: Promise<T>): Promise<T> {
      let open = true;
      const done = (): void => {
        open = false;
      };
      promise.then(done, done);
      for (let turn = 0; open && turn < 4000; turn++) await vi.advanceTimersByTimeAsync(10);
      if (open) throw new Error('nothing happened within 40 s');
      return promise;
    },
    start(options: Partial<MiniProgramOptions> = {}) {
      const client = createMiniProgramClient({ baseUrl: BASE, ...options });
      const events: (keyof AuthEvents)[] = [];
      for (const name of ['signedIn', 'signedOut', 'userChanged'] as const)
        client.on(name, () => events.push(name));
      const states: string[] = [];
      client.subscribe((state) => states.push(state.status));
      return { client, events, states };
    },
  };
}

export type Phone = ReturnType<typeof createPhone>;
