import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Debian's nginx on a port, with the given `location` blocks; everything else is 410. */
export async function startNginx(port: number, locations: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tally-nginx-'));
  const kept = TEMPORARY.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const configuration = `${user} daemon off; pid ${folder}/pid; error_log stderr warn;
    events { worker_connections 256; }
    http { access_log off; ${kept}
      server {
        listen 127.0.0.1:${port};
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        ${locations}
        location / { return 410; }
      }
    }`;
  await writeFile(join(folder, 'nginx.conf'), configuration);
  const child = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'inherit',
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  while (!(await fetch(`http://127.0.0.1:${port}/`).catch(() => null))) {
    if (child.exitCode !== null) throw new Error('nginx ended at once');
    await sleep(50);
  }
  return async () => {
    child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
}
