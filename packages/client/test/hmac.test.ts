import { describe, expect, test } from 'vitest';
import { base64url, hmac, sha256, utf8 } from '../src/hmac.js';

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Base64 for URLs by way of the platform's own base64. */
const platformBase64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');

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
  const mac = 'W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM';
  expect(hmac('Jefe', 'what do ya want for nothing?')).toBe(mac);
});

test('every length around the block boundaries agrees with the platform', async () => {
  const { subtle } = crypto;
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  for (let length = 1; length < 200; length++) {
    const text = 'é虎😀x'.repeat(length).slice(0, length);
    const whole = /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
    const bytes = Uint8Array.from(utf8(whole));
    expect(hex(sha256(bytes))).toBe(hex(new Uint8Array(await subtle.digest('SHA-256', bytes))));
    const raw = Uint8Array.from({ length }, () => 107);
    const key = await subtle.importKey('raw', raw, algorithm, false, ['sign']);
    const mac = new Uint8Array(await subtle.sign('HMAC', key, bytes));
    expect(hmac('k'.repeat(length), whole)).toBe(platformBase64url(mac));
  }
});

test('a lone surrogate becomes the replacement character', () => {
  expect([...utf8('a\ud800b')]).toEqual([0x61, 0xef, 0xbf, 0xbd, 0x62]);
});

test.each([[[]], [[255]], [[255, 254]], [[0, 1, 2]], [[250, 251, 252, 253]]])(
  'base64url of %j',
  (bytes) => {
    const given = Uint8Array.from(bytes);
    expect(base64url(given)).toBe(platformBase64url(given));
  },
);
