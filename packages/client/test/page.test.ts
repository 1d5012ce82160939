import { describe, expect, test, vi } from 'vitest';
import { browserEdges, browserEnv, createAuthClient, localCoordinator } from '../src/index.js';

describe('the edges of a page', () => {
  test('are there in Node and in a browser, and touch nothing when made', () => {
    const edges = browserEdges();
    expect(edges.env.randomBytes(32)).toHaveLength(32);
    expect(edges.env.monotonic()).toBeLessThanOrEqual(edges.env.monotonic());
    expect(edges.env.visible()).toBe(true);
    edges.coordinator.close();
  });

  test.runIf(typeof window !== 'undefined').each(['local', 'session'] as const)(
    'the pages that share, or copied, a %s storage hear of each other',
    async (storage) => {
      const [one, twin] = [
        browserEdges({ storage }).coordinator,
        browserEdges({ storage }).coordinator,
      ];
      const signal = { v: 1, type: 'changed', sid: 's', generation: 3 } as const;
      const heard = new Promise((resolve) => twin.subscribe(resolve));
      one.post(signal);
      expect(await heard).toEqual(signal);
      one.close();
      twin.close();
    },
  );

  test('58 on a plain-http origin, without locks and crypto, still work', () => {
    vi.stubGlobal('crypto', undefined);
    try {
      const bytes = browserEnv().randomBytes(16);
      expect(new Set(bytes).size).toBeGreaterThan(4);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test.runIf(typeof document !== 'undefined')('cookies are read by exact name', () => {
    const pairs = ['xtally_csrf=1', 'tally_csrf="a.0.b"', 'z=2'];
    for (const pair of pairs) document.cookie = pair;
    const env = browserEnv();
    expect(env.readCookie?.('tally_csrf')).toBe('a.0.b');
    expect(env.readCookie?.('__Host-tally_csrf')).toBeNull();
    for (const pair of pairs) document.cookie = `${pair}; max-age=0`;
    expect(env.readCookie?.('tally_csrf')).toBeNull();
  });

  test.runIf(typeof document === 'undefined').each([
    ['https:', '__Host-tally_level=a.0; path=/; max-age=2592000; samesite=strict; secure'],
    ['http:', '__Host-tally_level=a.0; path=/; max-age=2592000; samesite=strict'],
  ])('a cookie that a page of %s writes is secure where it can be', (protocol, written) => {
    const page = { cookie: '' };
    vi.stubGlobal('document', page);
    vi.stubGlobal('location', { protocol, origin: `${protocol}//app.example` });
    try {
      browserEnv().writeCookie?.('__Host-tally_level', 'a.0');
      expect(page.cookie).toBe(written);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test.runIf(typeof document !== 'undefined')('a cookie that a page writes can be read', () => {
    const env = browserEnv();
    env.writeCookie?.('tally_level', 'a.0');
    expect(env.readCookie?.('tally_level')).toBe('a.0');
    document.cookie = 'tally_level=; path=/; max-age=0';
    expect(env.readCookie?.('tally_level')).toBeNull();
  });

  test.runIf(typeof window !== 'undefined')('storage that is blocked is warned of', async () => {
    const blocked = vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
      throw new Error('SecurityError');
    });
    try {
      const client = createAuthClient({ delivery: 'body', ...browserEdges() });
      const warned = new Promise((resolve) => client.on('warning', resolve));
      expect(await warned).toMatchObject({ code: 'storage_unavailable' });
      expect(client.state).toMatchObject({ status: 'anonymous', reason: 'never' });
      client.dispose();
    } finally {
      blocked.mockRestore();
    }
  });

  test.runIf(typeof document !== 'undefined')('waking is heard while visible only', () => {
    const env = browserEnv();
    let woken = 0;
    const undo = env.onWake(() => woken++);
    window.dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
    expect(woken).toBe(2);
    undo();
    window.dispatchEvent(new Event('online'));
    expect(woken).toBe(2);
    expect(env.origin).toMatch(/^http/);
  });

  test('a local coordinator hears nobody', async () => {
    const coordinator = localCoordinator();
    const undo = coordinator.subscribe(() => expect.unreachable());
    coordinator.post({ v: 1, type: 'changed', sid: 's', generation: 0 });
    expect(await coordinator.acquire('x', 1)).toMatchObject({ contended: false });
    undo();
    coordinator.close();
  });
});
