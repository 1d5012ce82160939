/** Whatever is wrong with the feed: nobody is let in, nothing hangs, and all is well afterwards. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RefusedError } from '../src/errors.js';
import type { Verifier } from '../src/verifier.js';
import { createVerifier } from '../src/verifier.js';
import type { StandIn } from './stand_in.js';
import { startStandIn, until } from './stand_in.js';

const FAULTS = [
  ...['late', 'silent', 'slow', 'slow-head', 'cached', 'cut', 'wrong-proof', 'no-proof'],
  ...['key-withdrawn', 'redirect', 'gzip', 'endless', '500'],
];

/** They concern entries: where these are read again as they should be, nothing is lost. */
const HARMLESS = ['duplicated', 'gap'];

let standIn: StandIn;
let verifier: Verifier;
const said: string[] = [];
const log = { warn: (text: string) => said.push(text), error: (text: string) => said.push(text) };

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.stop());
beforeEach(async () => {
  await standIn.command('reset');
  said.length = 0;
  verifier = createVerifier({ url: standIn.url, serviceKey: standIn.serviceKey, log });
});
afterEach(async () => {
  await standIn.command('fault');
  verifier.close();
});

async function outcome(token: string, by = verifier): Promise<string> {
  try {
    await by.verify(token);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return error.code;
  }
  return 'in';
}

const settled = (token: string, wanted: string) =>
  until(async () => (await outcome(token)) === wanted);

/** Waits until no verifier may rely on what it heard. */
const untilOld = () => new Promise((resolve) => setTimeout(resolve, 270));

test('every fault of the stand-in is tried', async () => {
  const known = await standIn.command('fault?name=unknown').catch(String);
  for (const name of [...FAULTS, ...HARMLESS]) expect(known).toContain(`"${name}"`);
  expect([...String(known).matchAll(/"[\w-]+": "/g)].length - 1).toBe(
    FAULTS.length + HARMLESS.length,
  );
});

test.each(FAULTS)('%s: nobody is let in, and all is well afterwards', async (fault) => {
  const { token, session } = await standIn.signIn();
  await standIn.end('somebody-else');
  await settled(token, 'in');
  await standIn.command(`fault?name=${fault}`);
  await untilOld();
  for (let round = 0; round < 3; round += 1)
    expect(await outcome(token)).toBe('verifier_unavailable');
  await standIn.end(session);
  expect(await outcome(token)).toBe('verifier_unavailable');
  await standIn.command('fault');
  await settled(token, 'session_ended');
});

test.each(HARMLESS)('%s: no ended session is let in', async (fault) => {
  const { token, session } = await standIn.signIn();
  await standIn.end('somebody-else');
  await settled(token, 'in');
  await standIn.command(`fault?name=${fault}`);
  await standIn.end(session);
  await standIn.end('a-third-one');
  await untilOld();
  expect(['session_ended', 'verifier_unavailable']).toContain(await outcome(token));
  if (fault === 'duplicated') await standIn.command('fault');
  await settled(token, 'session_ended');
});

test('a database from a backup is read again', async () => {
  const { token, session } = await standIn.signIn();
  await standIn.end('somebody-else');
  await settled(token, 'in');
  await standIn.command('reset');
  await standIn.end(session);
  await untilOld();
  await settled(token, 'session_ended');
});

test('a large feed is read in pages before anybody is let in', async () => {
  const { token, session } = await standIn.signIn();
  await standIn.command('fill?count=40000');
  await standIn.end(session);
  const seen = new Set<string>();
  await until(async () => seen.add(await outcome(token)).has('session_ended'));
  expect(seen.has('in')).toBe(false);
});

test('a key that is not known is told once, with the remedy', async () => {
  const { token } = await standIn.signIn();
  await standIn.command('fault?name=key-withdrawn');
  for (let round = 0; round < 3; round += 1) {
    expect(await outcome(token)).toBe('verifier_unavailable');
    await untilOld();
  }
  expect(said.filter((line) => line.includes('services rotate'))).toHaveLength(1);
  expect(said.join()).not.toContain(standIn.serviceKey);
  await standIn.command('fault');
  await settled(token, 'in');
  expect(said.filter((line) => line.includes('answers again'))).toHaveLength(1);
});

test('until_expiry lets people in while nobody answers, and says so', async () => {
  const trusting = createVerifier({
    url: standIn.url,
    serviceKey: standIn.serviceKey,
    onSilence: 'until_expiry',
    log,
  });
  const { token } = await standIn.signIn();
  await until(async () => (await outcome(token, trusting)) === 'in');
  await standIn.command('fault?name=500');
  await untilOld();
  expect(await outcome(token, trusting)).toBe('in');
  expect(said.filter((line) => line.includes('ended sessions are let in'))).toHaveLength(1);
  trusting.close();
});

describe('one question', () => {
  /** A service that counts connections and never answers. */
  async function silent(play: (url: string, asked: () => number) => Promise<void>): Promise<void> {
    let asked = 0;
    const server = createServer((socket) => {
      asked += 1;
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await play(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => asked);
    } finally {
      server.close();
    }
  }

  test('is asked for all who wait, and all are refused', () =>
    silent(async (url, asked) => {
      const patient = createVerifier({ url, serviceKey: standIn.serviceKey, log });
      const found = await Promise.all(Array.from({ length: 50 }, () => outcome('x', patient)));
      expect(new Set(found)).toEqual(new Set(['verifier_unavailable']));
      expect(asked()).toBe(1);
      patient.close();
    }));

  test('leaves the event loop to others', () =>
    silent(async (url) => {
      const patient = createVerifier({ url, serviceKey: standIn.serviceKey, log });
      let [turns, waiting] = [0, true];
      const asking = outcome('x', patient).finally(() => (waiting = false));
      while (waiting) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }
      expect(await asking).toBe('verifier_unavailable');
      expect(turns).toBeGreaterThan(100);
      patient.close();
    }));
});

test('nobody listens: nobody is let in', async () => {
  const lonely = createVerifier({ url: 'http://127.0.0.1:1', serviceKey: standIn.serviceKey, log });
  expect(await outcome('x', lonely)).toBe('verifier_unavailable');
  expect(said.join()).toContain('ECONNREFUSED');
});
