/** Tokens that were verified, so that the signature of each is checked once. */
import * as crypto from 'node:crypto';
import type { AccessClaims } from './claims.js';

/** How many are remembered: about 30 MB. */
const CACHE_SIZE = 50_000;

/** The name under which a token is remembered: whoever reads the memory finds no tokens there. */
export const digestOf: (token: string) => string =
  'hash' in crypto
    ? (token) => crypto.hash('sha256', token, 'base64url')
    : // Node before 20.12.
      (token) => crypto.createHash('sha256').update(token).digest('base64url');

/** The claims of verified tokens, by digest. */
export class VerifiedTokens {
  readonly #claims = new Map<string, AccessClaims>();

  get(digest: string): AccessClaims | undefined {
    return this.#claims.get(digest);
  }

  /** Remembers a token. Forgets an eighth of all, the oldest, if there are too many. */
  add(digest: string, claims: AccessClaims): void {
    if (this.#claims.size >= CACHE_SIZE) {
      let left = CACHE_SIZE / 8;
      for (const oldest of this.#claims.keys()) {
        if (left <= 0) break;
        this.#claims.delete(oldest);
        left -= 1;
      }
    }
    this.#claims.set(digest, claims);
  }

  clear(): void {
    this.#claims.clear();
  }
}
