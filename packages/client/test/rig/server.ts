/**
 * A model of the service, held to the contract's transcripts of what the service answers by
 * `vectors.test.ts`. Strict: a client that errs loses its session here.
 */
import * as answers from './answers.js';
import { ADDRESS, answer, cleared, misfit, refusal } from './answers.js';
import { decide, endOf, open, rotate, see, slide } from './rows.js';
import { type Call, carried, meantBy, originFits } from './calls.js';
import type { Device, Reply } from './answers.js';
import type { Presented, Row } from './rows.js';
import type { World } from './world.js';

export type { Call } from './calls.js';
export type { Reply } from './answers.js';
export { serverError } from './answers.js';

/** What goes wrong with a call: nothing, no connection, no answer, a lost answer, another answer. */
export type Fault = undefined | 'network' | 'hang' | 'lost' | Reply;

interface Access {
  readonly sid: string;
  readonly generation: number;
  readonly proof: number;
  readonly freshUntil: number;
  expires: number;
}

/** Who makes a call with an access token. */
interface Caller {
  readonly row: Row;
  readonly fresh: boolean;
  readonly generation: number;
  readonly byCookie: boolean;
}

const NONCE = /^[\w-]{16,128}$/;
const ticketOf = (sid: string): string => `${sid}.SECRET-ticket-of-${sid}`;

export type FakeServer = ReturnType<typeof createServer>;

export function createServer(world: World) {
  const rows = new Map<string, Row>();
  const access = new Map<string, Access>();
  const refresh = new Map<string, Presented>();
  const passwords = new Map<string, string>();
  const calls: Call[] = [];
  let issued = 0;
  let opened = 0;
  const server = {
    accessTtl: 900,
    refreshTtl: 604_800,
    sessionTtl: 2_592_000,
    freshTtl: 300,
    rotation: 'always' as 'always' | 'bound',
    /** Under which CSRF tokens are made; another one, and those of before are good no longer. */
    csrfKey: '',
    csrfOf: (sid: string): string => `${sid}.${server.row(sid).generation}.${macOf(sid)}`,
    /** How many sessions somebody may have. */
    limit: Infinity,
    /** One way, in milliseconds. */
    latency: () => 10,
    fault: (_call: Call): Fault => undefined,
    /** Answers the application's own paths, and what this model knows no more of. */
    app: (call: Call, _user: string, sid: string): Reply => account(call, sid),
    calls,
    rows,
    count: (path: string) => calls.filter((call) => call.path === path).length,
    row: (sid: string) => rows.get(sid) as Row,
    end(sid: string, reason: string, by: Row['endedBy'] = { name: 'another', ip: '192.0.2.7' }) {
      const row = rows.get(sid);
      if (row && endOf(row, world.now()) === null)
        Object.assign(row, { ended: reason, endedAt: world.now(), endedBy: by });
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

  const macOf = (sid: string): string => `SECRETmac${server.csrfKey}${sid}`;
  /** The generation in a CSRF token is a hint; only the session is proven. */
  const isCsrf = (sent: string | undefined, sid: string): boolean =>
    sent?.split('.')[0] === sid && sent.split('.').at(-1) === macOf(sid);

  function mint(row: Row, fresh: boolean, generation = row.generation) {
    const now = world.now();
    const text = `SECRET-access-${row.id}-${generation}-${++issued}`;
    const expires = Math.min(now + server.accessTtl * 1000, row.idleAt, row.absoluteAt);
    const freshUntil = fresh ? Math.min(now + server.freshTtl * 1000, expires) : 0;
    const { id: sid, proof } = row;
    access.set(text, { sid, generation, proof, freshUntil, expires });
    return { text, seconds: Math.max(1, Math.floor((expires - now) / 1000)) };
  }

  function issue(row: Row, cookie: boolean, fresh: boolean, replaced: readonly Row[] = []): Reply {
    const [token, csrf] = [mint(row, fresh), server.csrfOf(row.id)];
    const renewal = `SECRET-refresh-${row.id}-${row.generation}-${row.nonce ?? ''}-${row.idleAt}`;
    refresh.set(renewal, { sid: row.id, generation: row.generation, nonce: row.nonce });
    const deadline = Math.min(row.idleAt, row.absoluteAt);
    const grant: answers.Schemas['Grant'] = {
      message: 'ok',
      status: 200,
      token_type: 'Bearer',
      expires_in: token.seconds,
      refresh_expires_in: Math.round((deadline - world.now()) / 1000),
      user: answers.userOf(row.user),
      session: answers.sessionOf(row, true),
      replaced_sessions: replaced.map((each) => answers.sessionOf(each, false)),
    };
    if (!cookie)
      return answer('TokensInBody', {
        ...grant,
        access_token: token.text,
        refresh_token: renewal,
        sign_out_ticket: ticketOf(row.id),
      });
    const cookies = { tally_access: token.text, tally_refresh: renewal, tally_csrf: csrf };
    return { ...answer('TokensInCookies', { ...grant, csrf_token: csrf }), cookies };
  }

  const ended = (row: Row): Reply | null => {
    const end = endOf(row, world.now());
    return end && answers.over(end.reason, end.at, row.endedBy.name, row.endedBy.ip);
  };
  const liveOf = (user: string): Row[] =>
    [...rows.values()].filter((row) => row.user === user && endOf(row, world.now()) === null);
  const endAll = (victims: readonly Row[], reason: string, by: string | null): void => {
    for (const { id } of victims) server.end(id, reason, { name: by, ip: ADDRESS });
  };

  /** The session that the browser is in; the cookies of a sign-in take the place of its own. */
  function formerOf({ cookies }: Call): string | undefined {
    const named = access.get(cookies.tally_access ?? '')?.sid;
    const hinted = cookies.tally_csrf?.split('.')[0] ?? '';
    return named ?? (isCsrf(cookies.tally_csrf, hinted) ? hinted : undefined);
  }

  /** Whether the cookies beside a refresh cookie are of its session, too. */
  function ofThisBrowser({ cookies }: Call, sid: string): boolean {
    if (cookies.tally_access === undefined) return false;
    const named = access.get(cookies.tally_access)?.sid;
    return named === undefined ? isCsrf(cookies.tally_csrf, sid) : named === sid;
  }

  function login(call: Call): Reply {
    const { username, password, delivery, device } = call.body as Record<string, unknown>;
    const nonce = call.headers['tally-nonce'] ?? null;
    if (nonce !== null && !NONCE.test(nonce)) return misfit('Tally-Nonce');
    const cookie = delivery === 'cookie';
    if (cookie && !originFits(call)) return refusal('csrf_failed');
    const [user, now] = [String(username), world.now()];
    if (password !== (passwords.get(user) ?? 'right')) return refusal('invalid_credentials');
    const { type, name } = (device ?? {}) as Partial<Device>;
    const row = open({
      ...{ id: `sid${++opened}`, user, nonce, now },
      device: { type: type ?? 'web', name: name ?? null },
      idleMs: server.refreshTtl * 1000,
      absoluteMs: server.sessionTtl * 1000,
    });
    const former = cookie ? formerOf(call) : undefined;
    const others = liveOf(user).filter(({ id }) => id !== former);
    const surplus = others.slice(0, Math.max(0, others.length + 1 - server.limit));
    endAll(surplus, server.limit === 1 ? 'replaced' : 'evicted', row.device.name);
    if (former !== undefined)
      server.end(former, 'replaced', { name: row.device.name, ip: ADDRESS });
    rows.set(row.id, row);
    return issue(row, cookie, true, surplus);
  }

  /** The refresh token of a call, a cookie only if it is proven to be meant. */
  function presentedBy(call: Call): { token: Presented; byCookie: boolean } | Reply {
    const found = carried(call, false);
    if (found.length === 0) return refusal('token_missing');
    let refused = refusal('token_invalid');
    for (const { text, byCookie } of found) {
      const token = refresh.get(text);
      if (token === undefined) continue;
      const meant = isCsrf(call.headers['x-csrf-token'], token.sid);
      if (!byCookie || (meant && ofThisBrowser(call, token.sid))) return { token, byCookie };
      refused = refusal('csrf_failed');
    }
    return refused;
  }

  function renew(call: Call): Reply {
    const nonce = call.headers['tally-nonce'] ?? null;
    const { generation, delivery } = meantBy(call);
    if (nonce !== null && !NONCE.test(nonce)) return misfit('Tally-Nonce');
    const counts = Number.isInteger(generation) && Number(generation) >= 0;
    if (generation !== undefined && !counts) return misfit('generation');
    const presented = presentedBy(call);
    if ('status' in presented) return presented;
    const { token, byCookie } = presented;
    if (byCookie && delivery === 'body') return misfit('delivery');
    const cookie = byCookie || delivery === 'cookie';
    if (cookie && !originFits(call)) return refusal('csrf_failed');
    const [row, now] = [rows.get(token.sid), world.now()];
    if (row === undefined) return refusal('session_unknown');
    const end = ended(row);
    if (end) return end;
    if (byCookie && generation !== undefined && generation !== token.generation)
      return refusal('refresh_stale');
    const verdict = decide(row, token, nonce, server.rotation, now);
    if (verdict === 'unknown') return refusal('session_unknown');
    if (verdict === 'stale') return refusal('refresh_stale');
    if (verdict === 'reused') endAll([row], 'refresh_reused', null);
    if (verdict === 'rotate') rotate(row, nonce, server.refreshTtl * 1000, now);
    if (verdict === 'keep') slide(row, server.refreshTtl * 1000, now);
    return ended(row) ?? issue(row, cookie, false);
  }

  function logout(call: Call): Reply {
    const { sign_out_ticket: ticket } = meantBy(call);
    const leave = (sid: string): void => server.end(sid, 'logged_out', { name: null, ip: ADDRESS });
    if (ticket !== undefined) {
      const sid = String(ticket).split('.')[0] ?? '';
      if (ticket !== ticketOf(sid)) return refusal('token_invalid');
      leave(sid);
      return answers.done();
    }
    const found = carried(call, true);
    if (found.length === 0) return refusal('token_missing');
    let refused = refusal('token_invalid');
    for (const { text, byCookie } of found) {
      const sid = (access.get(text) ?? refresh.get(text))?.sid;
      if (sid === undefined) continue;
      if (byCookie && !originFits(call)) return refusal('csrf_failed');
      if (byCookie && !isCsrf(call.headers['x-csrf-token'], sid)) {
        refused = refusal('csrf_failed');
        continue;
      }
      leave(sid);
      return cleared(answers.done());
    }
    return refused;
  }

  /** Who makes a call with a valid access token, or the refusal. */
  function authenticate(call: Call): Caller | Reply {
    const bearer = call.headers.authorization?.replace(/^Bearer /, '');
    const presented = bearer ?? call.cookies.tally_access;
    if (presented === undefined) return refusal('token_missing');
    const token = access.get(presented);
    if (!token) return refusal('token_invalid');
    const [row, now] = [rows.get(token.sid), world.now()];
    if (token.expires <= now) return refusal('token_expired');
    if (!row) return refusal('session_unknown');
    const end = ended(row);
    if (end) return end;
    if (token.proof < row.proof) return refusal('token_expired');
    see(row, token.generation, now);
    const byCookie = bearer === undefined;
    const meant = originFits(call) && isCsrf(call.headers['x-csrf-token'], row.id);
    if (byCookie && !/^(GET|HEAD)$/.test(call.method) && !meant) return refusal('csrf_failed');
    return { row, byCookie, generation: token.generation, fresh: now < token.freshUntil };
  }

  function reauthenticate(call: Call, { row, byCookie, generation }: Caller): Reply {
    const { password, code } = meantBy(call);
    const right = passwords.get(row.user) ?? 'right';
    const wrong = call.path.endsWith('/wechat-web') ? code !== 'right' : password !== right;
    if (wrong) return refusal('invalid_credentials');
    row.proof++;
    const token = mint(row, true, generation);
    const until = access.get(token.text)?.freshUntil ?? 0;
    const grant: answers.Schemas['FreshGrant'] = {
      message: 'ok',
      status: 200,
      token_type: 'Bearer',
      expires_in: token.seconds,
      fresh_until: answers.instant(until),
    };
    if (!byCookie) return answer('FreshInBody', { ...grant, access_token: token.text });
    const body = { ...grant, csrf_token: server.csrfOf(row.id) };
    return { ...answer('FreshInCookies', body), cookies: { tally_access: token.text } };
  }

  function changePassword(call: Call, { row, fresh }: Caller): Reply {
    const { current_password: current, new_password: chosen } = meantBy(call);
    if (!fresh) return refusal('fresh_token_required');
    if (current !== (passwords.get(row.user) ?? 'right')) return refusal('invalid_credentials');
    passwords.set(row.user, String(chosen));
    const others = liveOf(row.user).filter((each) => each !== row);
    endAll(others, 'password_changed', row.device.name);
    row.proof++;
    return answer('EndedCount', { message: 'ok', ended: others.length });
  }

  /** What is asked about one's own sessions and account. */
  function account(call: Call, sid: string): Reply {
    const row = server.row(sid);
    const [, , , room, id] = call.path.split('/');
    const what = `${call.method} ${room === 'sessions' && id ? 'one session' : call.path}`;
    const kick = (victims: readonly Row[], reason: string): void =>
      endAll(victims, reason, row.device.name);
    if (what === 'GET /api/me') return answer('Me', answers.meOf(row, world.now()));
    if (what === 'GET /api/auth/sessions')
      return answer('SessionList', {
        sessions: liveOf(row.user).map((each) => answers.sessionOf(each, each === row)),
        next_cursor: null,
      });
    const others = liveOf(row.user).filter((each) => each !== row);
    if (what === 'DELETE /api/auth/sessions') {
      kick(others, 'kicked');
      return answer('EndedSessions', { message: 'ok', ended: others.map((each) => each.id) });
    }
    if (what === 'DELETE one session') {
      const victim = liveOf(row.user).find((each) => each.id === id);
      if (!victim) return refusal('not_found');
      kick([victim], victim === row ? 'logged_out' : 'kicked');
      const bye = answers.done();
      return victim === row && call.headers.authorization === undefined ? cleared(bye) : bye;
    }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: { ok: true } };
  }

  function logoutAll({ row, byCookie }: Caller): Reply {
    const live = liveOf(row.user);
    endAll(live, 'logged_out', row.device.name);
    const bye = answer('EndedCount', { message: 'all', ended: live.length });
    return byCookie ? cleared(bye) : bye;
  }

  function register(call: Call): Reply {
    const { username } = meantBy(call);
    if (username === 'taken') return refusal('username_taken');
    const user = answers.userOf(String(username));
    return answer('Registered', { message: 'ok', status: 200, user }, 201);
  }

  function handle(call: Call): Reply {
    if (call.path === '/api/auth/login') return login(call);
    if (call.path === '/api/auth/refresh') return renew(call);
    if (call.path === '/api/auth/logout') return logout(call);
    if (call.path === '/api/auth/register') return register(call);
    const caller = authenticate(call);
    if ('status' in caller) return caller;
    if (call.path === '/api/auth/logout_all') return logoutAll(caller);
    if (call.path.startsWith('/api/auth/reauthenticate')) return reauthenticate(call, caller);
    if (call.path === '/api/auth/password') return changePassword(call, caller);
    return server.app(call, caller.row.user, caller.row.id);
  }
  return server;
}
