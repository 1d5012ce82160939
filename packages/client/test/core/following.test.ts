import { describe, expect, test } from 'vitest';
import { following, hearing } from '../../src/core/following.js';
import { sightingOf } from '../../src/core/record.js';
import { EITHER, frozen, held, stateOf, tuples } from './samples.js';
import type { Sighting } from '../../src/core/record.js';
import type { TabSignal } from '../../src/edges.js';
import type { AuthState } from '../../src/index.js';

const mine = held('a', 5);
const unknown = (sid: string, generation: number): Sighting =>
  frozen({ sid, generation, held: null, csrf: '' });

describe('following the store', () => {
  const SEEN: readonly (Sighting | null)[] = [
    null,
    sightingOf(held('buried', 9)),
    sightingOf(held('b', 1)),
    ...[4, 5, 6].map((generation) => sightingOf(held('a', generation))),
    sightingOf(held('a', 5, { access: 'fresh', receivedAt: 1 })),
    sightingOf(held('a', 5, { access: 'fresh', receivedAt: 0 })),
    sightingOf(held('a', 4, { access: 'fresh', receivedAt: 1 })),
    ...[4, 5, 6].map((generation) => unknown('a', generation)),
    unknown('b', 1),
  ];
  const SHOWN: readonly AuthState[] = [{ status: 'restoring' }, { status: 'init' }];
  const ALL = tuples([null, mine], SEEN, EITHER, EITHER, EITHER, SHOWN);

  test.each(ALL)('in case %#', (have, seen, signingIn, foreign, cookies, shown) => {
    const state = stateOf(have, { buried: 'buried', signingIn, shown });
    const step = following(state, seen, foreign, cookies);
    const there = seen?.sid === 'buried' ? null : seen;
    const same = there?.sid === have?.session.id;

    // While a sign-in is about to say whose it is, and in records of other versions, nothing is read.
    if (signingIn || foreign) return void expect(step).toBeNull();
    // A session that is gone is left, once; one that was left does not come back.
    expect(step === 'vanish').toBe(!there && have !== null);
    if (!there) return undefined;
    // An older generation is never taken over, and put right where it would be presented.
    const behind = same && have !== null && there.generation < have.session.generation;
    expect(step === 'repair').toBe(behind && !cookies);
    if (behind) return void expect(step).not.toBe('adopt');
    // Anything newer, or another session, is taken over as a whole, if it is known whose it is.
    const level = same && there.generation === have?.session.generation;
    expect(step === 'adopt').toBe(!level && there.held !== null);
    expect(step === 'learn').toBe(!level && !there.held && shown.status !== 'restoring');
    // Within one generation only what came later counts.
    expect(step === 'hold').toBe(
      level && there.held?.access === 'fresh' && there.held.receivedAt > 0,
    );
    return undefined;
  });
});

describe('hearing of other tabs', () => {
  const state = stateOf(mine);
  const signals: readonly [string, TabSignal | null, ReturnType<typeof hearing>[1]][] = [
    ['the store changed', null, 'wait'],
    ['this session moved on', { v: 1, type: 'changed', sid: 'a', generation: 6 }, 'look'],
    ['another session moved on', { v: 1, type: 'changed', sid: 'b', generation: 6 }, 'look'],
    ['somebody asks', { v: 1, type: 'asked', sid: 'b', generation: 1 }, 'answer'],
    ['somebody answers', { v: 1, type: 'nonce', sid: 'a', generation: 5, nonce: 'n' }, null],
    [
      'this session is over',
      { v: 1, type: 'signedOut', sid: 'a', reason: 'kicked', detail: null },
      'end',
    ],
    [
      'another session is over',
      { v: 1, type: 'signedOut', sid: 'b', reason: 'kicked', detail: null },
      null,
    ],
  ];

  test.each(signals)('%s', (_, signal, asked) => {
    expect(hearing(state, frozen(signal))[1]).toBe(asked);
  });

  test.each(signals.filter(([, signal]) => signal))(
    'another version says the same, and may mean anything: %s',
    (_, signal) => {
      const [next, asked] = hearing(state, { ...signal, v: 2 } as unknown as TabSignal);
      expect(asked).toBe('look');
      expect(next.nonce).toBeUndefined();
      expect(next.held).toBe(mine);
    },
  );

  test('the newest generation of this session is remembered, in whichever order they are told', () => {
    let now = state;
    for (const generation of [6, 8, 7])
      [now] = hearing(now, { v: 1, type: 'changed', sid: 'a', generation });
    [now] = hearing(now, { v: 1, type: 'changed', sid: 'b', generation: 99 });
    expect(now.heard).toBe(8);
  });

  test('nothing that is heard ends a session that is not held', () => {
    for (const [, signal] of signals) {
      expect(hearing(stateOf(null), signal)[1]).not.toBe('end');
    }
  });
});
