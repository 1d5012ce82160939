import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Server } from './server.ts';

/** One call as it arrived on the wire, and how the service answered it. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly status: number;
}

/** An answer that the service has given and the browser does not get yet. */
export interface Held {
  /** Settles when the service has answered. */
  readonly answered: Promise<void>;
  release(): void;
}

/** Stands between browser and service: writes down what passes, and can keep an answer back. */
export interface Between {
  readonly port: number;
  readonly origin: string;
  readonly passed: readonly Passed[];
  /** Keeps the next answer to `path` back. */
  hold(path: string): Held;
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

const read = async (stream: IncomingMessage): Promise<Buffer> =>
  Buffer.concat(await stream.toArray());

/** The call, passed on as it is. */
async function ask(server: Server, call: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  return new Promise((answered, failed) => {
    const { method, url: path, headers } = call;
    const options = { host: '127.0.0.1', port: server.port, method, path, headers };
    request(options, answered).on('error', failed).end(body);
  });
}

/** A file of another build of the pages; its first page where there is none. */
async function servePage(pages: string, path: string, response: ServerResponse): Promise<void> {
  const file = extname(path) === '' ? '/index.html' : path;
  response.setHeader('content-type', TYPES[extname(file)] ?? 'text/html');
  response.end(await readFile(join(pages, file)));
}

/** `pages`: a folder with another build of the pages, in place of the service's own. */
export async function between(server: Server, pages?: string): Promise<Between> {
  const passed: Passed[] = [];
  const held = new Map<string, { answered: () => void; released: Promise<void> }>();

  async function pass(call: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = call;
    const path = url.replace(/\?.*/, '');
    if (pages !== undefined && !path.startsWith('/api/')) return servePage(pages, path, response);
    const body = await read(call);
    const answer = await ask(server, call, body);
    const content = await read(answer);
    const status = answer.statusCode ?? 0;
    passed.push({ method, path, headers, body, status });
    const hold = held.get(path);
    held.delete(path);
    hold?.answered();
    await hold?.released;
    response.writeHead(status, answer.headers).end(content);
  }

  const listener = createServer((call, response) => {
    // A browser that went away, or a service that was stopped: nobody is left to answer to.
    pass(call, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    passed,
    hold(path) {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const answered = new Promise<void>((resolve) =>
        held.set(path, { answered: resolve, released }),
      );
      return { answered, release };
    },
    close() {
      listener.close();
      listener.closeAllConnections();
    },
  };
}
