/** The client, as applications see it. */
import { authorise } from './authorise.js';
import { close, listen } from './bus.js';
import { fieldsOf } from './core/answers.js';
import { RequestError } from './errors.js';
import { deliver, logout } from './farewell.js';
import { checkOptions } from './options.js';
import { cancel } from './plan.js';
import { refresh, wake } from './refresher.js';
import { request } from './request.js';
import { amend, hear, reconcile } from './session.js';
import { register, signIn } from './signing.js';
import { start } from './start.js';
import { createTab } from './tab.js';
import type { Tab } from './tab.js';
import type { AuthClient, AuthClientOptions } from './types.js';

/** Reauthenticates, and takes over the fresh token. */
async function prove(tab: Tab, how: string, json: object): Promise<void> {
  const { epoch } = tab.state;
  const url = `/api/auth/reauthenticate${how}`;
  const answer = await request(tab, { method: 'POST', url, json });
  const { access_token: access, expires_in } = fieldsOf(answer.body);
  if (epoch !== tab.state.epoch || !(Number(expires_in) > 0)) return;
  const token = typeof access === 'string' ? { access } : {};
  amend(tab, { ...token, ttl: Number(expires_in) * 1000, receivedAt: tab.env.now() });
}

/**
 * Makes a client. Unless `autoStart` is false it restores the stored session at once: a session whose
 * access token is still valid is there when this returns.
 *
 * ```ts
 * const client = createAuthClient({ delivery: 'cookie', ...browserEdges() });
 * await client.ready;
 * ```
 */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  checkOptions(options);
  const tab = createTab(options, refresh);
  const { env, coordinator } = options;
  const unwake = env.onWake(() => {
    if (tab.state.shown.status === 'init') return;
    wake(tab);
    void deliver(tab);
  });
  const unhear = coordinator.subscribe((signal) => {
    if (tab.state.shown.status !== 'init') hear(tab, signal);
  });
  if (options.autoStart !== false) void start(tab);
  return {
    get state() {
      return tab.state.shown;
    },
    get refreshing() {
      return tab.refreshing !== undefined;
    },
    ready: tab.ready,
    start: () => start(tab),
    subscribe: (listener) => listen(tab, 'state', listener),
    on: (event, listener) => listen(tab, event, listener),
    register: (registration) => register(tab, registration),
    login: (credentials) => signIn(tab, 'login', credentials),
    loginWith: (provider, credentials) =>
      signIn(tab, `login/${encodeURIComponent(provider)}`, credentials),
    logout: (choice) => logout(tab, choice?.everywhere === true),
    async refresh() {
      await start(tab);
      reconcile(tab);
      if (!tab.state.held) throw new RequestError('not_signed_in');
      await refresh(tab, true);
    },
    reauthenticate: (password) => prove(tab, '', { password }),
    reauthenticateWith: (provider, proof) => prove(tab, `/${encodeURIComponent(provider)}`, proof),
    request: (asked) => request(tab, asked),
    authorise: (call, attempt) => authorise(tab, call, attempt),
    updateUser(user) {
      if (tab.state.held?.user.id === user.id) amend(tab, { user });
    },
    dispose() {
      unwake();
      unhear();
      cancel(tab);
      tab.disposed.cancel();
      close(tab);
      coordinator.close();
    },
  };
}
