import { describe, expect, test } from 'vitest';
import {
  failed,
  isRefusal,
  refusal,
  renewed,
  rested,
  RESTED,
  waitOf,
} from '../../src/core/pace.js';
import { TransientError } from '../../src/errors.js';
import { createWorld } from '../rig/world.js';
import { EITHER, frozen } from './samples.js';
import type { Pace } from '../../src/core/pace.js';

const offline = new TransientError('network_error');

/** A pace after `count` failures in a row, at zero, with the worst luck. */
function after(count: number, chance = 1): Pace {
  let pace = frozen(RESTED);
  for (let i = 0; i < count; i++) pace = frozen(failed(pace, 0, offline, chance));
  return pace;
}

describe('back-off', () => {
  test.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [6, 32_000],
    [7, 60_000],
    [50, 60_000],
    [2000, 60_000],
  ])('after %i failures waits at most %i ms, and with luck not at all', (count, most) => {
    expect(waitOf(after(count), 0)).toBe(most);
    expect(waitOf(after(count, 0), 0)).toBe(0);
  });

  test('waits as long as the server asks, whatever the luck', () => {
    const asked = new TransientError('too_many', undefined, { retryAfter: 90 });
    expect(waitOf(failed(RESTED, 0, asked, 0), 0)).toBe(90_000);
    expect(waitOf(failed(after(7), 0, asked, 1), 0)).toBe(90_000);
  });

  test('a refusal of our own is no failure: it neither doubles the wait nor shortens it', () => {
    const pace = after(3);
    const refused = refusal(pace, 0, 0, false);
    expect(refused?.code).toBe('refresh_postponed');
    const next = failed(pace, 0, refused ?? offline, 0);
    expect(next).toEqual(pace);
  });

  test.each(EITHER)(
    'is ignored by the eager, the pause of the server by nobody: eager %s',
    (eager) => {
      expect(refusal(after(4), 0, 0, eager) === null).toBe(eager);
      expect(refusal(RESTED, 0, 3000, eager)?.retryAfter).toBe(3);
    },
  );

  test('is over when the time has come, and when it is forgotten', () => {
    expect(refusal(after(3), 3999, 0, false)?.retryAfter).toBe(0.001);
    expect(refusal(after(3), 4000, 0, false)).toBeNull();
    expect(refusal(rested(after(3)), 0, 0, false)).toBeNull();
  });
});

describe('brake', () => {
  test('three tokens in ten seconds that were refused at once are enough', () => {
    let pace = RESTED;
    for (const now of [0, 4000, 9000]) {
      expect(refusal(pace, now, 0, true)).toBeNull();
      pace = frozen(renewed(pace, now, false));
    }
    const braked = refusal(pace, 9000, 0, true);
    expect(braked?.code).toBe('refresh_braked');
    expect(braked?.retryAfter).toBe(1);
    expect(braked && isRefusal(braked)).toBe(true);
    expect(refusal(pace, 10_000, 0, true)).toBeNull();
  });

  test('tokens that lived as long as was planned are no loop, unless they live less than a second', () => {
    let pace = RESTED;
    for (let now = 0; now < 60_000; now += 1000) pace = renewed(pace, now, true);
    expect(refusal(pace, 60_000, 0, true)).toBeNull();
    for (let now = 60_000; now < 62_000; now += 500) pace = renewed(pace, now, true);
    expect(refusal(pace, 62_000, 0, true)?.code).toBe('refresh_braked');
  });

  /** As the rule is worded: never a fourth while three are less than ten seconds old. */
  const isBraked = (early: readonly number[], now: number): boolean =>
    early.filter((then) => now - then < 10_000).length >= 3;

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'does what its rule says in any order of events: %i',
    (seed) => {
      const world = createWorld(seed);
      const early: number[] = [];
      let pace = frozen(RESTED);
      let now = 0;
      for (let step = 0; step < 2000; step++) {
        now += Math.floor(world.random() * 6000);
        const refused = refusal(pace, now, 0, true);
        expect(refused !== null).toBe(isBraked(early, now));
        if (refused) continue;
        early.push(now);
        pace = frozen(renewed(pace, now, false));
        expect(pace.early.length).toBeLessThanOrEqual(3);
      }
    },
  );
});
