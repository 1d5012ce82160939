/** `@tigertally/vue`: the signed-in user as Vue state, and routes that know who may enter. */
export { vCan } from './can.js';
export { remainingSeconds, useCountdown } from './countdown.js';
export { installAuthGuards, judge } from './guards.js';
export { createTigerTally } from './plugin.js';
export { AUTH_CLIENT, useAuthStore } from './store.js';
export { useUnsavedWork } from './unsaved.js';
export type { Deadline } from './countdown.js';
export type { AuthGuardOptions, GuardedRoute, Verdict } from './guards.js';
export type { TigerTallyOptions } from './plugin.js';
export type { AuthStore, AuthStoreSetup, Standing } from './store.js';
