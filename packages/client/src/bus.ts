/**
 * The state, and those who want to know.
 *
 * Listeners run later, in order, and are never awaited: no lock is held and no decision is half made
 * while foreign code runs, so a listener may throw or call the client as it likes.
 */
import { meaning } from './core/meaning.js';
import type { EndDetail } from './contract.js';
import type { How, Identity } from './core/meaning.js';
import type { State } from './core/state.js';
import type { TransientError } from './errors.js';
import type { AnonymousReason, AuthState, WarningCode } from './types.js';

type Listener = (data: never) => void;

/** The one place in which the state is kept. */
export interface Bus {
  state: State;
  readonly log: (message: string) => void;
  listeners: readonly { readonly event: string; readonly listener: Listener }[];
  readonly queue: [event: string, data: unknown][];
}

/** Changes parts of the state. */
export function set(bus: Bus, part: Partial<State>): void {
  bus.state = { ...bus.state, ...part };
}

function drain(bus: Bus): void {
  for (let next = bus.queue.shift(); next; next = bus.queue.shift()) {
    const [event, data] = next;
    for (const entry of bus.listeners.filter((one) => one.event === event)) {
      try {
        entry.listener(data as never);
      } catch {
        bus.log(`a listener of ${event} threw`);
        if (event !== 'warning') push(bus, 'warning', { code: 'listener_failed', event });
      }
    }
  }
}

function push(bus: Bus, event: string, data: unknown): void {
  if (bus.queue.push([event, data]) > 1) return;
  void Promise.resolve().then(() => {
    drain(bus);
  });
}

/** Moves on to `next` and tells what that means. */
export function move(bus: Bus, next: AuthState, how: How = {}, login = false): void {
  const { shown, basis } = bus.state;
  const { status } = next;
  bus.log(`${shown.status} -> ${status}${status === 'anonymous' ? ` (${next.reason})` : ''}`);
  // Looking again is no farewell: what comes after is compared with what was before.
  set(bus, { shown: next, basis: status === 'restoring' ? basis : next });
  push(bus, 'state', next);
  for (const [event, data] of Object.entries(meaning(basis, next, how, login)))
    push(bus, event, data);
}

/** Nobody is signed in. */
export function leave(
  bus: Bus,
  reason: AnonymousReason,
  detail: EndDetail | null = null,
  how?: How,
): void {
  move(bus, { status: 'anonymous', reason, detail }, how);
}

/** Signed in still, but for a passing reason without new tokens. */
export function degrade(bus: Bus, { user, session }: Identity, error: TransientError): void {
  move(bus, { status: 'degraded', user, session, error });
}

/** Tells subscribers that something besides the state changed. */
export function touch(bus: Bus): void {
  push(bus, 'state', bus.state.shown);
}

/** Says that something works less well than it could. */
export function warn(bus: Bus, code: WarningCode): void {
  push(bus, 'warning', { code });
}

/** Calls back for `event`; returns the function that stops that. */
export function listen(bus: Bus, event: string, listener: Listener): () => void {
  const entry = { event, listener };
  bus.listeners = [...bus.listeners, entry];
  return () => {
    bus.listeners = bus.listeners.filter((one) => one !== entry);
  };
}

/** Nobody hears anything from now on. */
export function close(bus: Bus): void {
  bus.listeners = [];
  bus.queue.length = 0;
}
