import { can } from '@tigertally/client';
import { defineStore } from 'pinia';
import { computed, inject, markRaw, onScopeDispose, ref, shallowRef } from 'vue';
import type {
  AnonymousReason,
  AuthClient,
  AuthState,
  EndDetail,
  Session,
  User,
} from '@tigertally/client';
import type { ComputedRef, InjectionKey, Raw, Ref, ShallowRef } from 'vue';

/** Where {@link useAuthStore} finds its client; `createTigerTally` provides it. */
export const AUTH_CLIENT: InjectionKey<AuthClient> = Symbol('tigertally client');

/**
 * What a route may be decided by. `unknown`: there seems to be a session, but the server cannot be
 * asked whose; neither the page nor the sign-in form is right then.
 */
export type Standing = 'pending' | 'unknown' | 'anonymous' | 'signedIn';

/** The store of {@link useAuthStore}, as components see it: without `.value`. */
export type AuthStore = ReturnType<typeof useAuthStore>;

type Journeys = ReturnType<typeof journeys>;
type UnsavedWork = ReturnType<typeof unsavedWork>;

/**
 * What the store is made of. Written out, because what TypeScript infers names the refs of one Vue
 * version, and applications of an older one could not read it.
 */
export interface AuthStoreSetup extends Journeys, UnsavedWork {
  client: Raw<AuthClient>;
  state: ShallowRef<AuthState>;
  user: ComputedRef<User | null>;
  session: ComputedRef<Session | null>;
  roles: ComputedRef<readonly string[]>;
  standing: ComputedRef<Standing>;
  /** Why nobody is signed in, and what the server said of it. */
  ended: ComputedRef<{ reason: AnonymousReason; detail: EndDetail | null } | null>;
  refreshing: Ref<boolean>;
  /** How often new tokens came into use; changes are worth showing. */
  renewals: Ref<number>;
  isSignedIn: ComputedRef<boolean>;
  /** Signed in, but the server cannot be reached at the moment. */
  isReconnecting: ComputedRef<boolean>;
  /** True when the user has at least one of the roles. */
  hasRole(...wanted: readonly string[]): boolean;
  /** True when the user's roles give at least one of the permissions. */
  can(...wanted: readonly string[]): boolean;
}

function standingOf(state: AuthState): Standing {
  switch (state.status) {
    case 'init':
    case 'restoring':
      return 'pending';
    case 'authenticated':
    case 'degraded':
      return 'signedIn';
    case 'signingOut':
      return 'anonymous';
    case 'anonymous':
      return state.reason === 'unreachable' ? 'unknown' : 'anonymous';
  }
}

/** The reactive copy of what the client knows. */
function mirror(client: AuthClient) {
  const state = shallowRef<AuthState>(client.state);
  const refreshing = ref(client.refreshing);
  const renewals = ref(0);
  const stops = [
    client.subscribe((next) => {
      state.value = next;
      refreshing.value = client.refreshing;
    }),
    client.on('refreshed', () => {
      renewals.value++;
    }),
  ];
  onScopeDispose(() => {
    for (const stop of stops) stop();
  });
  return { state, refreshing, renewals };
}

/** What can be done, under the names the store uses. */
function journeys(client: AuthClient) {
  return {
    /**
     * Settles within 4 s, when there is something to show; starts the client where nobody did. Never
     * rejects. On a server at once: whose page it is, is known in the browser only.
     */
    ready: (): Promise<void> =>
      typeof window === 'undefined' ? Promise.resolve() : client.start(),
    signIn: client.login.bind(client),
    signInWith: client.loginWith.bind(client),
    register: client.register.bind(client),
    signOut: client.logout.bind(client),
    refresh: client.refresh.bind(client),
    reauthenticate: client.reauthenticate.bind(client),
    reauthenticateWith: client.reauthenticateWith.bind(client),
  };
}

/** Unsaved work that must not be lost to a redirect when the session ends under it. */
function unsavedWork() {
  const sources = new Set<() => boolean>();
  return {
    /** Registers a source of unsaved work; call the result to forget it. */
    keepUnsaved(source: () => boolean): () => void {
      sources.add(source);
      return () => sources.delete(source);
    },
    hasUnsaved: (): boolean => [...sources].some((source) => source()),
  };
}

/**
 * Who is signed in, reactively, and the journeys that change it.
 *
 * One store per app and per server-side request: it takes its client from {@link AUTH_CLIENT}.
 */
export const useAuthStore = defineStore('tigertally/auth', (): AuthStoreSetup => {
  const client = inject(AUTH_CLIENT);
  if (!client) throw new Error('useAuthStore: install createTigerTally({ client }) into the app.');

  const { state, refreshing, renewals } = mirror(client);
  const held = computed(() => ('user' in state.value ? state.value : null));
  const roles = computed<readonly string[]>(() => held.value?.user.roles ?? []);
  const standing = computed(() => standingOf(state.value));

  return {
    client: markRaw(client),
    state,
    user: computed(() => held.value?.user ?? null),
    session: computed(() => held.value?.session ?? null),
    roles,
    standing,
    ended: computed(() => (state.value.status === 'anonymous' ? state.value : null)),
    refreshing,
    renewals,
    isSignedIn: computed(() => standing.value === 'signedIn'),
    isReconnecting: computed(() => state.value.status === 'degraded'),
    hasRole: (...wanted) => wanted.some((role) => roles.value.includes(role)),
    can: (...wanted) => can(state.value, ...wanted),
    ...journeys(client),
    ...unsavedWork(),
  };
});
