/** What a caller must have besides a living session. */
import type { AccessClaims } from './claims.js';
import { RefusedError } from './errors.js';
import type { VerifierState } from './state.js';

/** A role, a permission that one of the roles gives, credentials entered a short while ago. */
export interface Demands {
  readonly role?: string;
  readonly permission?: string;
  readonly fresh?: boolean;
}

const FORMS: Readonly<Record<string, string>> = {
  role: 'string',
  permission: 'string',
  fresh: 'boolean',
};

/** Throws TypeError for a demand that nobody knows: what it should protect would be open. */
export function checkDemands(demands: Demands): void {
  for (const [name, wanted] of Object.entries(demands))
    if (!Object.hasOwn(FORMS, name) || typeof wanted !== FORMS[name])
      throw new TypeError(`a verifier cannot demand ${name}: ${String(wanted)}`);
}

/** Refuses a caller who lacks something. Throws {@link RefusedError}. */
export function requireDemands(
  demands: Demands,
  claims: AccessClaims,
  state: VerifierState,
  time: number,
): void {
  checkDemands(demands);
  const { role, permission, fresh } = demands;
  if (role !== undefined && !claims.roles.includes(role)) throw new RefusedError('forbidden');
  if (permission !== undefined && !state.roles.allow(claims.roles, permission))
    throw new RefusedError('forbidden');
  if (fresh && time >= claims.freshUntil) throw new RefusedError('fresh_token_required');
}
