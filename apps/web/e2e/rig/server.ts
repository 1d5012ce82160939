import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Milliseconds after which a server hangs that does not start. */
const PATIENCE = 240_000;

const ROOT = resolve(import.meta.dirname, '../../../..');

/** The real service, with its own data, on a port of its own. */
export interface Server {
  readonly port: number;
  readonly origin: string;
  stop(): Promise<void>;
  /** The same data behind the same port again, after `stop`. */
  start(): Promise<void>;
  dispose(): Promise<void>;
  /** Runs a command on the same data, and returns what it printed. */
  run(...command: string[]): Promise<string>;
  /** What it has written into its log, of late. */
  log(): string;
}

let turn = Math.floor(Math.random() * 30);

/**
 * A port that nobody listens on, below the range that the system gives to outgoing connections: one
 * of those would take it before its server starts, or while it is stopped. No other worker gets it,
 * nor do the tests of Python, which use those below.
 */
export async function freePort(): Promise<number> {
  const port = 29_000 + (process.pid % 100) * 30 + (turn++ % 30);
  const free = await new Promise<boolean>((found) => {
    const probe = createServer().on('error', () => found(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => found(true)));
  });
  return free ? port : freePort();
}

async function answers(origin: string, child: ChildProcess, output: () => string): Promise<void> {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    if (child.exitCode !== null) throw new Error(`The server ended at once:\n${output()}`);
    const ready = await fetch(`${origin}/readyz`).catch(() => null);
    if (ready?.ok) return;
    await sleep(100);
  }
  throw new Error(`The server did not become ready:\n${output()}`);
}

/** Starts `tigertally serve`. `settings` are `TALLY_…` variables. */
export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const port = await freePort();
  const data = await mkdtemp(join(tmpdir(), 'tally-e2e-'));
  const origin = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let output = '';

  async function start(): Promise<void> {
    const options = ['--host', '127.0.0.1', '--port', String(port), '--data-dir', data];
    output = '';
    child = spawn(join(ROOT, '.venv/bin/tigertally'), ['serve', ...options, '--workers', '1'], {
      cwd: ROOT,
      env: {
        ...process.env,
        TALLY_RATE_LIMITS: 'off',
        TALLY_PASSWORD_COST: 'testing',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output = (output + String(chunk)).slice(-20_000);
      });
    await answers(origin, child, () => output);
  }

  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await Promise.race([
      gone,
      sleep(30_000, undefined, { ref: false }).then(() => running.kill('SIGKILL')),
    ]);
    await gone;
  }

  await start();
  return {
    port,
    origin,
    start,
    stop,
    log: () => output,
    async run(...command) {
      const tool = join(ROOT, '.venv/bin/tigertally');
      return (await promisify(execFile)(tool, [...command, '--data-dir', data])).stdout;
    },
    async dispose() {
      await stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}
