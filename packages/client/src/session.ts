/** Keeps what this client holds in step with the store, the other tabs and the server's answers. */
import { leave, move, set } from './bus.js';
import { following, hearing } from './core/following.js';
import { identityOf } from './core/meaning.js';
import { heldFrom } from './core/record.js';
import { holding } from './core/state.js';
import { answerTab, known, post } from './nonces.js';
import { cancel, plan } from './plan.js';
import { clockOf } from './tab.js';
import { deviceSecret, forget, isForeign, look, write } from './vault.js';
import type { EndDetail, TokenAnswer } from './contract.js';
import type { Asked } from './nonces.js';
import type { Held } from './core/record.js';
import type { TabSignal } from './edges.js';
import type { Tab } from './tab.js';
import type { AnonymousReason } from './types.js';

type Ended = Extract<TabSignal, { type: 'signedOut' }>;

/** Milliseconds after which another process's write to the store is visible here. */
export const SETTLE_MS = 50;

/** Holds `next` without showing it yet. */
export function hold(tab: Tab, next: Held | null): void {
  const { epoch } = tab.state;
  tab.state = holding(tab.state, next, clockOf(tab));
  if (epoch !== tab.state.epoch) cancel(tab);
  plan(tab);
}

/** Shows what is held. */
export function show(tab: Tab, login = false): void {
  const { held } = tab.state;
  if (!held) return;
  move(tab, { status: 'authenticated', user: held.user, session: held.session }, {}, login);
}

/** Holds and stores what the server just issued. */
export function keep(tab: Tab, answer: TokenAnswer, login = false): void {
  const { id: sid, generation } = answer.session;
  const bond = login ? deviceSecret(tab) : known(tab, sid)?.held?.bond;
  const next: Held = { ...heldFrom(answer, tab.cookies, tab.env.now()), bond };
  if (login || !isForeign(tab)) write(tab, next, login);
  hold(tab, next);
  post(tab, { v: 1, type: 'changed', sid, generation });
  show(tab, login);
}

/** Replaces parts of what is held: an access token, the user. */
export function amend(tab: Tab, part: Partial<Held>): void {
  const { held, shown } = tab.state;
  if (!held) return;
  const next = { ...held, ...part };
  hold(tab, next);
  if (!isForeign(tab)) write(tab, next);
  if (identityOf(shown)) move(tab, { ...shown, user: next.user } as typeof shown);
}

/** Falls in with the store if that has moved on. Called before anything that uses a token. */
export function reconcile(tab: Tab): void {
  const { env } = tab;
  const seen = look(tab);
  const { held } = tab.state;
  const found = seen?.held ?? null;
  switch (following(tab.state, seen, isForeign(tab), tab.cookies)) {
    case 'vanish':
      hold(tab, null);
      // The user cleared the storage if even the install's secret is gone.
      leave(tab, tab.storage.get('device') ? 'signed_out_elsewhere' : 'storage_cleared');
      break;
    case 'repair':
      if (held) write(tab, held);
      break;
    case 'hold':
      hold(tab, found);
      break;
    case 'adopt':
      hold(tab, found && { ...found, receivedAt: found.receivedAt || env.now() });
      show(tab);
      break;
    case 'learn':
      hold(tab, null);
      move(tab, { status: 'restoring' });
      // The other tab's record is about to appear; only if it does not, the server is asked.
      tab.learning = new Promise<void>((resolve) => void env.later(SETTLE_MS, resolve)).then(() => {
        reconcile(tab);
        if (tab.state.shown.status === 'restoring') return tab.renew().catch(() => undefined);
        return undefined;
      });
      break;
    case null:
  }
}

/** Forgets the session `sid`. `alone`: other tabs may go on with it. */
function drop(tab: Tab, sid: string, alone = false): void {
  set(tab, { buried: sid });
  if (!alone) forget(tab, sid);
  hold(tab, null);
}

/** Forgets the session here and in the store, and tells the other tabs, which may `alone` go on with it. */
export function abandon(
  tab: Tab,
  reason: AnonymousReason,
  sid: string,
  detail: EndDetail | null = null,
  alone = false,
): void {
  // Before the store shows it: from the bell the others learn why, from the store only that.
  if (!alone) post(tab, { v: 1, type: 'signedOut', sid, reason, detail });
  drop(tab, sid, alone);
}

/** Forgets a session that the server ended, and shows it. `alone`: other tabs may go on with it. */
export function end(
  tab: Tab,
  reason: AnonymousReason,
  detail: EndDetail | null,
  sid: string,
  alone = false,
): void {
  abandon(tab, reason, sid, detail, alone);
  leave(tab, reason, detail);
}

/** Another tab says something; `null`: the store may have changed. */
export function hear(tab: Tab, signal: TabSignal | null): void {
  const [next, asked] = hearing(tab.state, signal);
  tab.state = next;
  if (asked === 'end') {
    const { sid, reason, detail } = signal as Ended;
    drop(tab, sid);
    const here = reason === 'signed_out' ? 'signed_out_elsewhere' : reason;
    leave(tab, here as AnonymousReason, detail);
  } else if (asked === 'answer') answerTab(tab, signal as Asked);
  else if (asked) {
    // The bell can be faster than the store, and the store than the bell, which alone knows why.
    if (asked === 'look') reconcile(tab);
    tab.env.later(SETTLE_MS, () => {
      reconcile(tab);
    });
  }
}
