import { readFile } from 'node:fs/promises';

import { minify, type Plugin, transformWithOxc } from 'vite';

const DEV_PATH = '/@first-paint.js';

/**
 * Ships one small classic script that runs before the first paint.
 *
 * Theme and language must be on `<html>` before anything is drawn, and module scripts run too late for
 * that. An inline script would need `'unsafe-inline'` or a hash in the Content-Security-Policy, so the
 * script is a file of its own: hashed in the build, served from memory in development.
 */
export function firstPaint(source: string): Plugin {
  let reference: string | undefined;
  let address = DEV_PATH;
  let building = false;

  const compile = async (): Promise<string> => {
    const { code } = await transformWithOxc(await readFile(source, 'utf8'), source);
    const script = `(()=>{${code.replace(/^export \{\s*\};?$/m, '')}})()`;
    return (await minify(DEV_PATH, script)).code;
  };

  return {
    name: 'tally:first-paint',
    configResolved({ command }) {
      building = command === 'build';
    },
    configureServer(server) {
      server.middlewares.use(DEV_PATH, (_request, response, next) => {
        compile().then((code) => {
          response.setHeader('content-type', 'text/javascript');
          response.end(code);
        }, next);
      });
    },
    async buildStart() {
      if (!building) return;
      reference = this.emitFile({
        type: 'asset',
        name: 'first-paint.js',
        originalFileName: source,
        source: await compile(),
      });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        if (context.bundle && reference) {
          const asset = Object.values(context.bundle).find(
            (file) => file.name === 'first-paint.js',
          );
          if (asset) address = `./${asset.fileName}`;
        }
        return [{ tag: 'script', attrs: { src: address }, injectTo: 'head-prepend' }];
      },
    },
  };
}
