// The H5 build as a site: its files, and `/api` handed on to the service, as a reverse proxy does.
import { createReadStream, existsSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../dist/build/h5/', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.png': 'image/png',
};

/** As strict as the web application's, but for styles: uni-app writes them into elements. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `site.down`: connections to the API break. `site.calls`: what was asked of it, with statuses. */
export async function startSite(service) {
  const site = { url: '', down: false, calls: [], stop: () => server.close() };
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, 'http://site');
    if (pathname.startsWith('/api/')) return handOn(incoming, outgoing, pathname);
    const path = join(BUILD, normalize(pathname === '/' ? '/index.html' : pathname));
    if (!existsSync(path)) return outgoing.writeHead(404).end();
    outgoing.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    });
    return createReadStream(path).pipe(outgoing);
  });
  function handOn(incoming, outgoing, path) {
    const call = { method: incoming.method, path, status: 0 };
    site.calls.push(call);
    if (site.down) return incoming.socket.destroy();
    const onward = request(
      service.url + incoming.url,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        call.status = answer.statusCode;
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => incoming.socket.destroy());
    return incoming.pipe(onward);
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  site.url = `http://127.0.0.1:${server.address().port}`;
  return site;
}
