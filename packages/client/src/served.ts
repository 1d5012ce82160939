/**
 * The client as one module, which the service has at `/api/auth/client.js`: for pages that are written
 * without Node. No part of the npm package.
 */
import { browserEdges } from './browser.js';
import { createAuthClient } from './client.js';
import type { AuthClient, AuthClientOptions } from './types.js';

export * from './index.js';
export { textOf } from './words/index.js';

const PLACE = '/api/auth/client.js';

/**
 * A client for the service that this module came from, with cookies. `options` are those of
 * `createAuthClient`, and win.
 */
export function connect(options: Partial<AuthClientOptions> = {}): AuthClient {
  const baseUrl = serviceOf(import.meta.url);
  return createAuthClient({ delivery: 'cookie', baseUrl, ...browserEdges(), ...options });
}

/** What stands before `/api` in the address of this module; on the page's own origin, the path alone. */
function serviceOf(address: string): string {
  const { origin, pathname } = new URL(address);
  if (!pathname.endsWith(PLACE))
    throw new Error(`This module expects to be at …${PLACE}, and is at ${pathname}.`);
  const path = pathname.slice(0, -PLACE.length);
  return origin === location.origin ? path : origin + path;
}
