import { createHmac, createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { base64url, hmac, sha256, utf8 } from '../src/hmac.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('FIPS 180-4 examples', () => {
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('SHA-256 of %j', (text, digest) => {
    expect(hex(sha256(utf8(text)))).toBe(digest);
  });
});

test('RFC 4231 test case 2', () => {
  const mac = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  const expected = Buffer.from(mac, 'hex').toString('base64url');
  expect(hmac('Jefe', 'what do ya want for nothing?')).toBe(expected);
});

test('every length around the block boundaries agrees with the platform', () => {
  for (let length = 0; length < 200; length++) {
    const text = 'é虎😀x'.repeat(length).slice(0, length);
    const whole = /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
    expect(hex(sha256(utf8(whole)))).toBe(createHash('sha256').update(whole).digest('hex'));
    const key = 'k'.repeat(length);
    expect(hmac(key, whole)).toBe(createHmac('sha256', key).update(whole).digest('base64url'));
  }
});

test('a lone surrogate becomes the replacement character', () => {
  expect([...utf8('a\ud800b')]).toEqual([0x61, 0xef, 0xbf, 0xbd, 0x62]);
});

test.each([[[]], [[255]], [[255, 254]], [[0, 1, 2]], [[250, 251, 252, 253]]])(
  'base64url of %j',
  (bytes) => {
    const expected = Buffer.from(bytes).toString('base64url');
    expect(base64url(Uint8Array.from(bytes))).toBe(expected);
  },
);
