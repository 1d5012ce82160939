import type { Session, User } from '@tigertally/client';
import { client } from '@/session/client';

/** Who is signed in, and the two halves of the session. */
export interface Standing {
  readonly user: User;
  /** When the access half expires, by this device's clock. */
  readonly accessUntil: number;
  /** When the refresh half expires (RFC 3339). */
  readonly refreshUntil: string | null;
  readonly signedInAt: string | null;
}

interface Me {
  readonly expiration_time: number;
  readonly user: User;
  readonly session: Session;
}

const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export async function fetchStanding(): Promise<Standing> {
  const answer = await client.request({ url: '/api/me' });
  const me = answer.body as Me;
  // The server's own "now": this device's clock may be hours off.
  const serverNow = Date.parse(answer.header('date') ?? '') || Date.now();
  return {
    user: me.user,
    accessUntil: Date.now() + me.expiration_time * 1000 - serverNow,
    refreshUntil: textOr(me.session.refresh_expires_at),
    signedInAt: textOr(me.session.created_at),
  };
}
