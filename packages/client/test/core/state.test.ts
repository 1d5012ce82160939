import { describe, expect, test } from 'vitest';
import { failed } from '../../src/core/pace.js';
import {
  holding,
  INITIAL,
  isDue,
  leadOf,
  remaining,
  renewalIn,
  type State,
} from '../../src/core/state.js';
import { TransientError } from '../../src/errors.js';
import { createWorld } from '../rig/world.js';
import { at, EITHER, frozen, held, stateOf, tuples, ZERO } from './samples.js';

const TTLS = [1, 900, 5000, 10_000, 60_000, 600_000, 3_600_000, 60 * 86_400_000];

describe('holding', () => {
  const things = [null, held('a', 1), held('a', 2), held('b', 1)];

  test.each(tuples(things, things))(
    'counts changes of session, and nothing else: %#',
    (old, next) => {
      const before = stateOf(old);
      const after = holding(before, next, ZERO);
      const other = old?.session.id !== next?.session.id;
      expect(after.epoch - before.epoch).toBe(other ? 1 : 0);
      expect(after.held).toBe(next);
    },
  );

  test('forgets what was heard of the session before, and keeps it within one', () => {
    const before = stateOf(held('a'), { heard: 7 });
    expect(holding(before, held('a', 2), ZERO).heard).toBe(7);
    expect(holding(before, held('b'), ZERO).heard).toBe(0);
    expect(holding(before, null, ZERO).heard).toBe(0);
  });

  test('knows the last eight tokens, those of sessions that were left too', () => {
    let state: State = INITIAL;
    for (let generation = 1; generation <= 10; generation++)
      state = frozen(holding(state, held('a', generation), ZERO));
    state = holding(state, null, ZERO);
    expect(state.tokens).toHaveLength(8);
    expect(state.tokens[0]).toBe('Bearer access a 10');
    expect(state.tokens).not.toContain('Bearer access a 2');
  });

  test('forgets the back-off only for a newer generation of the session that was stuck', () => {
    const pace = failed(INITIAL.pace, 0, new TransientError('timeout'), 0.5);
    const old = held('a', 1);
    const stuck = stateOf(old, { pace, stuck: old.session });
    expect(holding(stuck, held('a', 2), ZERO).pace.retryAt).toBeNull();
    // Proved again who this is: the same generation, which is as stuck as before.
    expect(holding(stuck, { ...old, access: 'fresh' }, ZERO).pace).toBe(pace);
    expect(holding(stuck, held('b', 1), ZERO).pace).toBe(pace);
    expect(holding(stuck, null, ZERO).pace).toBe(pace);
  });
});

describe('remaining', () => {
  test.each([
    ['both clocks agree', at(10_000, 10_000), 50_000],
    ['the machine slept, and the monotonic clock with it', at(10_000, 0), 50_000],
    ['the wall clock was set back by years', at(-1e12, 10_000), 50_000],
    ['the wall clock was set forward', at(90_000, 1000), -30_000],
  ])('believes the clock by which less is left: %s', (_, clock, left) => {
    expect(remaining(stateOf(held('a')), clock)).toBe(left);
  });

  test('counts from when the tokens were received, not from when they were read', () => {
    const state = stateOf(held('a'), {}, at(20_000, 0));
    expect(remaining(state, at(20_000, 0))).toBe(40_000);
    expect(remaining(state, at(20_000, 5000))).toBe(35_000);
  });

  test('a record of the future does not live longer than it says', () => {
    const state = stateOf(held('a', 1, { receivedAt: 1e12 }), {}, ZERO);
    expect(remaining(state, ZERO)).toBe(60_000);
  });

  test('nothing held has no time left, and is not due either', () => {
    expect(remaining(INITIAL, ZERO)).toBe(0);
    expect(isDue(INITIAL, at(1e12))).toBe(false);
  });
});

describe('renewal', () => {
  test.each(TTLS)('of %i ms leads by at most half, and at most a minute', (ttl) => {
    const lead = leadOf(stateOf(held('a', 1, { ttl })));
    expect(lead).toBeGreaterThan(0);
    expect(lead).toBeLessThanOrEqual(Math.min(ttl / 2, 60_000));
    expect(lead).toBeGreaterThanOrEqual(Math.min(ttl / 2, 5000));
  });

  test.each(tuples(TTLS, [0, 0.5, 0.999]))(
    'of %i ms with chance %f is due when it comes',
    (ttl, chance) => {
      const state = stateOf(held('a', 1, { ttl }));
      const wait = renewalIn(state, ZERO, chance) ?? NaN;
      // Not before the lead, or the next look would find nothing due; and before the expiry.
      expect(wait).toBeGreaterThanOrEqual(ttl - leadOf(state));
      expect(wait).toBeLessThan(ttl);
      expect(isDue(state, at(wait))).toBe(true);
    },
  );

  test('nothing to renew, nothing to plan', () => {
    expect(renewalIn(INITIAL, ZERO, 0)).toBeNull();
  });

  test.each(EITHER)('after a failure comes when the back-off says, held or not: %s', (holds) => {
    const pace = failed(INITIAL.pace, 1000, new TransientError('timeout'), 0.5);
    const state = stateOf(holds ? held('a') : null, { pace });
    expect(renewalIn(state, at(1200), 0)).toBe((pace.retryAt ?? NaN) - 1200);
  });
});

test('no walk over what can be held changes a state that was handed out', () => {
  const world = createWorld(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(world.random() * list.length)] as T;
  let state = frozen(INITIAL);
  for (let step = 0; step < 500; step++) {
    const next = pick([null, held('a', 1), held('a', step), held('b', step), held('c', 3)]);
    const moved = frozen(holding(state, next, at(step * 1000)));
    expect(moved.epoch).toBeGreaterThanOrEqual(state.epoch);
    expect(moved.held ? moved.tokens[0] : '').toBe(next ? `Bearer ${String(next.access)}` : '');
    state = moved;
  }
});
