import type { AdminUser } from '@tigertally/client';
import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import { beginningOf, endOf } from '../src/console/days';
import { namesOf } from '../src/console/event_kinds';
import { useKeepCurrent } from '../src/console/keep_current';
import { usePages } from '../src/console/pages_of';
import { stateOf } from '../src/console/states';
import { actsOn } from '../src/console/user_acts';
import type { Page, PageAsked } from '../src/api/console';

afterEach(() => vi.useRealTimers());

const NOW = Date.parse('2026-11-28T08:00:00Z');
const user = (over: Partial<AdminUser> = {}): AdminUser => ({
  ...{ id: 'u1', username: 'hufu', display_name: null, email: null, email_verified: false },
  ...{ locale: null, roles: [], created_at: '2026-11-26T08:00:00Z', has_password: true },
  ...{ must_change_password: false, state: 'active', disabled_at: null, disabled_until: null },
  ...{ disabled_reason: null, locked_until: null, deleted_at: null, purge_at: null },
  ...over,
});

describe('how an account stands', () => {
  test('the gravest comes first, and a lock is over at its time', () => {
    const locked_until = '2026-11-28T08:00:01Z';
    expect(stateOf(user({ locked_until }), NOW)).toBe('locked');
    expect(stateOf(user({ locked_until }), NOW + 1000)).toBe('active');
    expect(stateOf(user({ locked_until, state: 'disabled' }), NOW)).toBe('disabled');
  });

  test('only what makes sense is offered, and only to who may', () => {
    const all = (): boolean => true;
    expect(actsOn(user(), 0, all, NOW)).toEqual(['edit', 'password', 'disable', 'delete']);
    expect(actsOn(user(), 2, all, NOW)).toContain('sign_out');
    expect(actsOn(user({ state: 'disabled' }), 0, all, NOW)).toContain('enable');
    expect(actsOn(user({ state: 'disabled' }), 0, all, NOW)).not.toContain('disable');
    expect(actsOn(user({ state: 'deleted' }), 0, all, NOW)).toEqual(['restore']);
    expect(actsOn(user(), 2, (one) => one === 'tally:user:sign_out', NOW)).toEqual(['sign_out']);
  });
});

describe('days in the filters', () => {
  test('begin and end at the visitor’s midnights', () => {
    expect(new Date(beginningOf('2026-05-01')).getTime()).toBe(new Date(2026, 4, 1).getTime());
    expect(new Date(endOf('2026-05-31')).getTime()).toBe(new Date(2026, 5, 1).getTime());
  });

  test('are nothing where nothing, or no day, was typed', () => {
    for (const text of ['', 'May', '2026-5-1']) expect(beginningOf(text)).toBe('');
  });
});

describe('kinds of events', () => {
  test('are the first one where an address asks for none, or for one that is not', () => {
    expect(namesOf('audit', '')).toBe(namesOf('audit', 'operators'));
    expect(namesOf('signIns', 'constructor')).toBe(namesOf('signIns', 'sessions'));
    expect(namesOf('audit', 'everything')).toBe('');
  });
});

describe('a list in pages', () => {
  /** `total` numbers, as a service gives them that finds only every other one. */
  const stage = (total: number, answered: (asked: PageAsked) => number) => {
    const asked: PageAsked[] = [];
    const scope = effectScope();
    const list = scope.run(() =>
      usePages<number>((part): Promise<Page<number>> => {
        asked.push(part);
        const from = Number(part.cursor ?? 0);
        const to = Math.min(total, from + answered(part));
        const rows = Array.from({ length: to - from }, (_, at) => from + at);
        return Promise.resolve({ rows, cursor: to < total ? String(to) : null });
      }),
    );
    if (!list) throw new Error('no scope');
    return { asked, list, scope };
  };

  test('goes on at the end, and keeps all that was read when it is asked again', async () => {
    const { asked, list } = stage(120, ({ limit }) => limit);
    await flushPromises();
    expect([list.rows.value.length, list.hasMore.value]).toEqual([50, true]);
    await list.fetchMore();
    await list.fetchMore();
    expect([list.rows.value.length, list.hasMore.value]).toEqual([120, false]);
    await list.refresh();
    expect(list.rows.value).toEqual(Array.from({ length: 120 }, (_, at) => at));
    expect(asked.at(-1)?.limit).toBe(120);
    await list.restart();
    expect(list.rows.value.length).toBe(50);
  });

  test('of a search that finds little asks a few times, and then its reader', async () => {
    const { asked, list } = stage(1000, () => 1);
    await flushPromises();
    expect(asked.length).toBeLessThan(10);
    expect(list.hasMore.value).toBe(true);
  });

  test('drops the next rows of a list that was exchanged meanwhile', async () => {
    let arrive = (_page: Page<string>): void => undefined;
    let name = 'old';
    const scope = effectScope();
    const list = scope.run(() =>
      usePages<string>(({ cursor }) =>
        cursor === null
          ? Promise.resolve({ rows: Array<string>(50).fill(name), cursor: 'next' })
          : new Promise<Page<string>>((resolve) => (arrive = resolve)),
      ),
    );
    await flushPromises();
    const more = list?.fetchMore();
    name = 'new';
    await list?.restart();
    arrive({ rows: ['late'], cursor: null });
    await more;
    expect(list?.rows.value).toContain('new');
    expect(list?.rows.value).not.toContain('late');
  });
});

describe('what others do meanwhile', () => {
  test('is asked for every few seconds, until nobody has touched the page for long', async () => {
    vi.useFakeTimers();
    let asked = 0;
    const scope = effectScope();
    scope.run(() => useKeepCurrent(() => Promise.resolve(void asked++)));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toBeGreaterThanOrEqual(4);
    await vi.advanceTimersByTimeAsync(600_000);
    const rest = asked;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toBe(rest);
    dispatchEvent(new Event('keydown'));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(rest + 1);
    scope.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(rest + 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is not asked for while the page is hidden, and at once when it is shown again', async () => {
    vi.useFakeTimers();
    let asked = 0;
    const scope = effectScope();
    const seen = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    scope.run(() => useKeepCurrent(() => Promise.resolve(void asked++)));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(0);
    seen.mockReturnValue('visible');
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(1);
    scope.stop();
  });
});
