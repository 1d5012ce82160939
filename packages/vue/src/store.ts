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
import type { InjectionKey } from 'vue';

/** Where {@link useAuthStore} finds its client; `createTigerTally` provides it. */
export const AUTH_CLIENT: InjectionKey<AuthClient> = Symbol('tigertally client');

/**
 * What a route may be decided by. `unknown`: there seems to be a session, but the server cannot be
 * asked whose; neither the page nor the sign-in form is right then.
 */
export type Standing = 'pending' | 'unknown' | 'anonymous' | 'signedIn';

export type AuthStore = ReturnType<typeof useAuthStore>;

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
export const useAuthStore = defineStore('tigertally/auth', () => {
  const client = inject(AUTH_CLIENT);
  if (!client) throw new Error('useAuthStore: install createTigerTally({ client }) into the app.');

  const { state, refreshing, renewals } = mirror(client);
  const held = computed(() => ('user' in state.value ? state.value : null));
  const user = computed<User | null>(() => held.value?.user ?? null);
  const session = computed<Session | null>(() => held.value?.session ?? null);
  const roles = computed<readonly string[]>(() => user.value?.roles ?? []);
  const standing = computed(() => standingOf(state.value));
  const ended = computed<{ reason: AnonymousReason; detail: EndDetail | null } | null>(() =>
    state.value.status === 'anonymous' ? state.value : null,
  );

  return {
    client: markRaw(client),
    state,
    user,
    session,
    roles,
    standing,
    /** Why nobody is signed in, and what the server said of it. */
    ended,
    refreshing,
    /** How often new tokens came into use; changes are worth showing. */
    renewals,
    isSignedIn: computed(() => standing.value === 'signedIn'),
    /** Signed in, but the server cannot be reached at the moment. */
    isReconnecting: computed(() => state.value.status === 'degraded'),
    /** True when the user has at least one of the roles. */
    hasRole: (...wanted: readonly string[]) => wanted.some((role) => roles.value.includes(role)),
    ...journeys(client),
    ...unsavedWork(),
  };
});
