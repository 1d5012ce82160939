/** Express 4 and 5, and whatever else takes `(request, response, next)`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Demands } from './demands.js';
import { checkDemands } from './demands.js';
import { admit } from './http.js';
import { noteClaims } from './requests.js';
import type { Verifier } from './verifier.js';

export { claimsOf } from './requests.js';

/** Lets only signed-in callers through; `claimsOf(request)` tells who they are. */
export function signedIn(verifier: Verifier, demands: Demands = {}) {
  checkDemands(demands);
  return (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): void => {
    admit(verifier, request, response, demands).then((claims) => {
      if (!claims) return;
      noteClaims(request, claims);
      next();
    }, next);
  };
}
