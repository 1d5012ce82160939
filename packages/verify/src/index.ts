/** `@tigertally/verify`: access tokens of Tiger Tally in other services, with real sign-out. */
export { RefusedError, SetupError } from './errors.js';
export { createVerifier } from './verifier.js';
export type { AccessClaims } from './claims.js';
export type { Demands } from './demands.js';
export type { RefusalCode } from './errors.js';
export type { Log } from './telling.js';
export type { VerifierOptions } from './terms.js';
export type { CreateOptions, Verifier } from './verifier.js';
