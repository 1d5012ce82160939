import { describe, expect, test } from 'vitest';
import { identityOf, meaning } from '../../src/core/meaning.js';
import { STATES, tuples } from './samples.js';
import type { AuthState } from '../../src/index.js';

/** `anonymous` for a reason that is an ending, not merely nothing to show. */
const isEnding = (state: AuthState): boolean =>
  state.status === 'anonymous' && !/^(never|unreachable)$/.test(state.reason);

test.each(tuples(STATES, STATES))('the step of case %# is told once, and truly', (from, to) => {
  const told = meaning(from, to, {}, false);
  const before = identityOf(from);
  const after = identityOf(to);
  const same = before?.session.id === after?.session.id;

  expect('signedOut' in told).toBe(isEnding(to) && from.status !== 'anonymous');
  expect('signedIn' in told).toBe(after !== null && !same);
  expect('userChanged' in told).toBe(!!before && !!after && before.user.id !== after.user.id);
  const newer = !!before && !!after && before.session.generation < after.session.generation;
  expect('refreshed' in told).toBe(same && newer);
  expect('degraded' in told).toBe(to.status === 'degraded' && from.status !== 'degraded');
  expect('recovered' in told).toBe(from.status === 'degraded' && to.status === 'authenticated');
  // Whose data must go is told before who is there.
  if ('userChanged' in told) expect(Object.keys(told)[0]).toBe('userChanged');
  // Nothing about a session is told in a step that leads to none.
  if (!after) expect(Object.keys(told).filter((event) => event !== 'signedOut')).toEqual([]);
});

describe('how a session came', () => {
  const to = STATES.find(({ status }) => status === 'authenticated') as AuthState;
  test.each<[string, AuthState, boolean, string]>([
    ['found at start', { status: 'init' }, false, 'restore'],
    [
      'found when the server answered',
      { status: 'anonymous', reason: 'unreachable', detail: null },
      false,
      'restore',
    ],
    [
      'signed in in another tab',
      { status: 'anonymous', reason: 'kicked', detail: null },
      false,
      'tab',
    ],
    ['signed in here', { status: 'anonymous', reason: 'kicked', detail: null }, true, 'login'],
    ['signed in here at once', { status: 'init' }, true, 'login'],
  ])('%s', (_, from, login, via) => {
    expect(meaning(from, to, {}, login).signedIn?.via).toBe(via);
  });
});

test('only a sign-out of this client says whether the server confirmed it', () => {
  const from = STATES.find(({ status }) => status === 'signingOut') as AuthState;
  const to: AuthState = { status: 'anonymous', reason: 'signed_out', detail: null };
  expect(meaning(from, to, { serverConfirmed: false }, false).signedOut).toEqual({
    reason: 'signed_out',
    detail: null,
    serverConfirmed: false,
  });
  expect(Object.keys(meaning(from, to, {}, false).signedOut ?? {})).not.toContain(
    'serverConfirmed',
  );
});
