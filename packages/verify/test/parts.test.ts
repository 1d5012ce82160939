/** What the cases of all ports do not reach. */
import { describe, expect, test } from 'vitest';
import { SystemClocks } from '../src/clocks.js';
import { SetupError } from '../src/errors.js';
import { negotiate } from '../src/languages.js';
import { RolePermissions } from '../src/permissions.js';
import { Revocations } from '../src/revocations.js';
import { readTerms } from '../src/terms.js';
import { VerifiedTokens } from '../src/verified.js';

const KEY = `svc_${'a'.repeat(26)}_b`;

describe('the steady clock', () => {
  function clocks(): { machine: { on: number; time: number }; steady: () => number } {
    const machine = { on: 5, time: 1000 };
    const made = new SystemClocks(
      () => machine.on,
      () => machine.time,
    );
    return { machine, steady: () => made.steady() };
  }

  test('counts a suspension, which the monotonic clock of Linux does not', () => {
    const { machine, steady } = clocks();
    const before = steady();
    machine.time += 3600;
    expect(steady() - before).toBe(3600);
    machine.on += 1;
    machine.time += 1;
    expect(steady() - before).toBe(3601);
  });

  test('never goes back, also where the time is set back', () => {
    const { machine, steady } = clocks();
    const before = steady();
    machine.time -= 3600;
    expect(steady()).toBe(before);
    machine.time += 10;
    expect(steady()).toBe(before + 10);
  });

  test('takes a clock that drifts for no suspension, and many small leaps for one', () => {
    const { machine, steady } = clocks();
    const before = steady();
    machine.time += 0.015;
    expect(steady()).toBe(before);
    machine.time += 0.015;
    expect(steady() - before).toBeCloseTo(0.03, 6);
  });
});

test.each([
  [{ url: 'id.example.com' }, 'no address'],
  [{ url: 'ftp://id.example.com' }, 'no address'],
  [{ url: 'https://user@id.example.com' }, 'no address'],
  [{ url: 'https://id.example.com?x=1' }, 'no address'],
  [{ url: undefined }, 'no address'],
  [{ serviceKey: '' }, 'tigertally services add NAME'],
  [{ serviceKey: undefined }, 'tigertally services add NAME'],
  [{ serviceKey: `${KEY}_x` }, 'tigertally services add NAME'],
  [{ silence: 0 }, 'not possible'],
  [{ silence: Number.NaN }, 'not possible'],
  [{ silence: 61 }, 'not possible'],
  [{ onSilence: 'allow' }, 'unknown'],
])('what is set wrongly is said: %j', (wrong, said) => {
  const options = { url: 'https://id.example.com', serviceKey: KEY, ...wrong };
  const read = () => readTerms(options as never);
  expect(read).toThrow(SetupError);
  expect(read).toThrow(said);
  expect(read).not.toThrow(KEY);
});

test('issuer and audience are the address, without a slash at its end', () => {
  const { issuer, audience } = readTerms({ url: 'https://id.example.com/', serviceKey: KEY });
  expect([issuer, audience]).toEqual(['https://id.example.com', 'https://id.example.com']);
});

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['de', 'en'],
  ['zh-Hant-TW', 'zh-CN'],
  ['en, zh', 'en'],
  ['en;q=0.3, ZH;q=0.7', 'zh-CN'],
  ['zh;q=0', 'en'],
  ['zh;q=2', 'en'],
  [`${'x,'.repeat(600)}zh`, 'en'],
])('the language of %j is %s', (header, language) => {
  expect(negotiate(header)).toBe(language);
});

test.each([
  ['orders:write', true],
  ['orders.write', true],
  ['orders:*', false],
  ['orders', false],
  ['system:user:list', true],
  ['system:*', true],
  ['system', false],
  ['systems:user', false],
])('a role that has orders:write and system:* gives %s: %s', (permission, given) => {
  const roles = new RolePermissions(new Map([['clerk', ['orders.write', 'system:*']]]));
  expect(roles.allow(['nobody', 'clerk'], permission)).toBe(given);
  expect(roles.allow(['nobody'], permission)).toBe(false);
});

test('what has several entries is forgotten with the last of them', () => {
  const known = new Revocations();
  known.takeIn([[1, 'p', 'ada', 1, 30]], 10);
  known.takeIn([[2, 's', 'ada', 'kicked', 20]], 10);
  known.takeIn([], 25);
  expect(known.session('ada')).toBe('kicked');
  known.takeIn([], 30);
  expect(known.session('ada')).toBeUndefined();
});

test('the memory of tokens has an end, and the oldest leave it first', () => {
  const tokens = new VerifiedTokens();
  for (let at = 0; at <= 50_000; at += 1) tokens.add(String(at), {} as never);
  expect(tokens.get('0')).toBeUndefined();
  expect(tokens.get('7000')).toBeDefined();
});
