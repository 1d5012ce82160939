/** `@tigertally/client`: sign-in with real sign-out, for anything that speaks TypeScript. */
export * from './errors.js';
export type * from './edges.js';
export type * from './types.js';
