import { vCan } from './can.js';
import { installAuthGuards } from './guards.js';
import { AUTH_CLIENT, useAuthStore } from './store.js';
import type { AuthClient } from '@tigertally/client';
import type { Plugin } from 'vue';
import type { Router } from 'vue-router';
import type { AuthGuardOptions } from './guards.js';

/** What {@link createTigerTally} needs. */
export interface TigerTallyOptions extends AuthGuardOptions {
  readonly client: AuthClient;
  /** Gets the guards. Without one, only the store and `v-can` are installed. */
  readonly router?: Router;
}

/**
 * The Vue plugin. Install it after Pinia and before the router, whose first navigation it guards:
 *
 * ```ts
 * const client = createAuthClient({ delivery: 'cookie', ...browserEdges() });
 * createApp(App).use(createPinia()).use(createTigerTally({ client, router })).use(router);
 * ```
 */
export function createTigerTally({ client, router, ...guards }: TigerTallyOptions): Plugin {
  return {
    install(app) {
      app.provide(AUTH_CLIENT, client);
      app.directive(
        'can',
        vCan(() => app.runWithContext(() => useAuthStore())),
      );
      if (!router) return;
      const unguard = app.runWithContext(() => installAuthGuards(router, useAuthStore(), guards));
      // Vue 3.4 has no `app.onUnmount`.
      const unmount = app.unmount.bind(app);
      app.unmount = () => {
        unguard();
        unmount();
      };
    },
  };
}
