/**
 * A faithful model of the service (protocol §3): rotation, bound nonces, idempotent replays, stale
 * copies, reuse detection, CSRF. Strict: a client that errs loses its session here.
 */
import type { World } from './world.js';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly cookies: Readonly<Record<string, string>>;
  readonly at: number;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `null` clears. */
  readonly cookies?: Readonly<Record<string, string | null>>;
}

/** What goes wrong with a call: nothing, no connection, no answer, a lost answer, another answer. */
export type Fault = undefined | 'network' | 'hang' | 'lost' | Reply;

interface Row {
  readonly id: string;
  readonly user: string;
  readonly delivery: string;
  generation: number;
  /** generation -> the nonce that made its child. */
  readonly ring: Map<number, string>;
  rotatedAt: number;
  confirmed: boolean;
  ended: string | null;
}

type Fields = Record<string, unknown>;

const error = (status: number, code: string, more: Fields = {}): Reply => ({
  status,
  headers: {
    'content-type': 'application/json',
    ...(typeof more.retry_after === 'number' && { 'retry-after': String(more.retry_after) }),
  },
  body: { code, message: `fake: ${code}`, status, ...more },
});

const ticketOf = (sid: string): string => `${sid}.SECRET-ticket-of-${sid}`;

const ok = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body,
});

export type FakeServer = ReturnType<typeof createServer>;

export function createServer(world: World) {
  const rows = new Map<string, Row>();
  const access = new Map<string, { sid: string; gen: number; expires: number }>();
  const refresh = new Map<string, { sid: string; gen: number }>();
  const calls: Call[] = [];
  let issued = 0;
  const server = {
    accessTtl: 900,
    refreshTtl: 604_800,
    /** One way, in milliseconds. */
    latency: () => 10,
    fault: (_call: Call): Fault => undefined,
    /** Answers the application's own paths, and what this model knows no more of. */
    app: (call: Call, user: string, sid: string): Reply =>
      ok(call.path === '/api/auth/sessions' ? { sessions: listed(user, sid) } : { ok: true }),
    calls,
    rows,
    count: (path: string) => calls.filter((call) => call.path === path).length,
    row: (sid: string) => rows.get(sid) as Row,
    end(sid: string, reason: string) {
      server.row(sid).ended = reason;
    },
    /** Makes every access token unusable, as a server restart with a new key does. */
    expireAccess() {
      for (const token of access.values()) token.expires = 0;
    },
    tokensEverIssued: () => [
      ...access.keys(),
      ...refresh.keys(),
      ...[...rows.keys()].map(ticketOf),
    ],
    handle,
  };

  const listed = (user: string, sid: string) =>
    [...rows.values()]
      .filter((row) => row.user === user && row.ended === null)
      .map(({ id }) => ({ id, current: id === sid }));
  const userOf = (name: string) => ({
    id: `id-${name}`,
    username: name,
    display_name: name.toUpperCase(),
    email: null,
    email_verified: false,
    roles: ['user'],
  });
  const issue = (row: Row): Reply => {
    const at = `SECRET-access-${row.id}-${row.generation}-${++issued}`;
    const rt = `SECRET-refresh-${row.id}-${row.generation}-${row.ring.get(row.generation - 1) ?? ''}`;
    const csrf = `${row.id}.${row.generation}.SECRETmac${row.id}`;
    access.set(at, {
      sid: row.id,
      gen: row.generation,
      expires: world.now() + server.accessTtl * 1000,
    });
    refresh.set(rt, { sid: row.id, gen: row.generation });
    const cookie = row.delivery === 'cookie';
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        message: 'ok',
        status: 200,
        token_type: 'Bearer',
        expires_in: server.accessTtl,
        refresh_expires_in: server.refreshTtl,
        user: userOf(row.user),
        session: {
          id: row.id,
          generation: row.generation,
          device_type: 'web',
          device_name: 'a test',
        },
        replaced_sessions: [],
        ...(cookie
          ? { csrf_token: csrf }
          : { access_token: at, refresh_token: rt, sign_out_ticket: ticketOf(row.id) }),
      },
      ...(cookie && { cookies: { tally_access: at, tally_refresh: rt, tally_csrf: csrf } }),
    };
  };
  const ended = (row: Row): Reply =>
    error(401, 'session_ended', {
      reason: row.ended,
      ended_at: '2026-01-01T00:00:00Z',
      by: { device_name: 'another', ip: '192.0.2.7' },
    });
  const csrfOk = (call: Call): boolean =>
    call.headers['x-csrf-token'] !== undefined &&
    call.headers['x-csrf-token'] === call.cookies.tally_csrf;

  function login(call: Call): Reply {
    const { username, password, delivery = 'body' } = call.body as Fields;
    if (password !== 'right') return error(401, 'invalid_credentials');
    const nonce = call.headers['tally-nonce'] ?? '';
    if (!/^[\w-]{16,128}$/.test(nonce)) return error(400, 'invalid_request', { fields: {} });
    const row: Row = {
      id: `sid${rows.size + 1}`,
      user: String(username),
      delivery: String(delivery),
      generation: 0,
      ring: new Map(),
      rotatedAt: 0,
      confirmed: false,
      ended: null,
    };
    rows.set(row.id, row);
    return issue(row);
  }

  function rotate(call: Call): Reply {
    const bearer = call.headers.authorization?.replace(/^Bearer /, '');
    const presented = bearer ?? call.cookies.tally_refresh;
    if (presented === undefined) return error(401, 'token_missing');
    if (bearer === undefined && !csrfOk(call)) return error(403, 'csrf_failed');
    const token = refresh.get(presented);
    const row = token && rows.get(token.sid);
    if (!token || !row) return error(401, 'token_invalid');
    if (bearer === undefined && (call.body as Fields | null)?.generation !== token.gen)
      return error(409, 'refresh_stale');
    if (row.ended !== null) return ended(row);
    if (token.gen > row.generation) return error(401, 'session_unknown');
    const nonce = call.headers['tally-nonce'];
    const known = nonce !== undefined && row.ring.get(token.gen) === nonce;
    if (nonce !== undefined && token.gen === row.generation) {
      row.ring.set(token.gen, nonce);
      row.generation++;
      row.rotatedAt = world.now();
      row.confirmed = false;
      return issue(row);
    }
    const child = token.gen === row.generation - 1;
    if (known && child && (!row.confirmed || world.now() - row.rotatedAt <= 10_000))
      return issue(row);
    if (known) return error(409, 'refresh_stale');
    row.ended = 'refresh_reused';
    return ended(row);
  }

  function logout(call: Call): Reply {
    const ticket = (call.body as Fields | null | undefined)?.sign_out_ticket;
    if (ticket !== undefined) {
      const row = [...rows.values()].find(({ id }) => ticketOf(id) === ticket);
      if (!row) return error(401, 'token_invalid');
      row.ended ??= 'logged_out';
      return ok({ message: 'bye' });
    }
    const cookie = call.cookies.tally_access ?? call.cookies.tally_refresh;
    const presented = call.headers.authorization?.replace(/^Bearer /, '') ?? cookie ?? '';
    if (call.headers.authorization === undefined && !csrfOk(call)) return error(403, 'csrf_failed');
    const token = access.get(presented) ?? refresh.get(presented);
    if (!token) return error(401, 'token_invalid');
    const row = server.row(token.sid);
    row.ended ??= 'logged_out';
    const cleared = { tally_access: null, tally_refresh: null, tally_csrf: null };
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { message: 'bye' },
      cookies: cleared,
    };
  }

  /** The row behind a valid access token, or the refusal. */
  function authenticate(call: Call): Row | Reply {
    const bearer = call.headers.authorization?.replace(/^Bearer /, '');
    const presented = bearer ?? call.cookies.tally_access;
    if (presented === undefined) return error(401, 'token_missing');
    const token = access.get(presented);
    if (!token) return error(401, 'token_invalid');
    const row = server.row(token.sid);
    if (row.ended !== null) return ended(row);
    if (token.expires <= world.now()) return error(401, 'token_expired');
    const safe = /^(GET|HEAD)$/.test(call.method);
    if (bearer === undefined && !safe && !csrfOk(call)) return error(403, 'csrf_failed');
    if (token.gen === row.generation) row.confirmed = true;
    return row;
  }

  function logoutAll(call: Call): Reply {
    const row = authenticate(call);
    if ('status' in row) return row;
    for (const each of rows.values()) if (each.user === row.user) each.ended ??= 'logged_out';
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { message: 'all' },
      cookies: { tally_access: null, tally_refresh: null, tally_csrf: null },
    };
  }

  function reauthenticate(call: Call): Reply {
    const row = authenticate(call);
    if ('status' in row) return row;
    const { password, code } = call.body as Fields;
    const wrong = call.path.endsWith('/wechat-web') ? code !== 'right' : password !== 'right';
    if (wrong) return error(401, 'invalid_credentials');
    const { body, ...rest } = issue(row);
    const { access_token, expires_in } = body as Fields;
    return { ...rest, body: { access_token, expires_in } };
  }

  function handle(call: Call): Reply {
    if (call.path === '/api/auth/login') return login(call);
    if (call.path === '/api/auth/refresh') return rotate(call);
    if (call.path === '/api/auth/logout') return logout(call);
    if (call.path === '/api/auth/logout_all') return logoutAll(call);
    if (call.path.startsWith('/api/auth/reauthenticate')) return reauthenticate(call);
    if (call.path === '/api/auth/register') {
      const { username } = call.body as Fields;
      if (username === 'taken') return error(409, 'username_taken');
      return { ...ok({ message: 'ok', status: 200, user: userOf(String(username)) }), status: 201 };
    }
    const row = authenticate(call);
    return 'status' in row ? row : server.app(call, row.user, row.id);
  }
  return server;
}

export { error as serverError };
