// The real service and the stand-in for WeChat, as processes of their own.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BINARY =
  process.env.TIGERTALLY ??
  fileURLToPath(new URL('../../../.venv/bin/tigertally', import.meta.url));
export const APP_ID = 'wx00000000000a11ce';
const APP_SECRET = '000000000000000000000000000a11ce';

/** Several start at once, on a machine that may be busy with other tests. */
const START_MS = 240_000;

let turn = Math.floor(Math.random() * 30);

/**
 * A port that nobody listens on, below the range that the system gives to outgoing connections: one
 * of those would take it before its server starts. No other file of tests gets it, nor do the tests
 * of Python, which use those below.
 */
async function freePort() {
  const port = 29_000 + (process.pid % 100) * 30 + (turn++ % 30);
  const free = await new Promise((found) => {
    const probe = createServer().on('error', () => found(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => found(true)));
  });
  return free ? port : freePort();
}

/** Without settings of whoever runs the tests; the service refuses those it does not know. */
const surroundings = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('TALLY_')),
);

async function start(args, env, ready) {
  const child = spawn(BINARY, args, { env: { ...surroundings, ...env }, stdio: 'pipe' });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const over = new Promise((resolve) => child.once('exit', resolve));
  // A test run that breaks off leaves nothing running.
  process.once('exit', () => child.kill('SIGKILL'));
  for (const end = Date.now() + START_MS; ;) {
    if (
      await fetch(ready, { signal: AbortSignal.timeout(5000) }).then(
        (answer) => answer.status < 500,
        () => false,
      )
    )
      break;
    if (child.exitCode !== null || Date.now() > end) {
      child.kill('SIGKILL');
      throw new Error(`tigertally ${args.join(' ')} did not start:\n${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    said: () => said,
    async stop() {
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), 5000);
      await over;
      clearTimeout(forced);
    },
  };
}

/** The stand-in. `codes(person)` answers what `wx.login` would on that person's phone. */
export async function startWechat() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await start(['dev', 'wechat', '--port', String(port)], {}, `${url}/`);
  const post = async (path, body) =>
    (await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })).json();
  return {
    url,
    stop: process.stop,
    codes: async (person) => (await post('/dev/code', { app_id: APP_ID, person })).code,
    fail: (spoiled) => post('/dev/fail', spoiled),
  };
}

/** A service of its own, with an empty database. `settings`: without `TALLY_`. */
export async function startService(wechat, settings = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const home = mkdtempSync(join(tmpdir(), 'tally-uniapp-'));
  const env = {
    TALLY_DATA_DIR: join(home, 'data'),
    TALLY_RATE_LIMITS: 'off',
    TALLY_PASSWORD_COST: 'testing',
    TALLY_WECHAT_BASE_URL: wechat?.url ?? 'http://127.0.0.1:9',
    TALLY_WECHAT_MINI_APP_ID: APP_ID,
    TALLY_WECHAT_MINI_APP_SECRET: APP_SECRET,
  };
  for (const [name, value] of Object.entries(settings)) env[`TALLY_${name}`] = String(value);
  const serve = () =>
    start(['serve', '--port', String(port), '--workers', '1'], env, `${url}/readyz`);
  let process = await serve();
  return {
    url,
    said: () => process.said(),
    stop: () => process.stop(),
    async restart() {
      process = await serve();
    },
    /** Runs a command of the operator's. */
    command: (...args) => execFileSync(BINARY, args, { env: { ...surroundings, ...env } }),
    async remove() {
      await process.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
