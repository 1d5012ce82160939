import { mount } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defineComponent, h, nextTick, ref, withDirectives } from 'vue';
import {
  createTigerTally,
  remainingSeconds,
  useCountdown,
  useUnsavedWork,
  vCan,
} from '../src/index';
import { open } from './stage';
import type { Deadline } from '../src/index';

describe('v-can', () => {
  test('shows to whom it may concern, and follows the user', async () => {
    const { store, world } = await open({ signedIn: true });
    const directive = vCan(() => store);
    const shown = (wanted: string[], kind?: string) => {
      const page = mount({ render: () => withDirectives(h('p'), [[directive, wanted, kind]]) });
      return () => (page.element as HTMLElement).style.display;
    };
    // Everybody of the model has the role `user`, which gives `news:read`.
    const [one, other] = [shown(['news:edit', 'news:read']), shown(['admin', 'user'], 'role')];
    const [neither, mixed] = [shown(['news:edit']), shown(['user'])];
    expect([one(), other(), neither(), mixed()]).toEqual(['', '', 'none', 'none']);
    await world.settle(store.signOut());
    await nextTick();
    expect([one(), other()]).toEqual(['none', 'none']);
  });
});

describe('useUnsavedWork', () => {
  test('counts while its page is there, and not longer', async () => {
    const { store, tab } = await open({ signedIn: true });
    const dirty = ref(false);
    const Form = defineComponent({
      setup() {
        useUnsavedWork(() => dirty.value);
        return () => h('form');
      },
    });
    const pinia = createPinia();
    const page = mount(Form, {
      global: { plugins: [pinia, createTigerTally({ client: tab.client })] },
    });
    const { useAuthStore } = await import('../src/index');
    const own = useAuthStore(pinia);
    expect(own.hasUnsaved()).toBe(false);
    dirty.value = true;
    expect(own.hasUnsaved()).toBe(true);
    page.unmount();
    expect(own.hasUnsaved()).toBe(false);
    expect(store.hasUnsaved()).toBe(false);
  });
});

describe('useCountdown', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const counter = (deadline: Deadline | null) => {
    const until = ref(deadline);
    const page = mount({
      setup() {
        const left = useCountdown(until);
        return () => h('p', String(left.value));
      },
    });
    return { until, page };
  };
  const inSeconds = (seconds: number): Deadline => ({ seconds, measuredAt: performance.now() });

  test('ticks once a second, on the second, and rests at zero', async () => {
    const { page } = counter(inSeconds(2.4));
    expect(page.text()).toBe('3');
    await vi.advanceTimersByTimeAsync(401);
    expect(page.text()).toBe('2');
    await vi.advanceTimersByTimeAsync(2000);
    expect(page.text()).toBe('0');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('takes over a new deadline, and leaves no timer behind', async () => {
    const { until, page } = counter(inSeconds(5));
    until.value = inSeconds(900);
    await nextTick();
    expect(page.text()).toBe('900');
    page.unmount();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('has nothing to count without a deadline', () => {
    expect(counter(null).page.text()).toBe('null');
  });

  test('does not care about the wall clock', async () => {
    const { page } = counter(inSeconds(60));
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(page.text()).toBe('59');
  });

  test('never shows less than nothing', () => {
    expect(remainingSeconds({ seconds: 1, measuredAt: 0 }, 90_000)).toBe(0);
  });
});
