/** Requests of Node, and who sent them. */
import type { IncomingMessage } from 'node:http';
import type { AccessClaims } from './claims.js';

const found = new WeakMap<object, AccessClaims>();

/** Notes who sent a request. */
export function noteClaims(request: object, claims: AccessClaims): void {
  found.set(request, claims);
}

/** Who is signed in, behind what lets only signed-in callers through. Throws elsewhere. */
export function claimsOf(request: object): AccessClaims {
  const claims = found.get(request);
  if (claims === undefined) throw new Error('this request was not let in by a verifier');
  return claims;
}

/**
 * The value of a header. One that comes twice is joined, so that it is no token: Node keeps the first
 * one, and a proxy before it may have read the other.
 */
export function headerOf(request: Pick<IncomingMessage, 'rawHeaders'>, name: string) {
  let value: string | undefined;
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    if (request.rawHeaders[at]?.toLowerCase() !== name) continue;
    const next = request.rawHeaders[at + 1] ?? '';
    value = value === undefined ? next : `${value}, ${next}`;
  }
  return value;
}
