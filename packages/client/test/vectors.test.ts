/**
 * The model of the service answers as the service does: each transcript that was recorded there is
 * played here. The format is in src/tigertally/contract/vectors/README.md.
 */
/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, test } from 'vitest';
import { NOBODY } from './rig/rows.js';
import { createServer } from './rig/server.js';
import { createWorld } from './rig/world.js';
import type { Call, FakeServer, Reply } from './rig/server.js';
import type { World } from './rig/world.js';

type Fields = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string>>;

interface Ask {
  readonly headers?: Texts;
  readonly cookies?: Texts;
  readonly body?: Fields;
}

interface Step {
  readonly ask?: Readonly<Record<string, Ask>>;
  readonly answer?: Fields;
  readonly wait?: number;
  readonly renew?: {
    readonly times: number;
    readonly with: string;
    readonly from_generation: number;
    readonly gives: string;
  };
  readonly kick?: string;
  readonly disable?: string;
  readonly backup?: true;
  readonly restore?: true;
}

interface Transcript {
  readonly name: string;
  readonly settings?: { readonly refresh_rotation?: 'bound'; readonly session_policy?: string };
  readonly steps: readonly Step[];
}

const FILES = import.meta.glob<readonly Transcript[]>(
  '../../../src/tigertally/contract/vectors/refresh/*.json',
  { eager: true, import: 'default' },
);

const TOKENS = {
  access_token: 'access',
  refresh_token: 'refresh',
  csrf_token: 'csrf',
  sign_out_ticket: 'ticket',
  tally_access: 'access',
  tally_refresh: 'refresh',
  tally_csrf: 'csrf',
} as const;
const PLAIN = ['code', 'reason', 'by', 'expires_in', 'refresh_expires_in'];
const TIMES = ['ended_at', 'fresh_until'];

/** One transcript, played against the model. */
function stage(world: World, server: FakeServer) {
  const began = world.now();
  const values = new Map([
    ['{password}', 'right'],
    ['{new-password}', 'a tally of another tiger'],
  ]);
  const counts: Record<string, number> = {};
  let backup: Parameters<FakeServer['rows']['set']>[1][] = [];

  /** The name of a token or an id, given at first sight as the recording did. */
  const name = (kind: string, value: unknown): string => {
    for (const [known, same] of values) if (same === value) return known;
    counts[kind] = (counts[kind] ?? 0) + 1;
    const given = `{${kind}-${counts[kind]}}`;
    values.set(given, String(value));
    return given;
  };
  const resolved = (text: string): string =>
    text.replace(/\{[a-z-]+\d*\}/g, (named) => values.get(named) ?? named);
  const all = (texts: Texts = {}): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, resolved(text)]));

  function callOf(target: string, ask: Ask): Call {
    const [method = '', url = ''] = resolved(target).split(' ');
    const headers = Object.entries(all(ask.headers)).map(([key, text]) => [
      key.toLowerCase(),
      text,
    ]);
    return {
      ...{ method, url, path: url.replace(/\?.*/, ''), at: world.now(), cookies: all(ask.cookies) },
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: ask.body && (JSON.parse(resolved(JSON.stringify(ask.body))) as unknown),
    };
  }

  const namesOf = (found: readonly (string | { id: string })[]): string[] =>
    found.map((one) => name('session', typeof one === 'string' ? one : one.id)).sort();

  /** An answer as the recording writes it. */
  function told(reply: Reply): Fields {
    const body = reply.body as Record<string, unknown>;
    const found: Record<string, unknown> = { status: reply.status };
    for (const key of PLAIN) if (key in body) found[key] = body[key];
    for (const key of TIMES)
      if (key in body) found[key] = Math.round((Date.parse(String(body[key])) - began) / 1000);
    for (const [key, kind] of Object.entries(TOKENS))
      if (key in body) found[key] = name(kind, body[key]);
    if ('fields' in body) found.fields = Object.keys(body.fields as object).sort();
    const session = body.session as { id: string; generation: number } | undefined;
    if (session) {
      found.session = name('session', session.id);
      found.generation = session.generation;
    }
    for (const key of ['ended', 'replaced_sessions']) {
      const one = body[key] as number | { id: string }[] | undefined;
      if (typeof one === 'number' ? one > 0 : one?.length)
        found[key] = typeof one === 'number' ? one : namesOf(one ?? []);
    }
    const cookies = Object.entries(reply.cookies ?? {}).map(([key, value]) => [
      key,
      value === null ? null : name(TOKENS[key as keyof typeof TOKENS], value),
    ]);
    if (cookies.length > 0) found.cookies = Object.fromEntries(cookies) as Fields;
    return found;
  }

  function renew({
    times,
    with: token,
    from_generation: first,
    gives,
  }: NonNullable<Step['renew']>) {
    let renewal = resolved(token);
    for (let generation = first; generation < first + times; generation++) {
      const headers = {
        Authorization: `Bearer ${renewal}`,
        'Tally-Nonce': `nonce-for-generation-${generation}`,
      };
      const reply = server.handle(callOf('POST /api/auth/refresh', { headers }));
      expect(reply.status).toBe(200);
      renewal = (reply.body as { refresh_token: string }).refresh_token;
    }
    expect(name('refresh', renewal)).toBe(gives);
  }

  function restore(): void {
    server.rows.clear();
    for (const row of backup) server.rows.set(row.id, { ...row });
  }

  return async ({ ask = {}, answer, ...act }: Step): Promise<void> => {
    for (const [target, how] of Object.entries(ask))
      expect(told(server.handle(callOf(target, how)))).toEqual(answer);
    if (act.wait !== undefined) await world.advance(act.wait * 1000);
    if (act.renew) renew(act.renew);
    if (act.kick) server.end(resolved(act.kick), 'kicked', NOBODY);
    for (const row of server.rows.values())
      if (row.user === act.disable) server.end(row.id, 'disabled', NOBODY);
    if (act.backup) backup = [...server.rows.values()].map((row) => ({ ...row }));
    if (act.restore) restore();
  };
}

test('there are transcripts', () => {
  expect(Object.values(FILES).flat().length).toBeGreaterThanOrEqual(60);
});

describe.each(Object.entries(FILES))('%s', (_file, transcripts) => {
  test.each(transcripts)('$name', async ({ settings = {}, steps }) => {
    const world = createWorld();
    const server = createServer(world);
    server.rotation = settings.refresh_rotation ?? 'always';
    const { session_policy: policy } = settings;
    if (policy) server.limit = policy === 'single' ? 1 : Number(policy.replace('limit:', ''));
    const play = stage(world, server);
    for (const step of steps) await play(step);
  });
});
