import type { Contact, User } from '@tigertally/client';
import type { Channel } from '@/session/offers';

/** An address or number, as the list shows it. */
export interface Entry {
  /** `null`: the address of the profile, which nobody added to the contacts yet. */
  readonly id: string | null;
  readonly channel: Channel;
  readonly value: string;
  readonly verified: boolean;
  /** Since when (RFC 3339), where that is known. */
  readonly since: string | null;
}

/** The contacts, and the address of the profile if it is not among them. */
export function entriesOf(user: User | null, contacts: readonly Contact[]): readonly Entry[] {
  const found = contacts.map(({ id, kind, value, verified_at: since }): Entry => ({
    ...{ id, channel: kind, value, since },
    verified: since !== null,
  }));
  const address = user?.email;
  const folded = address?.toLowerCase();
  if (!address || found.some(({ value }) => value.toLowerCase() === folded)) return found;
  const verified = user.email_verified;
  return [{ id: null, channel: 'email', value: address, verified, since: null }, ...found];
}

/** A number as people read it: `+86 138 0013 8000`. */
export const shown = ({ channel, value }: Pick<Entry, 'channel' | 'value'>): string =>
  channel === 'phone' ? value.replace(/^\+86(\d{3})(\d{4})(\d{4})$/, '+86 $1 $2 $3') : value;
