/** Restores what the store says, once. */
import { degrade, leave, move } from './bus.js';
import { remaining } from './core/state.js';
import { TransientError } from './errors.js';
import { deliver } from './farewell.js';
import { refresh } from './refresher.js';
import { hold, reconcile, show } from './session.js';
import { clockOf } from './tab.js';
import { look, mark } from './vault.js';
import type { Tab } from './tab.js';

/** The page must have something to show after this long, whatever the server does. */
const READY_MS = 4000;

/** The refresh that decides, or `null` where the store said enough. */
function restore(tab: Tab): Promise<void> | null {
  move(tab, { status: 'restoring' });
  const seen = look(tab);
  void deliver(tab);
  if (!seen) {
    leave(tab, mark(tab) === null ? 'never' : 'signed_out');
    return null;
  }
  if (seen.held) hold(tab, seen.held);
  if (remaining(tab.state, clockOf(tab)) <= 0) return refresh(tab).catch(() => undefined);
  show(tab);
  return null;
}

/** Begins, if nobody has; settles when there is something to show. Never rejects. */
export function start(tab: Tab): Promise<void> {
  if (tab.begun) return tab.ready;
  tab.begun = true;
  const done = (): void => {
    stop();
    const { shown, held } = tab.state;
    if (shown.status === 'restoring') {
      if (held) degrade(tab, held, new TransientError('timeout'));
      else leave(tab, 'unreachable');
    }
    tab.settle();
  };
  const stop = tab.env.later(READY_MS, done);
  const restoring = restore(tab);
  if (restoring) void restoring.then(done);
  else done();
  return tab.ready;
}

/** Settles when the state is known and no sign-out of this browser is on its way. Never rejects. */
export async function settled(tab: Tab): Promise<void> {
  await start(tab);
  reconcile(tab);
  await tab.learning;
  await tab.leaving;
}
