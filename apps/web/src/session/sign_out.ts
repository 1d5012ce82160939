import { useAuthStore } from '@tigertally/vue';
import { farewell } from './farewell';

/** Returns the function that signs out and keeps the sign-in page informed of how it went. */
export function useSignOut(): (options?: { readonly everywhere?: boolean }) => Promise<void> {
  const auth = useAuthStore();
  return async (options) => {
    const until = auth.session?.refresh_expires_at ?? null;
    farewell.value = { told: 'asking', until };
    const { serverConfirmed } = await auth.signOut(options);
    farewell.value = { told: serverConfirmed ? 'confirmed' : 'unreached', until };
  };
}
