/** Hono, on Node. */
import type { Demands } from './demands.js';
import { checkDemands } from './demands.js';
import { bearer, refusalOf } from './refusals.js';
import { noteClaims } from './requests.js';
import type { Verifier } from './verifier.js';

export { claimsOf } from './requests.js';

/** What is needed of a context of Hono's. */
export interface Context {
  readonly req: { header(name: string): string | undefined };
}

/** Lets only signed-in callers through; `claimsOf(c)` tells who they are. */
export function signedIn(verifier: Verifier, demands: Demands = {}) {
  checkDemands(demands);
  return async (c: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    try {
      noteClaims(c, await verifier.verify(bearer(c.req.header('authorization')), demands));
    } catch (error) {
      const language = c.req.header('accept-language');
      const { status, headers, body } = refusalOf(error, language, verifier.log);
      return new Response(body, { status, headers });
    }
    await next();
    return undefined;
  };
}
