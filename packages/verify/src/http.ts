/** Plain `node:http`, and what passes its requests on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessClaims } from './claims.js';
import type { Demands } from './demands.js';
import { bearer, refusalOf } from './refusals.js';
import { headerOf } from './requests.js';
import type { Verifier } from './verifier.js';

/** Who sent a request; `undefined` for a caller who was refused: then the answer is sent already. */
export async function admit(
  verifier: Verifier,
  request: IncomingMessage,
  response: ServerResponse,
  demands: Demands = {},
): Promise<AccessClaims | undefined> {
  try {
    return await verifier.verify(bearer(headerOf(request, 'authorization')), demands);
  } catch (error) {
    const { status, headers, body } = refusalOf(
      error,
      headerOf(request, 'accept-language'),
      verifier.log,
    );
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body);
    return undefined;
  }
}
