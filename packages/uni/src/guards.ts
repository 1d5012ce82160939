/** Which pages are for whom. uni-app has no router, so pages are judged wherever they can appear. */
import type { AuthClient, AuthState } from '@tigertally/client';

declare const uni: {
  addInterceptor(method: string, interceptor: { invoke: (call: NavigationCall) => unknown }): void;
  removeInterceptor(method: string, interceptor?: unknown): void;
  reLaunch(options: { url: string; success?: () => void; fail?: () => void }): unknown;
};
declare function getCurrentPages(): readonly OpenPage[];

interface OpenPage {
  readonly route?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly $page?: { readonly fullPath?: string };
}

interface NavigationCall {
  readonly url?: unknown;
  readonly success?: (answer: { errMsg: string }) => void;
  readonly complete?: (answer: { errMsg: string }) => void;
}

/** Who may see what. Paths as in `pages.json`, with a slash in front. */
export interface PageRules {
  /** Where visitors are sent to sign in. Counts as one of `guest`. */
  readonly login: string;
  /** Where to go when there is nowhere else. */
  readonly home: string;
  /** For visitors only; signed-in users go on to where they wanted. */
  readonly guest?: readonly string[];
  /** For everybody. All other pages need somebody signed in. */
  readonly open?: readonly string[];
}

/** What becomes of a page: seen, sent to sign in, or past the sign-in to where one wanted. */
export type PageVerdict = 'stay' | 'login' | 'onward';

/** See {@link installPageGuards}. */
export interface PageGuards {
  /** Judges the page that is open; for `onShow` of the app and its pages. */
  check(): void;
  uninstall(): void;
}

/** Decides about one page. While it is not known whose session this is, everything stays as it is. */
export function judgePage(url: string, state: AuthState, rules: PageRules): PageVerdict {
  const path = url.replace(/[?#][^]*$/, '');
  const guest = path === rules.login || rules.guest?.includes(path) === true;
  switch (state.status) {
    case 'authenticated':
    case 'degraded':
      return guest ? 'onward' : 'stay';
    case 'signingOut':
      break;
    case 'anonymous':
      if (state.reason !== 'unreachable') break;
      return 'stay';
    default:
      return 'stay';
  }
  return guest || rules.open?.includes(path) === true ? 'stay' : 'login';
}

/** Why a page is judged: somebody goes there, or the state changed while it is open. */
export type Cause = 'visit' | 'change';

/** Where to go instead of a page, or `null` to stay, and which page to come back to after signing in. */
export interface Turn {
  readonly target: string | null;
  readonly wayBack: string | null;
}

/** Decides where a look at the page `url` leads. `wayBack`: the page to come back to until now. */
export function steer(
  url: string,
  cause: Cause,
  wayBack: string | null,
  state: AuthState,
  rules: PageRules,
): Turn {
  const verdict = judgePage(url, state, rules);
  if (verdict === 'stay') return { target: null, wayBack };
  if (verdict === 'onward') return { target: wayBack ?? rules.home, wayBack: null };
  // Signing out is no interruption to come back from; what is visited afterwards is.
  const onPurpose = state.status === 'anonymous' && /^signed_out/.test(state.reason);
  const left = state.status === 'signingOut' || (cause === 'change' && onPurpose);
  return { target: rules.login, wayBack: left || url === rules.home ? null : url };
}

/** The address `url` means on the page `here`: absolute ones as they are, `../a/b` resolved. */
export function resolvePage(url: string, here: string): string {
  if (url.startsWith('/')) return url;
  const steps = here
    .replace(/[?#][^]*$/, '')
    .split('/')
    .slice(0, -1);
  const [path = '', query] = url.split(/(?=[?#])/, 2);
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/').replace(/^(?!\/)/, '/') + (query ?? '');
}

/** The address of the page that is open, or `''` before there is one. */
function currentPage(): string {
  const [page] = getCurrentPages().slice(-1);
  if (!page?.route) return '';
  if (page.$page?.fullPath) return page.$page.fullPath;
  const query = Object.entries(page.options ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  return `/${page.route}${query.length ? `?${query.join('&')}` : ''}`;
}

const NAVIGATIONS = ['navigateTo', 'redirectTo', 'reLaunch', 'switchTab'] as const;

/** Judges navigations before they happen, but our own. `admit`: true if a page may be seen. */
function createInterceptor(
  client: Pick<AuthClient, 'state' | 'ready'>,
  isOurs: () => boolean,
  admit: (url: string) => boolean,
): { invoke: (call: NavigationCall) => unknown } {
  return {
    invoke(call) {
      if (isOurs() || typeof call.url !== 'string') return call;
      const url = resolvePage(call.url, currentPage());
      const pass = (): boolean => {
        if (admit(url)) return true;
        // Whoever waits for the navigation hears that it is over, as of a router's redirect.
        const answer = { errMsg: 'ok, redirected by the page guards' };
        call.success?.(answer);
        call.complete?.(answer);
        return false;
      };
      const known = !/^(init|restoring)$/.test(client.state.status);
      if (known) return pass() && call;
      return client.ready.then(() => (pass() ? call : new Promise(() => undefined)));
    },
  };
}

/**
 * Guards the pages of an app with four nets: navigations are judged before they happen, the first page
 * as soon as the state is known, the open one whenever the state changes, and any page that is shown,
 * since a tap on a native tab bar and the browser's back button pass by the interceptors.
 *
 * The way back is kept in memory, not in the address, where somebody else could write it.
 */
export function installPageGuards(
  client: Pick<AuthClient, 'state' | 'ready' | 'subscribe'>,
  rules: PageRules,
): PageGuards {
  let wayBack: string | null = null;
  let going = false;

  const go = (url: string): void => {
    if (going) return;
    going = true;
    uni.reLaunch({
      url,
      success: () => {
        going = false;
        check();
      },
      fail: () => {
        going = false;
        // A tab page with a query, or a page that a new version no longer has.
        if (url !== rules.home && url !== rules.login) go(rules.home);
      },
    });
  };
  /** Leads away from `url` where it is not to be seen. True if it may be. */
  const admit = (url: string, cause: Cause): boolean => {
    const turn = steer(url, cause, wayBack, client.state, rules);
    wayBack = turn.wayBack;
    if (turn.target !== null) go(turn.target);
    return turn.target === null;
  };
  const judge = (cause: Cause): void => {
    const here = currentPage();
    if (here !== '') admit(here, cause);
  };
  const check = (): void => {
    judge('visit');
  };
  const interceptor = createInterceptor(
    client,
    () => going,
    (url) => admit(url, 'visit'),
  );

  for (const method of NAVIGATIONS) uni.addInterceptor(method, interceptor);
  const unsubscribe = client.subscribe(() => {
    judge('change');
  });
  void client.ready.then(check);
  return {
    check,
    uninstall() {
      unsubscribe();
      for (const method of NAVIGATIONS) uni.removeInterceptor(method, interceptor);
    },
  };
}
