/** `tigertally dev feed`: a feed that misbehaves on command. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = resolve(import.meta.dirname, '../../..');

/** The stand-in for a sign-in service. */
export interface StandIn {
  readonly url: string;
  readonly serviceKey: string;
  /** Carries out a command, such as `fault?name=late`. */
  command(path: string): Promise<Record<string, string>>;
  /** Signs somebody in. */
  signIn(user?: string): Promise<{ readonly token: string; readonly session: string }>;
  end(session: string, reason?: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startStandIn(): Promise<StandIn> {
  const child = spawn(join(ROOT, '.venv/bin/tigertally'), ['dev', 'feed', '--port', '0'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.join(' ').includes('http://') && /svc_\w+/.test(said.join(' '))) break;
  }
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(said.join(' ')) ?? [];
  const [serviceKey = ''] = /svc_\w+/.exec(said.join(' ')) ?? [];
  const command = async (path: string) => {
    const answer = await fetch(`${url}/dev/${path}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  return {
    url,
    serviceKey,
    command,
    async signIn(user = 'ada') {
      const { access_token: token = '', session = '' } = await command(`sign-in?user=${user}`);
      return { token, session };
    },
    end: (session, reason = 'logged_out') => command(`end?session=${session}&reason=${reason}`),
    async stop() {
      child.kill();
      await gone;
    },
  };
}

/** Waits until something is so. It may take as long as it takes: tests end what hangs. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
