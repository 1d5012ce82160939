/**
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4), UTF-8 and base64url in plain ECMAScript.
 *
 * Own code because `crypto.subtle` is undefined on plain-http origins and `TextEncoder` in mini
 * programs, and because the nonce must be ready synchronously: between reading the generation and
 * sending the request there must be no await.
 */

const BLOCK = 64;

/** The first 32 bits of the fractional part of `Math.pow(prime, power)`, for the first 64 primes. */
function fractions(power: number, count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push((Math.pow(n, power) * 0x100000000) | 0);
  }
  return found;
}

let rounds: number[] | undefined;
let start: number[] | undefined;

/** Text as UTF-8; a lone surrogate becomes U+FFFD, as `TextEncoder` has it. */
export function utf8(text: string): Uint8Array {
  // With the flag `u` this meets lone surrogates only: a pair is one character.
  const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
  const bytes = escaped.match(/%..|./g) ?? [];
  return Uint8Array.from(bytes, (byte) =>
    byte.length > 1 ? parseInt(byte.slice(1), 16) : byte.charCodeAt(0),
  );
}

/** Base64 for URLs (RFC 4648 §5), without padding. */
export function base64url(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[(held >> (bits - 6)) & 63] as string;
  }
  return bits ? text + (alphabet[(held << (6 - bits)) & 63] as string) : text;
}

/** SHA-256 of `message`: 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const k = (rounds ??= fractions(1 / 3, 64));
  const h = (start ??= fractions(1 / 2, 8)).slice();
  const padded = new Uint8Array((((message.length + 8) >> 6) + 1) * BLOCK);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(padded.length - 4, message.length << 3);
  for (let at = 0; at < padded.length; at += BLOCK) compress(h, k, view, at);
  return Uint8Array.from({ length: 32 }, (_, at) => (h[at >> 2] as number) >> (24 - (at & 3) * 8));
}

type Words = [number, number, number, number, number, number, number, number];

function compress(h: number[], k: number[], view: DataView, at: number): void {
  const w = new Int32Array(64);
  const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
  let mixed = h;
  for (let i = 0; i < 64; i++) {
    if (i < 16) w[i] = view.getInt32(at + i * 4);
    else {
      const x = w[i - 15] as number;
      const y = w[i - 2] as number;
      const low = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const high = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      w[i] = (w[i - 16] as number) + low + (w[i - 7] as number) + high;
    }
    const [a, b, c, d, e, f, g, last] = mixed as Words;
    const sum1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const sum0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t1 = (last + sum1 + ((e & f) ^ (~e & g)) + (k[i] as number) + (w[i] as number)) | 0;
    const t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    mixed = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
  }
  mixed.forEach((word, index) => {
    h[index] = ((h[index] as number) + word) | 0;
  });
}

/** HMAC-SHA-256 of `message` under `key`, both as UTF-8, in base64url: 43 characters. */
export function hmac(key: string, message: string): string {
  const secret = utf8(key);
  const block = new Uint8Array(BLOCK);
  block.set(secret.length > BLOCK ? sha256(secret) : secret);
  const keyed = (pad: number, data: Uint8Array): Uint8Array => {
    const joined = new Uint8Array(BLOCK + data.length);
    joined.set(block.map((byte) => byte ^ pad));
    joined.set(data, BLOCK);
    return sha256(joined);
  };
  return base64url(keyed(0x5c, keyed(0x36, utf8(message))));
}
