import type { Me, ProfilePatch, User } from '@tigertally/client';
import type { Deadline } from '@tigertally/vue';
import { http } from '@/session/http';

/** Who is signed in, and the two halves of the session. */
export interface Standing {
  readonly user: User;
  readonly tokenType: string;
  /** RFC 3339. */
  readonly issuedAt: string;
  readonly expiresAt: string;
  /** When the access half expires, by this page's monotonic clock. */
  readonly deadline: Deadline;
  readonly signedInAt: string;
  /** When the refresh half expires. */
  readonly refreshUntil: string;
}

const instant = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString();

export async function fetchStanding(signal: AbortSignal): Promise<Standing> {
  const { data, headers } = await http.get<Me>('/me', { signal });
  const measuredAt = performance.now();
  // The server's own "now": the visitor's clock may be hours off.
  const serverNow = Date.parse(String(headers.date ?? '')) || Date.now();
  return {
    user: data.user,
    tokenType: data.token_type,
    issuedAt: instant(data.login_time),
    expiresAt: instant(data.expiration_time),
    deadline: { seconds: data.expiration_time - serverNow / 1000, measuredAt },
    signedInAt: data.session.created_at,
    refreshUntil: data.session.refresh_expires_at,
  };
}

export async function saveDisplayName(name: string): Promise<User> {
  const change: ProfilePatch = { display_name: name || null };
  const { data } = await http.patch<{ user: User }>('/me', change);
  return data.user;
}

/** `current` is `null` for an account that has no password yet. */
export async function changePassword(current: string | null, wanted: string): Promise<void> {
  const known = current === null ? {} : { current_password: current };
  await http.put('/auth/password', { ...known, new_password: wanted });
}

export async function deleteAccount(): Promise<void> {
  await http.delete('/me');
}
