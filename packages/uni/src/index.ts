/** `@tigertally/uni`: Tiger Tally in mini programs, over `uni.*`. */
export { can } from '@tigertally/client';
export { createMiniProgramClient } from './client.js';
export { uniEdges, uniEnv, uniStorage } from './edges.js';
export { installPageGuards, judgePage } from './guards.js';
export { appId, miniProgramDevice, signInCode } from './platform.js';
export { createRandomPool } from './random.js';
export { uniTransport } from './transport.js';
export type { MiniProgramClient, MiniProgramOptions } from './client.js';
export type { PageGuards, PageRules, PageVerdict } from './guards.js';
export type { RandomPool } from './random.js';
