import { describe, expect, test } from 'vitest';
import {
  cookieGrant,
  cookiesAre,
  isEnded,
  isOver,
  judgeCall,
  judgeRefresh,
  judgeRenewal,
  leftBehind,
  tokenGrant,
} from '../../src/core/verdicts.js';
import { EITHER, frozen, held, stateOf, tuples } from './samples.js';
import { sightingOf } from '../../src/core/record.js';

const SESSION_CODES = ['session_ended', 'session_unknown'];
const TOKEN_CODES = ['token_missing', 'token_invalid', 'token_expired'];
const CODES = [
  ...SESSION_CODES,
  ...TOKEN_CODES,
  ...[
    '',
    'refresh_stale',
    'csrf_failed',
    'invalid_credentials',
    'session_ended_not',
    'rate_limited',
  ],
];
const STATUSES = [0, 200, 204, 302, 400, 401, 403, 404, 409, 429, 500, 502, 503];
const BODIES = [
  null,
  '<html>401</html>',
  42,
  [],
  { code: 401 },
  ...CODES.map((code) => ({ code, message: 'text' })),
];

const codeIn = (body: unknown): unknown => (body as { code?: unknown } | null)?.code;
const is = (codes: readonly string[], body: unknown): boolean =>
  codes.includes(String(codeIn(body)));

describe('an answer to a refresh', () => {
  test.each(tuples(STATUSES, BODIES, EITHER, EITHER))(
    '%i %j, cookies %s, last %s: ends a session by our own word only',
    (status, body, cookies, last) => {
      const verdict = judgeRefresh(frozen({ status, body }), cookies, last);
      const stale = status === 409 && codeIn(body) === 'refresh_stale';
      expect(verdict === 'end').toBe(status === 401 && is(SESSION_CODES, body));
      // The token is invalid: the other tabs, or the store, may have a better one.
      expect(verdict === 'doubt').toBe(status === 401 && is(TOKEN_CODES, body));
      expect(verdict === 'look').toBe(stale && cookies && !last);
      expect(verdict === 'ask').toBe(stale && (!cookies || last));
      expect(verdict === 'again').toBe(status === 403 && codeIn(body) === 'csrf_failed' && !last);
      // Whatever else there is, and there is no end of it, is nobody's verdict.
      if (![401, 403, 409].includes(status)) expect(verdict).toBe('fail');
      if (typeof codeIn(body) !== 'string') expect(verdict).toBe('fail');
    },
  );

  test.each(tuples(STATUSES, BODIES, EITHER))(
    '%i %j, cookies %s: is the last',
    (status, body, cookies) => {
      expect(['again', 'look']).not.toContain(judgeRefresh({ status, body }, cookies, true));
    },
  );
});

describe('an answer to somebody’s request', () => {
  test.each(tuples(STATUSES, CODES, EITHER, EITHER))(
    '%i %s, chances %s %s',
    (status, code, guard, token) => {
      const verdict = judgeCall(status, code, { guard, token });
      expect(verdict === 'guard').toBe(status === 403 && code === 'csrf_failed' && guard);
      const ours = SESSION_CODES.includes(code) || (TOKEN_CODES.includes(code) && token);
      expect(verdict === 'renew').toBe(status === 401 && ours);
    },
  );

  test('is passed on when every chance is spent, unless it ends the session', () => {
    for (const [status, code] of tuples(STATUSES, CODES)) {
      if (SESSION_CODES.includes(code)) continue;
      expect(judgeCall(status, code, { guard: false, token: false })).toBe('pass');
    }
  });
});

describe('a 401 of ours', () => {
  const sent = held('a', 5);
  const NOW = [
    null,
    sent,
    held('a', 6),
    held('a', 5, { access: 'fresh' }),
    held('b', 1),
    // A restored backup: behind what the request was sent with.
    held('a', 4),
  ];

  test.each(tuples(NOW, [...SESSION_CODES, ...TOKEN_CODES], EITHER))(
    'case %#',
    (now, code, replayed) => {
      const verdict = judgeRenewal(stateOf(now), sent, code, replayed);
      const over = SESSION_CODES.includes(code);
      const same = now?.session.id === 'a';
      const newcomer = now !== null && !same && !replayed;
      // Nobody is signed out by an answer that is about somebody else's session.
      expect(verdict === 'end').toBe(over && same);
      expect(verdict === 'over').toBe(over && !same && !newcomer);
      // Only the very tokens that were refused are worth a refresh.
      const unchanged = same && now.session.generation === 5 && now.access === sent.access;
      expect(verdict === 'refresh').toBe(!over && unchanged);
    },
  );
});

describe('what a request carries', () => {
  const mine = held('a', 5, { csrf: 'a.5.m' });
  const METHODS = ['GET', 'get', 'HEAD', 'OPTIONS', 'POST', 'put', 'PATCH', 'DELETE', 'QUERY'];
  const SEEN = [null, sightingOf(mine), sightingOf(held('b', 1, { csrf: 'b.1.m' }))];

  test.each(tuples([null, mine], SEEN, EITHER, METHODS))(
    'with cookies, case %#',
    (have, seen, marked, method) => {
      const grant = cookieGrant(have, seen, marked, method);
      const foreign = have !== null && seen !== null && seen.sid !== 'a';
      // Cookies of a session that was signed out must not speak for anybody, nor those of somebody else.
      if (marked) return void expect(grant).toEqual({ headers: {}, credentials: 'omit' });
      expect(grant === null).toBe(foreign);
      if (!grant) return undefined;
      expect(grant.credentials).toBe('include');
      const reads = /^(get|head|options)$/i.test(method);
      expect(grant.headers).toEqual(seen && !reads ? { 'X-CSRF-Token': seen.csrf } : {});
      return undefined;
    },
  );

  test('in body delivery the access token, and never the refresh token', () => {
    const { headers, credentials } = tokenGrant(mine);
    expect(headers).toEqual({ Authorization: 'Bearer access a 5' });
    expect(credentials).not.toBe('include');
    expect(tokenGrant(null).headers).toEqual({});
    expect(tokenGrant(held('a', 1, { access: undefined })).headers).toEqual({});
  });
});

describe('an answer to a sign-out', () => {
  test.each(tuples(STATUSES, BODIES))('%i %j: is believed only in our words', (status, body) => {
    const message = typeof (body as { message?: unknown } | null)?.message === 'string';
    expect(isEnded({ status, body })).toBe(status === 200 && message);
    const gone = status === 401 && /^(session|token)_/.test(String(codeIn(body)));
    expect(isOver({ status, body })).toBe((status === 200 && message) || gone);
  });

  test('a captive portal that answers 200 to everything ends nothing', () => {
    for (const body of ['<html>welcome</html>', {}, { message: 1 }, null, []])
      expect(isOver({ status: 200, body })).toBe(false);
  });
});

describe('whose cookies came', () => {
  const list = (...sessions: unknown[]): { status: number; body: unknown } => ({
    status: 200,
    body: { sessions },
  });
  test.each([
    ['the network failed', null, true],
    ['a server error', { status: 503, body: null }, true],
    ['a captive portal', { status: 200, body: '<html>' }, true],
    ['the session is the one', list({ id: 'a', current: true }, { id: 'b' }), true],
    ['another one is', list({ id: 'a' }, { id: 'b', current: true }), false],
    ['nobody said which', list({ id: 'a' }), true],
    ['no cookie came', { status: 401, body: { code: 'token_missing' } }, false],
    ['those of the session before', { status: 401, body: { code: 'session_ended' } }, false],
    ['they came, and have expired', { status: 401, body: { code: 'token_expired' } }, true],
  ])('%s', (_, answer, came) => {
    expect(cookiesAre('a', answer)).toBe(came);
  });
});

describe('what a sign-out leaves', () => {
  const mine = held('a', 5, { csrf: 'old' });
  test.each([
    ['nothing', null, null, null],
    ['what is held', mine, null, { sid: 'a', generation: 5, held: mine, csrf: 'old' }],
    [
      'what is held, with the newest proof',
      mine,
      { sid: 'a', generation: 6, held: null, csrf: 'new' },
      { sid: 'a', generation: 5, held: mine, csrf: 'new' },
    ],
    [
      'what is stored',
      null,
      { sid: 'a', generation: 5, held: mine, csrf: 'new' },
      { sid: 'a', generation: 5, held: mine, csrf: 'new' },
    ],
    [
      'cookies that are nobody’s',
      null,
      { sid: 'z', generation: 2, held: null, csrf: 'c' },
      { sid: 'z', generation: 2, held: null, csrf: 'c' },
    ],
  ])('%s', (_, have, stored, left) => {
    expect(leftBehind(stateOf(have), frozen(stored))).toEqual(left);
  });
});
