import { describe, expect, test, vi } from 'vitest';
import { judge } from '../src/index';
import { open, stageOf } from './stage';
import type { GuardedRoute, Standing } from '../src/index';

const route = (fullPath: string, meta: GuardedRoute['meta'], redirect?: string): GuardedRoute => ({
  fullPath,
  meta,
  query: redirect === undefined ? {} : { redirect },
});
const who = (standing: Standing, ...roles: string[]) => ({
  standing,
  hasRole: (...wanted: readonly string[]) => wanted.some((role) => roles.includes(role)),
  can: (...wanted: readonly string[]) => roles.includes('editor') && wanted.includes('news:edit'),
});

describe('45 a protected page', () => {
  test('sends a visitor to sign in, with path, query and hash kept', async () => {
    const { go } = await open();
    expect(await go('/files?sort=size&of=a%26b#latest')).toBe(
      '/login?redirect=/files?sort=size%26of=a%2526b%23latest',
    );
  });

  test('is where one lands after signing in, with query and hash', async () => {
    const { go, store, world, router } = await open();
    await go('/files?sort=size&of=a%26b#latest');
    await world.settle(store.signIn({ username: 'ada', password: 'right' }));
    await world.flush();
    expect(router.currentRoute.value.fullPath).toBe('/files?sort=size&of=a%26b#latest');
  });

  test('asks for no way back when there was nowhere to go but home', async () => {
    const { go } = await open();
    expect(await go('/')).toBe('/login');
  });

  test('stays open to the public where it asks for nobody', async () => {
    const { go } = await open();
    expect(await go('/about')).toBe('/about');
  });
});

describe('46 47 a page for visitors', () => {
  test.each([
    [undefined, '/'],
    ['/devices', '/devices'],
    ['/files?a=1#b', '/files?a=1#b'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/\\evil.example', '/'],
    ['/login?redirect=%2Fdevices', '/'],
    ['/%E0%A4%A', '/'],
  ])('sends a signed-in user with redirect=%s to %s', (redirect, target) => {
    expect(judge(route('/login', { guestOnly: true }, redirect), who('signedIn'))).toBe(target);
  });

  test('ends at home even when the way back is the page itself', async () => {
    const { go } = await open({ signedIn: true });
    expect(await go('/login?redirect=/login')).toBe('/');
  });
});

describe('roles', () => {
  test('without the role there is home, with it the page', () => {
    const admin = route('/admin', { roles: ['admin', 'support'] });
    expect(judge(admin, who('signedIn', 'member'))).toMatchObject({ path: '/' });
    expect(judge(admin, who('signedIn', 'support'))).toBe(true);
    expect(judge(admin, who('anonymous'))).toMatchObject({
      path: '/login',
      query: { redirect: '/admin' },
    });
  });
});

describe('permissions', () => {
  test('without the permission there is home, with it the page', () => {
    const news = route('/news', { permissions: ['news:edit', 'news:publish'] });
    expect(judge(news, who('signedIn', 'member'))).toMatchObject({ path: '/' });
    expect(judge(news, who('signedIn', 'editor'))).toBe(true);
    expect(judge(news, who('anonymous'))).toMatchObject({ path: '/login' });
    const both = route('/both', { roles: ['admin'], permissions: ['news:edit'] });
    expect(judge(both, who('signedIn', 'editor'))).toMatchObject({ path: '/' });
    expect(judge(both, who('signedIn', 'editor', 'admin'))).toBe(true);
  });
});

describe('48 while restoring', () => {
  test('two navigations: the last wins, and nothing loops', async () => {
    const { world, browser, server, tab } = await open({ signedIn: true });
    tab.client.dispose();
    await world.advance(1_000_000);
    const again = browser.tab();
    const { router } = stageOf(again.client, world);
    const first = router.push('/devices');
    const second = router.push('/files');
    await world.settle(Promise.all([first, second]));
    expect(router.currentRoute.value.fullPath).toBe('/files');
    expect(server.count('/api/auth/refresh')).toBe(1);
  });

  test('44 no page is shown until it is known whose it is', async () => {
    const { world, browser, tab } = await open({ signedIn: true });
    tab.client.dispose();
    await world.advance(1_000_000);
    const { router } = stageOf(browser.tab().client, world);
    const visited: string[] = [];
    router.afterEach((to, _from, failure) => failure ?? visited.push(to.fullPath));
    await world.settle(router.push('/devices'));
    expect(visited).toEqual(['/devices']);
  });

  test('an unreachable server is no reason for the sign-in page', () => {
    expect(judge(route('/files', { requiresAuth: true }), who('unknown'))).toBe(true);
    expect(judge(route('/login', { guestOnly: true }), who('unknown'))).toBe(true);
  });
});

describe('49 a session that dies under a page', () => {
  const dies = async (unsaved: boolean) => {
    const stage = await open({ signedIn: true });
    await stage.go('/files?sort=size#latest');
    stage.store.keepUnsaved(() => unsaved);
    stage.server.end('sid1', 'kicked');
    await stage.world.settle(stage.tab.client.request({ url: '/api/me' })).catch(() => undefined);
    await stage.world.flush();
    return stage;
  };

  test('leads to the sign-in page, which knows the way back and the reason', async () => {
    const { router, store } = await dies(false);
    expect(router.currentRoute.value.query.redirect).toBe('/files?sort=size#latest');
    expect(store.ended?.reason).toBe('kicked');
  });

  test('stays where it is while there is unsaved work', async () => {
    const { router, store } = await dies(true);
    expect(router.currentRoute.value.fullPath).toBe('/files?sort=size#latest');
    expect(store.isSignedIn).toBe(false);
  });

  test('signing out on purpose leads to a plain sign-in page, unsaved work or not', async () => {
    const { go, store, world, router } = await open({ signedIn: true });
    await go('/files');
    store.keepUnsaved(() => true);
    await world.settle(store.signOut());
    expect(router.currentRoute.value.fullPath).toBe('/login');
  });

  test('34 another tab that signs out takes this one along', async () => {
    const { go, world, router, browser } = await open({ signedIn: true });
    await go('/files');
    const other = browser.tab();
    await world.settle(other.client.ready);
    void other.client.logout();
    await world.advance(900);
    expect(router.currentRoute.value.fullPath).toBe('/login');
  });
});

test('an application that is unmounted judges no more', async () => {
  const { go, store, world, router, unmount } = await open({ signedIn: true });
  await go('/files');
  unmount();
  const replace = vi.spyOn(router, 'replace');
  await world.settle(store.signOut());
  expect(replace).not.toHaveBeenCalled();
});

test('32 a client that nobody started is started by the first guarded route', async () => {
  const { world, browser } = await open();
  const late = browser.tab({ autoStart: false });
  const { router } = stageOf(late.client, world);
  await world.settle(router.push('/devices'));
  await world.settle(router.isReady());
  expect(router.currentRoute.value.path).toBe('/login');
});
