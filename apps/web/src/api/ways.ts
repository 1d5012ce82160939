import type { Identity } from '@tigertally/client';
import { loadOffers, offers } from '@/session/offers';
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
  const [{ data }] = await Promise.all([
    http.get<Answer>('/auth/identities', { signal }),
    loadOffers(),
  ]);
  const { identities, has_password: hasPassword } = data;
  return { identities, hasPassword, offered: offers.value.wechat };
}

export async function unlinkIdentity(id: string): Promise<void> {
  await http.delete(`/auth/identities/${encodeURIComponent(id)}`);
}
