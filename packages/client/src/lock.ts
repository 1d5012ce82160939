/** The lock that all refreshes and cookie sign-ins of one browser share. */
import { cancelled, inTime } from './cancel.js';
import type { Lease } from './edges.js';
import type { Tab } from './tab.js';
import type { CancelSignal } from './types.js';

/** How long a lock, and then the answer to a refresh, is waited for. */
export const PATIENCE_MS = 8000;

/**
 * Waits for the lock, but never longer than {@link PATIENCE_MS}, whatever the coordinator does: then
 * `null`, and the caller goes on without it. A lock is an economy, not a safety.
 */
export async function acquireLock(tab: Tab, signal: CancelSignal): Promise<Lease | null> {
  let lease: Lease | null = null;
  let open = true;
  const wanted = new Promise<Lease | null>((granted) => {
    granted(tab.options.coordinator.acquire(`${tab.name}.refresh`, PATIENCE_MS));
  }).then((granted) => {
    // Granted after we went on without it: the next one in the line must not wait for us.
    if (open) lease = granted;
    else granted?.release();
  });
  await inTime(tab.env, PATIENCE_MS, wanted, [signal], () => cancelled(false)).catch(
    () => undefined,
  );
  open = false;
  return lease;
}
