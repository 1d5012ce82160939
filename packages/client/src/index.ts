/** `@tigertally/client`: sign-in with real sign-out, for anything that speaks TypeScript. */
export { accountOf } from './account.js';
export { browserEdges, browserEnv, randomBytes, webStorage } from './browser.js';
export { createAuthClient } from './client.js';
export { localCoordinator, webCoordinator } from './coordinators.js';
export { AuthError, RequestError, SessionEndedError, TransientError } from './errors.js';
export { fetchTransport } from './fetch.js';
export { can } from './permissions.js';
export { safeRedirect } from './places.js';
export { memoryStorage } from './storages.js';
export type { Account } from './account.js';
export type { BrowserEdgesOptions } from './browser.js';
export type { MeetingPlace } from './coordinators.js';
export type { ClientCode, ErrorEvidence } from './errors.js';
export type { FetchTransportOptions } from './fetch.js';
export type * from './contract.js';
export type * from './edges.js';
export type * from './types.js';
