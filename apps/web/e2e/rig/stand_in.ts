import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** A WeChat of our own, and the settings of a service that uses it. */
export interface StandIn {
  readonly settings: Record<string, string>;
  stop(): void;
}

/** Starts `tigertally dev wechat`. */
export async function startStandIn(): Promise<StandIn> {
  const child = spawn(resolve(ROOT, '.venv/bin/tigertally'), ['dev', 'wechat', '--port', '0'], {
    cwd: ROOT,
  });
  let printed = '';
  await new Promise<void>((ready, failed) => {
    child.once('exit', () => failed(new Error(`The stand-in ended at once:\n${printed}`)));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += String(chunk);
        if (printed.includes('Ctrl+C')) ready();
      });
  });
  const exports = [...printed.matchAll(/export (TALLY_\w+)=(\S+)/g)];
  return {
    settings: Object.fromEntries(exports.map(([, name = '', value = '']) => [name, value])),
    stop: () => void child.kill(),
  };
}
