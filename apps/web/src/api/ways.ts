import type { Identity } from '@tigertally/client';
import { isOffered } from '@/session/provider_page';
import { http } from '@/session/http';

/** How one can sign in to the account. */
export interface Ways {
  readonly identities: readonly Identity[];
  readonly hasPassword: boolean;
  /** Whether another account of the provider can be linked from here. */
  readonly offered: boolean;
}

export async function fetchWays(signal: AbortSignal): Promise<Ways> {
  interface Answer {
    readonly identities: readonly Identity[];
    readonly has_password: boolean;
  }
  const [{ data }, offered] = await Promise.all([
    http.get<Answer>('/auth/identities', { signal }),
    isOffered(),
  ]);
  return { identities: data.identities, hasPassword: data.has_password, offered };
}

export async function unlinkIdentity(id: string): Promise<void> {
  await http.delete(`/auth/identities/${encodeURIComponent(id)}`);
}
