/** When the next refresh is tried, and how the one under way is given up. */
import { set } from './bus.js';
import { rested } from './core/pace.js';
import { renewalIn } from './core/state.js';
import { clockOf } from './tab.js';
import type { Tab } from './tab.js';

/** No clock and no lifetime, however odd, makes the timer spin. */
const SHORTEST_TIMER_MS = 1000;
/** Below 2³¹: a longer timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 30;

/** Forgets the back-off. */
export function rest(tab: Tab): void {
  set(tab, { pace: rested(tab.state.pace) });
}

/** Gives up the refresh under way; its result is discarded. */
export function cancel(tab: Tab): void {
  tab.refreshing = undefined;
  rest(tab);
  tab.stop?.cancel();
}

/** Plans the next refresh; called after every change of what is held. */
export function plan(tab: Tab): void {
  const { env } = tab;
  tab.unplan?.();
  const due = renewalIn(tab.state, clockOf(tab), env.random());
  if (due === null) return;
  const begin = (): void => {
    // Nobody looks: `wake` will see to it.
    if (!env.visible()) return;
    if (due > LONGEST_TIMER_MS) plan(tab);
    else void tab.renew().catch(() => undefined);
  };
  const ms = Math.min(Math.max(due, SHORTEST_TIMER_MS), LONGEST_TIMER_MS);
  tab.unplan = env.later(ms, begin, true);
}
