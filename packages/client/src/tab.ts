/** One client at work: its state and vault, its edges, and what is under way. */
import { createCancel, mortal } from './cancel.js';
import { warn } from './bus.js';
import { INITIAL } from './core/state.js';
import { originOf } from './places.js';
import { sturdy } from './storages.js';
import type { Bus } from './bus.js';
import type { Cancel } from './cancel.js';
import type { Clock } from './core/state.js';
import type { AuthClientOptions, SignedIn } from './types.js';
import type { Vault } from './vault.js';

/** See the module's head. */
export interface Tab extends Vault {
  readonly options: AuthClientOptions;
  /** What the keys of the store and the lock begin with. */
  readonly name: string;
  /** What precedes `/api/…`. */
  readonly base: string;
  readonly disposed: Cancel;
  /** True for addresses of the servers that may see a token. */
  readonly isOurs: (url: string) => boolean;
  /** Refreshes what is held. For parts on which refreshing itself is built, and for timers. */
  readonly renew: () => Promise<void>;
  /** The refresh under way, and what gives it up. */
  refreshing?: Promise<void> | undefined;
  stop?: Cancel;
  /** Forgets the planned refresh. */
  unplan?: () => void;
  /** Settles when cookies that are not known to be this user's have been looked into. */
  learning?: Promise<unknown>;
  /** The sign-in under way. */
  entering?: { readonly key: string; readonly promise: Promise<SignedIn> } | undefined;
  /** The sign-out, or its delivery, under way. */
  leaving?: Promise<boolean> | undefined;
  /** `client.ready`. */
  readonly ready: Promise<void>;
  readonly settle: () => void;
  begun?: true;
}

/** Both clocks, now. */
export const clockOf = ({ env }: Tab): Clock => ({ now: env.now(), monotonic: env.monotonic() });

/** Makes the tab of one client; nothing has begun. */
export function createTab(options: AuthClientOptions, renew: (tab: Tab) => Promise<void>): Tab {
  const { delivery, baseUrl = '', origins = [] } = options;
  const cookies = delivery === 'cookie';
  const name = (!cookies && options.name) || 'tally';
  const disposed = createCancel();
  const env = mortal(options.env, disposed);
  const base = baseUrl.replace(/\/+$/, '');
  const home = (url: string): string | null => originOf(url, env.origin);
  const trusted = [base, ...origins].map(home);
  const { debug } = options;
  // Called by itself: as a method of the tab, it would be handed the tab, which holds tokens.
  const log = (text: string): void => {
    debug?.(text);
  };
  const bus: Bus = { state: INITIAL, log, listeners: [], queue: [] };
  if (options.name && options.name !== name) warn(bus, 'name_ignored');
  let settle = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const tab: Tab = Object.assign(bus, {
    options,
    name,
    base,
    disposed,
    env,
    cookies,
    ready,
    settle,
    isOurs: (url: string) => {
      const target = home(url);
      return target !== null && trusted.includes(target);
    },
    cookieReadable: env.readCookie !== undefined && trusted[0] === env.origin,
    storage: sturdy(options.storage, name, () => {
      warn(bus, 'storage_unavailable');
    }),
    record: { text: null, held: null },
    renew: () => renew(tab),
  });
  return tab;
}
