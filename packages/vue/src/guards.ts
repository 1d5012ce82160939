import { safeRedirect } from '@tigertally/client';
import { watch } from 'vue';
import type { RouteLocationRaw, Router } from 'vue-router';
import type { AuthStore } from './store.js';

declare module 'vue-router' {
  interface RouteMeta {
    /** Only for signed-in users; others are sent to sign in and come back afterwards. */
    requiresAuth?: boolean;
    /** Only for visitors, like the sign-in page; signed-in users go on to where they wanted. */
    guestOnly?: boolean;
    /** One of these roles is needed. Implies `requiresAuth`. Comfort only: the server decides. */
    roles?: readonly string[];
    /** One of these permissions is needed. Implies `requiresAuth`. Comfort only, too. */
    permissions?: readonly string[];
  }
}

/** Where the guards send people. All are paths. */
export interface AuthGuardOptions {
  /** Default: `/login`. */
  readonly login?: string;
  /** Where to go when there is nowhere else; default: `/`. */
  readonly home?: string;
  /** For signed-in users who lack the role or the permission; default: `home`. */
  readonly forbidden?: string;
}

/** What is asked of a route to judge it. */
export interface GuardedRoute {
  readonly fullPath: string;
  readonly meta: {
    readonly requiresAuth?: boolean;
    readonly guestOnly?: boolean;
    readonly roles?: readonly string[];
    readonly permissions?: readonly string[];
  };
  readonly query: Readonly<Record<string, unknown>>;
}

/** `true` to stay, or where to go instead. */
export type Verdict = true | RouteLocationRaw;

type Who = Pick<AuthStore, 'standing' | 'hasRole' | 'can'>;

/** Decides about one route for one standing. Pure: the guards and the tests share it. */
export function judge(route: GuardedRoute, who: Who, options: AuthGuardOptions = {}): Verdict {
  const { login = '/login', home = '/', forbidden = home } = options;
  const { requiresAuth, guestOnly, roles, permissions } = route.meta;
  // Neither sign-in form nor page can be right; what is shown meanwhile is the application's business.
  if (who.standing === 'unknown' || who.standing === 'pending') return true;
  if (who.standing === 'anonymous') {
    if (requiresAuth !== true && !roles && !permissions) return true;
    const back = route.fullPath === home ? {} : { redirect: route.fullPath };
    return { path: login, query: back, replace: true };
  }
  if (guestOnly) return safeRedirect(route.query.redirect, home);
  const may = (!roles || who.hasRole(...roles)) && (!permissions || who.can(...permissions));
  return may ? true : { path: forbidden, replace: true };
}

/** Signing out here or in another tab is no interruption to come back from. */
function leftOnPurpose({ state }: Pick<AuthStore, 'state'>): boolean {
  if (state.status === 'signingOut') return true;
  return state.status === 'anonymous' && /^signed_out/.test(state.reason);
}

/**
 * Guards every route of `router`, and judges the open one again whenever the standing changes: a
 * session that ends under a page sends its reader to sign in, with the way back kept. A page with
 * unsaved work stays where it is; the application asks for the password there.
 *
 * Returns the function that takes the guards away.
 */
export function installAuthGuards(
  router: Router,
  store: AuthStore,
  options: AuthGuardOptions = {},
): () => void {
  const { login = '/login' } = options;
  const unguard = router.beforeEach(async (to) => {
    await store.ready();
    return judge(to, store, options);
  });
  const unwatch = watch(
    () => store.standing,
    (standing) => {
      const onPurpose = standing === 'anonymous' && leftOnPurpose(store);
      if (standing === 'anonymous' && !onPurpose && store.hasUnsaved()) return;
      const verdict = judge(router.currentRoute.value, store, options);
      if (verdict === true) return;
      // A page whose code cannot be fetched is reported by `router.onError`.
      void router.replace(onPurpose ? login : verdict).catch(() => undefined);
    },
    { flush: 'sync' },
  );
  return () => {
    unguard();
    unwatch();
  };
}
