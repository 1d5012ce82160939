/** A Vue application over the core's own model of a browser and a strict server. */
import { createPinia } from 'pinia';
import { createApp, defineComponent, h } from 'vue';
import { createMemoryHistory, createRouter, RouterView } from 'vue-router';
import { createTigerTally, useAuthStore } from '../src/index';
import { scene } from '../../client/test/rig/scene';
import type { AuthClient } from '@tigertally/client';
import type { Router } from 'vue-router';
import type { AuthStore } from '../src/index';
import type { World } from '../../client/test/rig/world';

const Page = defineComponent({ render: () => h('p', 'page') });

export function routerOf(): Router {
  return createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: Page, meta: { requiresAuth: true } },
      { path: '/login', component: Page, meta: { guestOnly: true } },
      { path: '/about', component: Page },
      { path: '/devices', component: Page, meta: { requiresAuth: true } },
      { path: '/files', component: Page, meta: { requiresAuth: true } },
      { path: '/admin', component: Page, meta: { roles: ['admin'] } },
    ],
  });
}

export interface Stage {
  readonly store: AuthStore;
  readonly router: Router;
  readonly unmount: () => void;
  /** Goes to `path` and says where one landed. */
  go(path: string): Promise<string>;
}

/** Mounts an application with guards over `client`. */
export function stageOf(client: AuthClient, world: World): Stage {
  const router = routerOf();
  const app = createApp(defineComponent({ render: () => h(RouterView) }));
  app.use(createPinia()).use(createTigerTally({ client, router })).use(router);
  app.mount(document.createElement('div'));
  return {
    store: app.runWithContext(() => useAuthStore()),
    router,
    unmount: () => app.unmount(),
    async go(path) {
      await world.settle(router.push(path));
      return router.currentRoute.value.fullPath;
    },
  };
}

/** World, server, browser and one tab with an application; signed in as ada if asked. */
export async function open(options: { readonly signedIn?: boolean } = {}) {
  const { world, server, browser } = scene({ delivery: 'cookie' });
  const tab = browser.tab();
  const stage = stageOf(tab.client, world);
  await world.settle(tab.client.ready);
  if (options.signedIn)
    await world.settle(stage.store.signIn({ username: 'ada', password: 'right' }));
  await world.flush();
  return { world, server, browser, tab, ...stage };
}
