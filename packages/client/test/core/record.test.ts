import { describe, expect, test } from 'vitest';
import {
  heldFrom,
  levelIn,
  pauseLeft,
  readRecord,
  recordOf,
  rotation,
  sightingIn,
  ticketsAfter,
} from '../../src/core/record.js';
import { EITHER, frozen, held } from './samples.js';
import type { TokenAnswer } from '../../src/index.js';

const kept = held('a', 5, { receivedAt: 1000 });
const without = (name: string): string =>
  JSON.stringify({ ...kept, [name]: undefined, padding: 'x' });

describe('a stored record', () => {
  test.each(EITHER)('is read as it was written, cookies %s', (cookies) => {
    expect(readRecord(recordOf(kept), cookies)).toEqual({ held: kept });
  });

  test('is a little longer than needed, and the next generation is no longer', () => {
    const next = held('a', 6, { receivedAt: 1001 });
    expect(recordOf(kept).length % 256).toBe(0);
    expect(recordOf(next)).toHaveLength(recordOf(kept).length);
  });

  test('that is absent is no fault', () => {
    expect(readRecord(null, false)).toEqual({ held: null });
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"v":1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"v"'],
    ['a version that is no number', '{"v":"1"}'],
    ...['user', 'session', 'ttl', 'receivedAt', 'v'].map((name) => [`no ${name}`, without(name)]),
    ['no lifetime', JSON.stringify({ ...kept, ttl: 0 })],
    ['a lifetime that is no number', JSON.stringify({ ...kept, ttl: 'x' })],
    ['a session without a name', JSON.stringify({ ...kept, session: { id: '', generation: 1 } })],
    ['half a generation', JSON.stringify({ ...kept, session: { id: 'a', generation: 1.5 } })],
  ])('with %s is corrupt', (_, text) => {
    for (const cookies of EITHER)
      expect(readRecord(text ?? '', cookies)).toEqual({ held: null, fault: 'storage_corrupt' });
  });

  test('without tokens is whole with cookies only', () => {
    expect(readRecord(without('refresh'), true).held?.session.id).toBe('a');
    expect(readRecord(without('refresh'), false).fault).toBe('storage_corrupt');
  });

  test.each([0, 2, -1, 99])('of version %i is another version’s, however it looks', (v) => {
    expect(readRecord(JSON.stringify({ v }), false)).toEqual({
      held: null,
      fault: 'storage_schema',
    });
  });
});

describe('the readable cookie', () => {
  test.each(['', 'a', 'a.5', 'a.x.m', '.5.m', 'a.-1.m', 'a.5.', 'a.5.m.'])(
    '%j names nothing',
    (text) => {
      expect(sightingIn(text, null)).toBeNull();
    },
  );

  test('names session and generation, and the session may have dots', () => {
    expect(sightingIn('a.b.7.mac', null)).toMatchObject({ sid: 'a.b', generation: 7, held: null });
  });

  test('says nothing of the user where the record is another session’s', () => {
    expect(sightingIn('b.5.m', kept)?.held).toBeNull();
  });

  test('is believed on the generation; of when that came nothing is known', () => {
    expect(sightingIn('a.5.m', kept)?.held).toBe(kept);
    const ahead = sightingIn('a.6.m', kept);
    expect(ahead?.held).toEqual({
      ...kept,
      session: { ...kept.session, generation: 6 },
      receivedAt: 0,
    });
  });
});

test.each([
  ['a.5', 'a', 5],
  ['a.-1', 'a', -1],
  ['x.y.3', 'x.y', 3],
  ['a.5', 'b', Infinity],
  ['', 'a', Infinity],
  ['a.', 'a', Infinity],
  ['a.5x', 'a', Infinity],
])('the level %j of %s is %d', (cookie, sid, level) => {
  expect(levelIn(cookie, sid)).toBe(level);
});

test('the nonce depends on key, session and generation, and on nothing else', () => {
  const seen = frozen({ sid: 'a', generation: 5, held: kept, csrf: 'c' });
  const nonce = rotation('key', seen);
  expect(rotation('key', { ...seen, held: null, csrf: '' })).toBe(nonce);
  const others = [
    rotation('other', seen),
    rotation('key', { ...seen, sid: 'b' }),
    rotation('key', { ...seen, generation: 6 }),
  ];
  expect(new Set([nonce, ...others]).size).toBe(4);
});

test.each([
  ['the first', null, { add: 'a' }, ['a']],
  ['one more', 'a b', { add: 'c' }, ['a', 'b', 'c']],
  ['one that is owed already', 'a b', { add: 'a' }, ['b', 'a']],
  ['one that is told', 'a b', { drop: 'a' }, ['b']],
  ['one that nobody owes', 'a b', { drop: 'x' }, ['a', 'b']],
  ['the last', 'a', { drop: 'a' }, []],
  ['nothing', ' a  b ', {}, ['a', 'b']],
])('tickets that are owed: %s', (_, text, change, left) => {
  expect(ticketsAfter(text, change)).toEqual(left);
});

test.each([
  ['half of it', '[1000,500]', 1250, 250],
  ['all of it', '[1000,500]', 1000, 500],
  ['none, at its end', '[1000,500]', 1500, 0],
  ['none, long after', '[1000,500]', 1e12, 0],
  ['none by a clock that was set back', '[1000,500]', 999, 0],
  ['none where there is none', null, 1000, 0],
  ['none of nonsense', '[1000,-5]', 1000, 0],
  ['none of another nonsense', '{"a":1}', 1000, 0],
])('what is left of a pause: %s', (_, text, now, left) => {
  expect(pauseLeft(text, now)).toBe(left);
});

test.each(EITHER)(
  'tokens are held where they travel in bodies, and nowhere else: cookies %s',
  (cookies) => {
    const answer = {
      user: kept.user,
      session: kept.session,
      expires_in: 60,
      access_token: 'access',
      refresh_token: 'refresh',
      sign_out_ticket: 'ticket',
      csrf_token: 'csrf',
    } as unknown as TokenAnswer;
    const next = heldFrom(answer, cookies, 1000);
    expect(next.ttl).toBe(60_000);
    expect('refresh' in next).toBe(!cookies);
    expect('access' in next).toBe(!cookies);
    expect('csrf' in next).toBe(cookies);
  },
);
