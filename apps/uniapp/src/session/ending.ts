/** Why one is on the sign-in page: how the last sign-out went, or why the session is over. */
import { useAuthStore } from '@tigertally/vue';
import type { EndDetail } from '@tigertally/client';
import { endingOf } from '@tigertally/client/words';
import type { EndingKey } from '@tigertally/client/words';
import { computed, shallowRef } from 'vue';
import type { ComputedRef } from 'vue';
import { client } from './client';

/** A session that ended without its reader's doing. */
export interface Ending {
  readonly reason: EndingKey;
  readonly detail: EndDetail | null;
}

/** What became of the last sign-out here. */
export interface Farewell {
  readonly told: 'asking' | 'confirmed' | 'unreached';
  /** When the session ends by itself, should the server never hear of it (RFC 3339). */
  readonly until: string | null;
}

export const farewell = shallowRef<Farewell | null>(null);

client.on('signedIn', () => {
  farewell.value = null;
});

/** The ending the sign-in page should explain, or `null`. */
export function useEnding(): ComputedRef<Ending | null> {
  const auth = useAuthStore();
  return computed(() => {
    const reason = auth.ended && endingOf(auth.ended.reason);
    return auth.ended && reason ? { reason, detail: auth.ended.detail } : null;
  });
}

/** Returns the function that signs out and keeps the sign-in page informed of how it went. */
export function useSignOut(): () => Promise<void> {
  const auth = useAuthStore();
  return async () => {
    const expiry = auth.session?.refresh_expires_at;
    const until = typeof expiry === 'string' ? expiry : null;
    const asking: Farewell = { told: 'asking', until };
    farewell.value = asking;
    const { serverConfirmed } = await auth.signOut();
    // Unless somebody signed in while the server thought about it.
    if (farewell.value === asking)
      farewell.value = { told: serverConfirmed ? 'confirmed' : 'unreached', until };
  };
}
