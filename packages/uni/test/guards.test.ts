import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { installPageGuards, judgePage } from '../src/index.js';
import { resolvePage } from '../src/guards.js';
import type { AuthState } from '@tigertally/client';

/** Ends what hangs. */
const PATIENCE = { timeout: 240_000 };

const RULES = {
  login: '/pages/login',
  home: '/pages/home',
  guest: ['/pages/register'],
  open: ['/pages/about'],
};
const user = { id: '1', username: 'ada', roles: [] };
const session = { id: 's', generation: 0 };
const signedIn = { status: 'authenticated', user, session } as unknown as AuthState;
const anonymous = (reason: 'never' | 'signed_out' | 'unreachable' | 'expired'): AuthState => ({
  ...{ status: 'anonymous', reason, detail: null },
});

describe('judging', () => {
  test.each<[string, AuthState, string]>([
    ['/pages/home', signedIn, 'stay'],
    ['/pages/login', signedIn, 'onward'],
    ['/pages/register?a=1', signedIn, 'onward'],
    ['/pages/home?a=/pages/login', anonymous('never'), 'login'],
    ['/pages/about#x', anonymous('never'), 'stay'],
    ['/pages/login?x', anonymous('never'), 'stay'],
    ['/pages/home', { status: 'signingOut' }, 'login'],
    ['/pages/home', { status: 'init' }, 'stay'],
    ['/pages/login', { status: 'restoring' }, 'stay'],
    ['/pages/home', anonymous('unreachable'), 'stay'],
  ])('%s while %o: %s', (url, state, verdict) => {
    expect(judgePage(url, state, RULES)).toBe(verdict);
  });
});

test.each([
  ['/pages/a', '/pages/b', '/pages/a'],
  ['../a/a?x=../y', '/pages/b/b', '/pages/a/a?x=../y'],
  ['./c', '/pages/b/b?x=1', '/pages/b/c'],
  ['c', '/pages/b/b', '/pages/b/c'],
  ['../../../a', '/pages/b', '/a'],
])('%s on %s is %s', (url, here, resolved) => {
  expect(resolvePage(url, here)).toBe(resolved);
});

describe('guarding', () => {
  interface Call {
    url: string;
    success?: () => void;
    fail?: () => void;
  }
  let state: AuthState;
  let tell: () => void;
  let settle: () => void;
  let here: string;
  let launched: string[];
  let missing: string[];
  let interceptors: Map<string, { invoke(call: object): unknown }>;

  beforeEach(() => {
    here = 'pages/home';
    launched = [];
    missing = [];
    interceptors = new Map();
    vi.stubGlobal('getCurrentPages', () => (here ? [{ route: here, options: { q: '1' } }] : []));
    vi.stubGlobal('uni', {
      addInterceptor: (name: string, one: { invoke(call: object): unknown }) =>
        interceptors.set(name, one),
      removeInterceptor: (name: string) => interceptors.delete(name),
      reLaunch(call: Call) {
        launched.push(call.url);
        if (missing.includes(call.url)) return call.fail?.();
        here = call.url.slice(1).replace(/\?.*/, '');
        return call.success?.();
      },
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function install(first: AuthState = { status: 'restoring' }) {
    state = first;
    const ready = new Promise<void>((resolve) => {
      settle = resolve;
    });
    return installPageGuards(
      {
        get state() {
          return state;
        },
        ready,
        subscribe(listener) {
          tell = () => listener(state);
          return () => {
            tell = () => undefined;
          };
        },
      },
      RULES,
    );
  }
  const become = (next: AuthState): void => {
    state = next;
    tell();
  };

  test('the first page waits for the state, then leads to sign in and back', async () => {
    here = 'pages/orders';
    install();
    expect(launched).toEqual([]);
    state = anonymous('never');
    settle();
    await vi.waitFor(() => expect(launched).toEqual(['/pages/login']), PATIENCE);
    become(signedIn);
    expect(launched).toEqual(['/pages/login', '/pages/orders?q=1']);
  });

  test('a session that ends under a page leads to sign in once', () => {
    install(signedIn);
    become(anonymous('expired'));
    become(anonymous('expired'));
    expect(launched).toEqual(['/pages/login']);
  });

  test('signing out is no interruption to come back from', () => {
    here = 'pages/orders';
    install(signedIn);
    become({ status: 'signingOut' });
    become(anonymous('signed_out'));
    become(signedIn);
    expect(launched).toEqual(['/pages/login', '/pages/home']);
  });

  test('a page visited after signing out is where the next sign-in leads', () => {
    here = 'pages/orders';
    const guards = install(signedIn);
    become(anonymous('signed_out'));
    here = 'pages/invoices';
    guards.check();
    become(signedIn);
    expect(launched).toEqual(['/pages/login', '/pages/login', '/pages/invoices?q=1']);
  });

  test('a page that is gone leads home', () => {
    here = 'pages/orders';
    missing = ['/pages/orders?q=1'];
    install(signedIn);
    become(anonymous('expired'));
    become(signedIn);
    expect(launched).toEqual(['/pages/login', '/pages/orders?q=1', '/pages/home']);
  });

  test('a guard that can go nowhere gives up', () => {
    missing = ['/pages/login'];
    install(signedIn);
    become(anonymous('expired'));
    expect(launched).toEqual(['/pages/login']);
  });

  test.each(['navigateTo', 'redirectTo', 'reLaunch', 'switchTab'])(
    '%s is stopped before it happens, and whoever waits hears of it',
    (method) => {
      here = 'pages/about';
      install(anonymous('never'));
      const call = { url: '../pages/orders?a=1', success: vi.fn(), complete: vi.fn() };
      expect(interceptors.get(method)?.invoke(call)).toBe(false);
      expect(launched).toEqual(['/pages/login']);
      expect(call.success).toHaveBeenCalledOnce();
      expect(call.complete).toHaveBeenCalledOnce();
      become(signedIn);
      expect(launched.at(-1)).toBe('/pages/orders?a=1');
    },
  );

  test('what may happen happens', () => {
    install(signedIn);
    const call = { url: '/pages/orders' };
    expect(interceptors.get('navigateTo')?.invoke(call)).toBe(call);
    expect(interceptors.get('navigateTo')?.invoke({})).toEqual({});
    expect(launched).toEqual([]);
  });

  test('a navigation before the state is known waits for it', async () => {
    here = 'pages/about';
    install();
    const allowed = { url: '/pages/about' };
    const refused = { url: '/pages/orders', success: vi.fn() };
    const passing = interceptors.get('navigateTo')?.invoke(allowed);
    void interceptors.get('navigateTo')?.invoke(refused);
    state = anonymous('never');
    settle();
    expect(await passing).toBe(allowed);
    await vi.waitFor(() => expect(refused.success).toHaveBeenCalledOnce(), PATIENCE);
    expect(launched).toEqual(['/pages/login']);
  });

  test('nothing is judged before there is a page, and nothing after uninstalling', () => {
    here = '';
    const guards = install(anonymous('never'));
    guards.check();
    expect(launched).toEqual([]);
    guards.uninstall();
    here = 'pages/home';
    become(anonymous('never'));
    expect(interceptors.size).toBe(0);
    expect(launched).toEqual([]);
  });
});
