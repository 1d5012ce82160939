/** What the model of the service answers, held by types to the contract. */
import type { components } from '../../src/contract.generated.js';
import type { Row } from './rows.js';

export type Schemas = components['schemas'];

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `null` clears. */
  readonly cookies?: Readonly<Record<string, string | null>>;
}

export interface Device {
  readonly type: Schemas['DeviceType'];
  readonly name: string | null;
}

/** Where every call comes from. */
export const ADDRESS = '127.0.0.1';

const STATUS = {
  invalid_request: 400,
  invalid_credentials: 401,
  token_missing: 401,
  token_invalid: 401,
  token_expired: 401,
  session_ended: 401,
  session_unknown: 401,
  csrf_failed: 403,
  fresh_token_required: 403,
  not_found: 404,
  refresh_stale: 409,
  username_taken: 409,
} as const satisfies Partial<Record<Schemas['ErrorCode'], number>>;

const CLEARED = { tally_access: null, tally_csrf: null, tally_refresh: null, tally_remember: null };

const JSON_TYPE = { 'content-type': 'application/json' };

/** An error as the service words it; tests send others, too. */
export function serverError(
  status: number,
  code: string,
  more: Readonly<Record<string, unknown>> = {},
): Reply {
  const wait = more.retry_after;
  return {
    status,
    headers: { ...JSON_TYPE, ...(typeof wait === 'number' && { 'retry-after': String(wait) }) },
    body: { code, message: `fake: ${code}`, status, ...more },
  };
}

/** One of the service's own refusals. */
export const refusal = (code: keyof typeof STATUS, more: Partial<Schemas['Error']> = {}): Reply =>
  serverError(STATUS[code], code, more);

/** A request with members that do not fit. */
export const misfit = (...fields: string[]): Reply =>
  refusal('invalid_request', {
    fields: Object.fromEntries(fields.map((name) => [name, ['fake: does not fit']])),
  });

/** A session that is over, and who ended it when. */
export const over = (reason: string, at: number, name: string | null, ip: string | null): Reply =>
  refusal('session_ended', {
    reason: reason as Schemas['EndReason'],
    ended_at: instant(at),
    by: { device_name: name, ip },
  });

/** An answer with a body of the contract. */
export const answer = <Name extends keyof Schemas>(
  _schema: Name,
  body: Schemas[Name],
  status = 200,
): Reply => ({ status, headers: JSON_TYPE, body });

/** The same, and every cookie of ours is cleared. */
export const cleared = (reply: Reply): Reply => ({ ...reply, cookies: CLEARED });

export const done = (): Reply => answer('Done', { message: 'bye' });

/** RFC 3339, as the service writes times; `ms` since 1970. */
export const instant = (ms: number): string => new Date(ms).toISOString();

export const userOf = (name: string): Schemas['User'] => ({
  id: `id-${name}`,
  username: name,
  display_name: name.toUpperCase(),
  email: null,
  email_verified: false,
  locale: null,
  roles: ['user'],
  permissions: ['news:read'],
  avatar_file_id: null,
  created_at: instant(1_799_000_000_000),
});

export const sessionOf = (row: Row, current: boolean): Schemas['Session'] => ({
  id: row.id,
  generation: row.generation,
  device_type: row.device.type,
  device_name: row.device.name,
  user_agent: null,
  ip: ADDRESS,
  created_at: instant(row.createdAt),
  last_seen_at: instant(row.seen?.at ?? row.rotatedAt),
  expires_at: instant(row.absoluteAt),
  refresh_expires_at: instant(Math.min(row.idleAt, row.absoluteAt)),
  current,
});

export const meOf = (row: Row, now: number): Schemas['Me'] => ({
  username: row.user,
  permissions: userOf(row.user).permissions,
  login_time: Math.floor(row.createdAt / 1000),
  expiration_time: Math.floor(now / 1000) + 900,
  token_type: 'access',
  user: userOf(row.user),
  session: sessionOf(row, true),
});
