/** What an access token says, once it is verified. */
import { isCount, isText } from './questions.js';

/** Longest accepted token, in characters; ours have some 700. */
export const TOKEN_MAX = 4096;

const ROLES_MAX = 64;

const OURS = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'sid', 'gen', 'type', 'fresh', 'proof'],
  ...['cv', 'roles', 'nh'],
]);

/** A verified access token. Times are Unix seconds. It is frozen: requests share it. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Until when sensitive calls are allowed; 0 for a token made by a refresh. */
  readonly freshUntil: number;
  readonly roles: readonly string[];
  /** Grows when the owner of the session proves again who they are. */
  readonly proof: number;
  /** Of the user's claims; grows when something else is true of the user. */
  readonly version: number;
  /** An application's own claims. */
  readonly further: Readonly<Record<string, unknown>>;
}

/** Issuer, audience and lifetime (seconds) of access tokens. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly accessTtl: number;
}

/** The claims of one of our access tokens; `undefined` for anything else. */
export function readClaims(content: unknown, rules: TokenRules): AccessClaims | undefined {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
  const claims = content as Record<string, unknown>;
  // Tokens of former versions lack these three.
  const { roles = [], proof = 0, cv = 0 } = claims;
  const { sub, sid, gen, iat, exp, fresh } = claims;
  if (claims['iss'] !== rules.issuer || claims['aud'] !== rules.audience) return undefined;
  if (claims['type'] !== 'access' || claims['nbf'] !== iat || !isText(claims['jti']))
    return undefined;
  if (!isText(sub) || !isText(sid) || !isCount(gen) || !isCount(iat) || !isCount(exp))
    return undefined;
  if (!isCount(proof) || !isCount(cv) || !areRoles(roles)) return undefined;
  if (fresh !== false && !isCount(fresh)) return undefined;
  const further = Object.entries(claims).filter(([name]) => !OURS.has(name));
  return frozen({
    userId: sub,
    sessionId: sid,
    generation: gen,
    issuedAt: iat,
    // Ended sessions are remembered for as long as tokens live now: none may outlive that memory.
    expiresAt: Math.min(exp, iat + rules.accessTtl),
    freshUntil: fresh === false ? 0 : fresh,
    roles,
    proof,
    version: cv,
    further: Object.fromEntries(further),
  });
}

function areRoles(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= ROLES_MAX && value.every(isText);
}

/** A value that nobody can change, whatever it holds. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}
