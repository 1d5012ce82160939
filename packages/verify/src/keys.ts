/** The public keys of the service. */
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { numberOf } from './permissions.js';

const ALGORITHMS: Readonly<Record<string, string>> = { EdDSA: 'OKP', ES256: 'EC', RS256: 'RSA' };

interface VerifyingKey {
  readonly algorithm: string;
  readonly key: CryptoKey | Uint8Array;
}

/** All public keys at one moment. What is no key of ours is left out. */
export class PublicKeys {
  readonly #byHeader: ReadonlyMap<string, VerifyingKey>;
  /** As the feed names this set. */
  readonly number: number;

  private constructor(found: readonly (readonly [string, string, VerifyingKey])[]) {
    this.#byHeader = new Map(found.map(([, header, key]) => [header, key]));
    this.number = numberOf(
      found
        .map(([kid]) => kid)
        .sort()
        .join('\n'),
    );
  }

  /** Reads the keys of a key set. */
  static async read(keys: readonly unknown[]): Promise<PublicKeys> {
    const found = await Promise.all(keys.map(readKey));
    return new PublicKeys(found.filter((each) => each !== undefined));
  }

  /** The claims of a token that one of the keys has signed, as they came; else `undefined`. */
  async open(token: string): Promise<unknown> {
    // Compared only: no token chooses how it is checked (RFC 8725 §3.1).
    const found = this.#byHeader.get(token.slice(0, Math.max(0, token.indexOf('.'))));
    if (found === undefined || !token.split('.').every(isSpelledAsOurs)) return undefined;
    try {
      const algorithms = [found.algorithm];
      const { payload } = await compactVerify(token, found.key, { algorithms });
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown;
    } catch {
      return undefined;
    }
  }
}

/** Bits that belong to no byte, and foreign letters, would give a token other spellings. */
function isSpelledAsOurs(segment: string): boolean {
  return Buffer.from(segment, 'base64url').toString('base64url') === segment;
}

/** Id, header of its tokens, and key; `undefined` for a key that is none of ours. */
async function readKey(jwk: unknown): Promise<readonly [string, string, VerifyingKey] | undefined> {
  try {
    const { kid, alg, kty } = jwk as JWK;
    if (kid === undefined || alg === undefined || ALGORITHMS[alg] !== kty) return undefined;
    // Its id must be its thumbprint, so that ids stand for keys.
    if ((await calculateJwkThumbprint(jwk as JWK)) !== kid) return undefined;
    const header = Buffer.from(JSON.stringify({ alg, kid, typ: 'at+jwt' })).toString('base64url');
    return [kid, header, { algorithm: alg, key: await importJWK(jwk as JWK, alg) }];
  } catch {
    return undefined;
  }
}
