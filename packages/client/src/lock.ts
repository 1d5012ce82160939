/** The lock that all refreshes and cookie sign-ins of one browser share. */
import type { Coordinator, Env, Lease } from './edges.js';
import type { CancelSignal } from './types.js';

/** How long a lock, and then the answer to a refresh, is waited for. */
export const PATIENCE_MS = 8000;

/**
 * Waits for the lock, but never longer than {@link PATIENCE_MS}, whatever the coordinator does: then
 * `null`, and the caller goes on without it. A lock is an economy, not a safety.
 */
export function acquireLock(
  coordinator: Coordinator,
  env: Env,
  name: string,
  signal: CancelSignal,
): Promise<Lease | null> {
  return new Promise((resolve) => {
    let open = true;
    const finish = (lease: Lease | null): void => {
      // Granted after we went on without it: the next one in the line must not wait for us.
      if (!open) lease?.release();
      open = false;
      unwait();
      signal.removeEventListener('abort', giveUp);
      resolve(lease);
    };
    const giveUp = (): void => {
      finish(null);
    };
    const unwait = env.later(PATIENCE_MS, giveUp);
    signal.addEventListener('abort', giveUp);
    const wanted = new Promise<Lease | null>((granted) => {
      granted(coordinator.acquire(`${name}.refresh`, PATIENCE_MS));
    });
    wanted.then(finish, giveUp);
  });
}
