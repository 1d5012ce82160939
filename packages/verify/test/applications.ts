/** The same application over each edge: `/me` for those who are signed in, others demand more. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import type { Demands } from '../src/demands.js';
import { claimsOf as ofExpress, signedIn as forExpress } from '../src/express.js';
import { claimsOf as ofFastify, signedIn as forFastify } from '../src/fastify.js';
import { claimsOf as ofHono, signedIn as forHono } from '../src/hono.js';
import { admit } from '../src/http.js';
import type { Verifier } from '../src/verifier.js';

/** An application that listens. */
export interface Application {
  readonly url: string;
  close(): Promise<void>;
}

export const PATHS: Readonly<Record<string, Demands>> = {
  '/me': {},
  '/editors': { role: 'editor' },
  '/fresh': { fresh: true },
  '/permitted': { permission: 'orders:write' },
};

/** Starts an application over one edge. */
export type Start = (verifier: Verifier) => Promise<Application>;

const over = async (server: Server): Promise<Application> => {
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export const ALL: Readonly<Record<string, Start>> = {
  http: (verifier) =>
    over(
      createServer((request, response) => {
        const demands = PATHS[request.url ?? ''];
        void admit(verifier, request, response, demands).then((claims) => {
          if (claims) response.end(JSON.stringify({ user: claims.userId }));
        });
      }).listen(0, '127.0.0.1'),
    ),

  express: (verifier) => {
    const app = express();
    for (const [path, demands] of Object.entries(PATHS))
      app.get(path, forExpress(verifier, demands), (request, response) => {
        response.json({ user: ofExpress(request).userId });
      });
    return over(app.listen(0, '127.0.0.1'));
  },

  fastify: async (verifier) => {
    const app = fastify();
    for (const [path, demands] of Object.entries(PATHS))
      app.get(path, { onRequest: forFastify(verifier, demands) }, async (request) => ({
        user: ofFastify(request).userId,
      }));
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    return { url, close: () => app.close() };
  },

  hono: (verifier) => {
    const app = new Hono();
    for (const [path, demands] of Object.entries(PATHS))
      app.get(path, forHono(verifier, demands), (c) => c.json({ user: ofHono(c).userId }));
    return over(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },
};
