/** The same promises over each edge. */
import { request as send } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimsOf } from '../src/express.js';
import { signedIn as forExpress } from '../src/express.js';
import { signedIn as forFastify } from '../src/fastify.js';
import { signedIn as forHono } from '../src/hono.js';
import type { Verifier } from '../src/verifier.js';
import { createVerifier } from '../src/verifier.js';
import { REASONS, REFUSALS } from '../src/words.generated.js';
import type { Application } from './applications.js';
import { ALL } from './applications.js';
import type { StandIn } from './stand_in.js';
import { startStandIn, until } from './stand_in.js';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.stop());
afterEach(() => standIn.command('fault'));

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: { code?: string; reason?: string; message?: string; user?: string };
}

/** Sends a request whose headers are as they are given, twice if they come twice. */
function get(url: string, headers: readonly string[]): Promise<Got> {
  return new Promise((resolve, reject) => {
    const to = new URL(url);
    send(to, { headers: ['Host', to.host, ...headers], agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        const body = JSON.parse(Buffer.concat(pieces).toString()) as Got['body'];
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

describe.each(Object.keys(ALL))('%s', (edge) => {
  let verifier: Verifier;
  let app: Application;
  const said: string[] = [];
  beforeEach(async () => {
    said.length = 0;
    const log = {
      warn: (text: string) => said.push(text),
      error: (text: string) => said.push(text),
    };
    verifier = createVerifier({ url: standIn.url, serviceKey: standIn.serviceKey, log });
    const start = ALL[edge];
    if (!start) throw new Error(edge);
    app = await start(verifier);
  });
  afterEach(async () => {
    await app.close();
    verifier.close();
  });

  const ask = (path: string, ...headers: string[]) => get(app.url + path, headers);
  const as = (token: string) => ['Authorization', `Bearer ${token}`];
  const settled = (path: string, token: string, status: number) =>
    until(async () => (await ask(path, ...as(token))).status === status);

  test('a signed-in caller is let in until the session ends', async () => {
    const { token, session } = await standIn.signIn();
    await settled('/me', token, 200);
    expect((await ask('/me', ...as(token))).body).toEqual({ user: 'ada' });
    await standIn.end(session, 'kicked');
    await settled('/me', token, 401);
    const { headers, body } = await ask('/me', ...as(token), 'Accept-Language', 'zh-TW, en;q=0.5');
    expect(body).toEqual({
      code: 'session_ended',
      message: REASONS.kicked['zh-CN'],
      status: 401,
      reason: 'kicked',
    });
    expect(headers).toMatchObject({
      'www-authenticate': 'Bearer',
      'cache-control': 'no-store',
      'content-type': 'application/json',
      vary: 'Accept-Language',
    });
  });

  test.each([
    [[], 'token_missing'],
    [['Authorization', 'Basic eDp5'], 'token_missing'],
    [['Authorization', 'Bearer '], 'token_missing'],
    [['Authorization', 'Bearer x'], 'token_invalid'],
    [['Authorization', 'Bearer é'], 'token_invalid'],
  ])('what is no token is refused: %j', async (headers, code) => {
    await until(async () => (await ask('/me', ...headers)).status === 401);
    const { body } = await ask('/me', ...headers);
    expect(body).toMatchObject({ code, message: REFUSALS[code as 'token_missing'].en });
  });

  test('a token that comes twice is none: nobody guesses which one counts', async () => {
    const { token } = await standIn.signIn();
    await settled('/me', token, 200);
    await until(async () => (await ask('/me', ...as(token), ...as(token))).status === 401);
    expect((await ask('/me', ...as('x'), ...as(token))).body.code).toBe('token_invalid');
  });

  test('who lacks what is demanded gets 403', async () => {
    const { token } = await standIn.signIn();
    await settled('/me', token, 200);
    for (const path of ['/editors', '/permitted', '/fresh']) await settled(path, token, 403);
    expect((await ask('/editors', ...as(token))).body.code).toBe('forbidden');
    expect((await ask('/fresh', ...as(token))).body.code).toBe('fresh_token_required');
  });

  test('nobody is let in while the feed is silent, and the log says why', async () => {
    const { token } = await standIn.signIn();
    await standIn.command('fault?name=500');
    const { status, body } = await ask('/me', ...as(token));
    expect([status, body.code]).toEqual([503, 'verifier_unavailable']);
    const { request_id: id } = body as { request_id?: string };
    expect(said.filter((line) => line.includes(id ?? 'none'))).toHaveLength(1);
    expect(said.join()).toContain('status 500');
    expect(said.join()).not.toContain(standIn.serviceKey.split('_')[2]);
  });
});

test('a demand that nobody knows protects nothing, so it is an error at once', () => {
  const verifier = createVerifier({ url: standIn.url, serviceKey: standIn.serviceKey });
  for (const signedIn of [forExpress, forFastify, forHono])
    for (const wrong of [{ roles: 'editor' }, { role: undefined }, { fresh: 'yes' }])
      expect(() => signedIn(verifier, wrong as object)).toThrow(TypeError);
});

test('nobody is found behind a route that is not protected', () => {
  expect(() => claimsOf({})).toThrow('not let in by a verifier');
});
