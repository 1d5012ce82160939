import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defineComponent, effectScope } from 'vue';
import LoadedContent from '../src/state/LoadedContent.vue';
import { useLoad } from '../src/state/load';
import { UNDO_MS, useDeferredDelete } from '../src/files/deferred_delete';
import ProfileFacts from '../src/profile/ProfileFacts.vue';
import SessionHalves from '../src/profile/SessionHalves.vue';
import type { Picture, User } from '@tigertally/client';
import type { Loaded } from '../src/state/load';
import { language } from '../src/look/language';
import { i18n, loadAllWords } from '../src/words';
import { en, zhCN } from './catalogues';
import { open } from './stage';

beforeEach(() => loadAllWords());
afterEach(() => vi.useRealTimers());

describe('what a page loads', () => {
  const pageOver = (fetch: (signal: AbortSignal) => Promise<string>) => {
    let loaded: Loaded<string> | undefined;
    const Page = defineComponent({
      components: { LoadedContent },
      setup() {
        loaded = useLoad(fetch);
        return loaded;
      },
      template: `<LoadedContent :ready="data !== null" :slow="slow" :problem="problem" :retry="reload">
        <p>{{ data }}</p><template #skeleton><i>skeleton</i></template></LoadedContent>`,
    });
    const wrapper = mount(Page, { global: { plugins: [i18n] } });
    return { wrapper, loaded: () => loaded as Loaded<string> };
  };

  test('shows a skeleton only after 300 ms', async () => {
    vi.useFakeTimers();
    let arrive = (_text: string): void => undefined;
    const { wrapper } = pageOver(() => new Promise((resolve) => (arrive = resolve)));
    await vi.advanceTimersByTimeAsync(299);
    expect(wrapper.text()).toBe('');
    await vi.advanceTimersByTimeAsync(1);
    expect(wrapper.text()).toContain('skeleton');
    arrive('here');
    await vi.advanceTimersByTimeAsync(0);
    expect(wrapper.text()).toBe('here');
  });

  test('says that it is offline, and tries again by itself when the network is back', async () => {
    let tries = 0;
    const { wrapper } = pageOver(async () => {
      if (tries++ === 0) throw Object.assign(new Error(), { isAxiosError: true });
      return 'here';
    });
    await flushPromises();
    expect(wrapper.get('[role="alert"]').text()).toContain(en.load.offlineHint);
    dispatchEvent(new Event('online'));
    await flushPromises();
    expect(wrapper.text()).toBe('here');
  });

  test('shows what was asked for last, however late the answer before comes', async () => {
    const answers: ((text: string) => void)[] = [];
    const { wrapper, loaded } = pageOver(() => new Promise((resolve) => answers.push(resolve)));
    void loaded().reload();
    answers[1]?.('second');
    answers[0]?.('first');
    await flushPromises();
    expect(wrapper.text()).toBe('second');
  });

  test('stops asking when the page is left', () => {
    const signals: AbortSignal[] = [];
    const { wrapper } = pageOver((signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    wrapper.unmount();
    expect(signals[0]?.aborted).toBe(true);
  });
});

describe('a deletion that can be undone', () => {
  const picture = (id: string): Picture => ({
    ...{ id, name: `${id}.png`, content_type: 'image/png', size: 1, width: 1, height: 1 },
    ...{ created_at: '', content_url: '', thumbnail_url: '' },
  });
  const stage = () => {
    vi.useFakeTimers();
    const told: string[] = [];
    const scope = effectScope();
    const deferred = scope.run(() =>
      useDeferredDelete({
        carryOut: async (id) => void told.push(`delete ${id}`),
        carryOutOnLeaving: async (id) => void told.push(`leave ${id}`),
        deleted: ({ id }) => told.push(`deleted ${id}`),
        failed: () => told.push('failed'),
      }),
    );
    if (!deferred) throw new Error('no scope');
    return { told, scope, deferred };
  };

  test('reaches the server only when it can no longer be undone', async () => {
    const { told, deferred } = stage();
    deferred.delete(picture('a'));
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['delete a', 'deleted a']);
    expect(deferred.pending.size).toBe(0);
  });

  test('is undone, the newest first', async () => {
    const { told, deferred } = stage();
    deferred.delete(picture('a'));
    deferred.delete(picture('b'));
    deferred.undo();
    expect([...deferred.pending.keys()]).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(told).toEqual(['delete a', 'deleted a']);
  });

  test('is carried out when the page is left or closed', () => {
    const { told, deferred, scope } = stage();
    deferred.delete(picture('a'));
    dispatchEvent(new Event('pagehide'));
    deferred.delete(picture('b'));
    scope.stop();
    expect(told).toEqual(['leave a', 'leave b']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the two halves of a session', () => {
  test('count down, and say when they were renewed', async () => {
    const at = '2026-11-21T12:00:00Z';
    const standing = {
      user: { id: 'id-ada', username: 'ada', roles: [] },
      tokenType: 'access',
      ...{ issuedAt: at, expiresAt: at, signedInAt: at, refreshUntil: at },
      deadline: { seconds: 899, measuredAt: performance.now() },
    };
    const Halves = defineComponent({
      components: { SessionHalves },
      setup: () => ({ standing }),
      template: '<SessionHalves :standing="standing" />',
    });
    const { wrapper, tab, world } = await open(Halves, { signedIn: true });
    expect(wrapper.get('[role="timer"]').text()).toBe('14:59');
    expect(wrapper.text()).not.toContain(en.session.renewed);
    await world.settle(tab.client.refresh());
    await flushPromises();
    expect(wrapper.text()).toContain(en.session.renewed);
  });
});

describe('the address in the profile', () => {
  const shown = (over: Partial<User>): string => {
    const user: User = {
      id: 'u1',
      username: 'ada',
      display_name: null,
      email: 'ada@example.com',
      email_verified: false,
      locale: null,
      roles: [],
      permissions: [],
      avatar_file_id: null,
      created_at: '2026-11-26T08:00:00Z',
      ...over,
    };
    const props = { user, signedInAt: user.created_at ?? '' };
    return mount(ProfileFacts, { props, global: { plugins: [i18n] } }).text();
  };

  test.each([
    ['en', en],
    ['zh-CN', zhCN],
  ] as const)('is marked until it is verified: %s', async (spoken, words) => {
    language.value = spoken;
    await loadAllWords();
    expect(shown({})).toContain(words.profile.notVerified);
    expect(shown({ email_verified: true })).not.toContain(words.profile.notVerified);
    expect(shown({ email: null })).not.toContain(words.profile.notVerified);
  });
});
