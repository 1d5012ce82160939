/** Fastify 4 and 5: a hook for one route (`onRequest`), or for all. */
import type { IncomingMessage } from 'node:http';
import type { Demands } from './demands.js';
import { checkDemands } from './demands.js';
import { bearer, refusalOf } from './refusals.js';
import { headerOf, noteClaims } from './requests.js';
import type { Verifier } from './verifier.js';

export { claimsOf } from './requests.js';

/** What is needed of a reply of Fastify's. */
export interface Reply {
  code(status: 401 | 403 | 503): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: Buffer): unknown;
}

/** Lets only signed-in callers through; `claimsOf(request)` tells who they are. */
export function signedIn(verifier: Verifier, demands: Demands = {}) {
  checkDemands(demands);
  return async (
    request: { readonly raw: Pick<IncomingMessage, 'rawHeaders'> },
    reply: Reply,
  ): Promise<unknown> => {
    try {
      const token = bearer(headerOf(request.raw, 'authorization'));
      noteClaims(request, await verifier.verify(token, demands));
      return undefined;
    } catch (error) {
      const language = headerOf(request.raw, 'accept-language');
      const { status, headers, body } = refusalOf(error, language, verifier.log);
      reply.code(status);
      reply.headers({ ...headers });
      // To a text, Fastify would add a charset, which JSON has none of.
      reply.send(Buffer.from(body));
      return reply;
    }
  };
}
