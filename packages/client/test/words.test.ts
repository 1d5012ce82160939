/** What every front end says and judges alike, and where it comes from. */
import { describe, expect, test } from 'vitest';
import { wordsOf } from '../contract_words.mjs';
import {
  byDay,
  byOperator,
  countdownText,
  displayNameFault,
  emailFault,
  endingOf,
  lookOf,
  passwordFault,
  usernameFault,
} from '../src/words/index.js';
import { en } from '../src/words/en.js';
import { zhCN } from '../src/words/zh-CN.js';
import type { EventName, HistoryEvent } from '../src/index.js';

const CHINESE = /[\u4e00-\u9fff]/;

const textsIn = (words: object): string[] =>
  Object.values(words).flatMap((value: unknown) =>
    typeof value === 'object' ? textsIn(value as object) : [String(value)],
  );

describe('what is made from the contract', () => {
  const text = { en: 'Please fill this in.', 'zh-CN': '请填写此项。' };
  const landed = { outcome: 'success', en: 'Landed on the moon', 'zh-CN': '登上月球' };
  const length = { minLength: 8, maxLength: 128 };
  const contract = (events: object) => ({
    events: { events },
    errors: {
      fields: new Proxy({}, { get: () => text }),
    },
    openapi: {
      components: {
        schemas: {
          UsernameSent: { 'x-name-limit': 64 },
          EmailSent: length,
          NewPassword: length,
          ProfileRequest: { properties: { display_name: length } },
        },
      },
    },
  });

  test('a new event is called and drawn by its lines in events.yaml alone', () => {
    const made = wordsOf(contract({ 'account:moon:landed': { ...landed, icon: 'plus' } }));
    expect(made['en.generated.ts']).toContain('"moon:landed":"Landed on the moon"');
    expect(made['zh-CN.generated.ts']).toContain('"moon:landed":"登上月球"');
    expect(made['icons.generated.ts']).toContain('"moon:landed":"plus"');
  });

  test('an event without an icon is drawn by its outcome', () => {
    const missed = { ...landed, outcome: 'failure' };
    const made = wordsOf(contract({ 'account:moon:landed': landed, 'cli:moon:missed': missed }));
    expect(made['icons.generated.ts']).toContain('{"moon:landed":"info","moon:missed":"cross"}');
  });

  test('names of one deed share their text, or nothing is written', () => {
    const two = (other: object) => () =>
      wordsOf(contract({ 'account:moon:landed': landed, 'cli:moon:landed': other }));
    expect(two(landed)).not.toThrow();
    expect(two({ ...landed, en: 'Put on the moon' })).toThrow('cli:moon:landed');
  });

  test('each text is written in its own language, with the same placeholders', () => {
    expect(textsIn(en).filter((each) => CHINESE.test(each))).toEqual([]);
    expect(textsIn(zhCN).filter((each) => !CHINESE.test(each))).toEqual([]);
    const placeholders = (each: string) => each.match(/\{\w+\}/g);
    expect(textsIn(zhCN).map(placeholders)).toEqual(textsIn(en).map(placeholders));
  });

  test('what a field takes is told with the figures it is judged by', () => {
    expect(en.hint.password).toContain('8 to 128 characters');
    expect(zhCN.hint.username).toContain('64');
  });
});

describe('history', () => {
  const event = (id: string, at: string): HistoryEvent => ({
    ...{ id, at, name: 'account:session:opened', outcome: 'success', reason: null },
    ...{ session_id: null, device_type: null, device_name: null, ip: null, user_agent: null },
  });

  test('is grouped by day, in the order it came', () => {
    const days = byDay([
      event('3', '2026-11-21T10:00:00'),
      event('2', '2026-11-21T09:00:00'),
      event('1', '2026-11-20T09:00:00'),
    ]);
    expect(days.map(({ day, events }) => [day, events.length])).toEqual([
      ['2026-11-21', 2],
      ['2026-11-20', 1],
    ]);
  });

  test('calls a deed the same whoever did it, and tells an operator apart', () => {
    const name = 'cli:session:ended';
    expect(lookOf({ name, outcome: 'success' })).toEqual({ key: 'session:ended', icon: 'exit' });
    expect(byOperator({ name })).toBe(true);
    expect(byOperator({ name: 'account:session:ended' })).toBe(false);
  });

  test('has words for events of servers newer than this page', () => {
    const named = (name: string) => ({ name: name as EventName, outcome: 'failure' as const });
    expect(lookOf(named('web:moon:landed'))).toEqual({ key: 'other', icon: 'cross' });
    expect(lookOf(named('web:constructor')).key).toBe('other');
  });

  test('a countdown shows minutes, and hours once there are some', () => {
    expect(countdownText(0)).toBe('00:00');
    expect(countdownText(899)).toBe('14:59');
    expect(countdownText(3600)).toBe('1:00:00');
    expect(countdownText(7509)).toBe('2:05:09');
  });
});

describe('the end of a session', () => {
  test('needs no words if the user did it', () => {
    expect(endingOf('signed_out')).toBeNull();
    expect(endingOf('logged_out')).toBeNull();
    expect(endingOf('never')).toBeNull();
  });

  test('is told as a theft where a thief was ahead', () => {
    expect(endingOf('refresh_reused')).toBe('refresh_reused');
    expect(endingOf('refresh_stale')).toBe('refresh_reused');
  });

  test('has general words for reasons of servers newer than this page', () => {
    expect(endingOf('moon_landed')).toBe('other');
    expect(endingOf('constructor')).toBe('other');
  });
});

const LONG_EMAIL = `${'a'.repeat(60)}@${'b'.repeat(30)}.example`;

describe('what is typed is judged as the server does', () => {
  test.each([
    ['', 'required'],
    ['a', null],
    ['虎'.repeat(64), null],
    ['虎'.repeat(65), 'username_too_long'],
    ['😀'.repeat(64), null],
    [LONG_EMAIL, null],
    ['ada\u0000', 'username_characters'],
    ['ada\nlovelace', 'username_characters'],
    [' ada', 'username_characters'],
  ])('user name %j', (name, fault) => {
    expect(usernameFault(name)?.key ?? null).toBe(fault);
  });

  test.each([
    ['', 'required'],
    ['1234567', 'too_short'],
    ['12345678', null],
    ['密码密码密码密码', null],
    ['x'.repeat(128), null],
    ['x'.repeat(129), 'too_long'],
    ['ADA-lovelace', 'password_is_username'],
  ])('password %j of ada-lovelace', (password, fault) => {
    expect(passwordFault(password, 'ada-lovelace')?.key ?? null).toBe(fault);
  });

  test.each([
    ['', null],
    ['name@example.com', null],
    ['name@example', 'email_format'],
    ['a b@example.com', 'email_format'],
  ])('e-mail %j', (email, fault) => {
    expect(emailFault(email)?.key ?? null).toBe(fault);
  });

  test('a name is not a password in other letters of the same shape either', () => {
    expect(passwordFault('ＡＤＡ－ｌｏｖｅｌａｃｅ', 'ada-lovelace')?.key).toBe(
      'password_is_username',
    );
  });

  test('display name: up to 64 characters, as people count', () => {
    expect(displayNameFault('')).toBeNull();
    expect(displayNameFault('虎'.repeat(64))).toBeNull();
    expect(displayNameFault('虎'.repeat(65))).toEqual({ key: 'too_long', limit: 64 });
  });
});
