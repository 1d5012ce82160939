/** Virtual time: nothing in the suite waits for a real clock. */

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

export interface World {
  /** True time in milliseconds; the server's clock. */
  now(): number;
  later(ms: number, task: () => void): () => void;
  /** Lets everything that waits for nothing but promises go on. */
  flush(): Promise<void>;
  /** Moves the clock, running each timer at its time. */
  advance(ms: number): Promise<void>;
  /** Moves the clock without running timers: a machine that sleeps. */
  sleep(ms: number): void;
  /** Advances until `promise` settles; fails if it does not within `limit`. */
  settle<T>(promise: Promise<T>, limit?: number): Promise<T>;
  timers(): number;
  /** A repeatable source of chance. */
  random(): number;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createWorld(seed = 1): World {
  let now = 1_800_000_000_000;
  let order = 0;
  let chance = seed >>> 0;
  let timers: Timer[] = [];
  const flush = async (): Promise<void> => {
    for (let i = 0; i < 80; i++) await Promise.resolve();
  };
  const runNext = async (until: number): Promise<boolean> => {
    timers.sort((a, b) => a.at - b.at || a.order - b.order);
    const next = timers[0];
    if (!next || next.at > until) return false;
    timers.shift();
    now = Math.max(now, next.at);
    next.task();
    await flush();
    return true;
  };
  const world: World = {
    now: () => now,
    later(ms, task) {
      // What platforms do with a delay that does not fit.
      const delay = ms > LONGEST_TIMER_MS ? 1 : Math.max(ms, 0);
      const timer = { at: now + delay, order: order++, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    flush,
    async advance(ms) {
      const until = now + ms;
      await flush();
      while (await runNext(until));
      now = until;
      await flush();
    },
    sleep(ms) {
      now += ms;
    },
    async settle(promise, limit = 120_000) {
      let open = true;
      const done = (): void => {
        open = false;
      };
      promise.then(done, done);
      const until = now + limit;
      await flush();
      while (open && (await runNext(until)));
      if (open) throw new Error(`nothing happened within ${String(limit)} ms`);
      return promise;
    },
    timers: () => timers.length,
    random() {
      chance = (Math.imul(chance, 1664525) + 1013904223) >>> 0;
      return chance / 2 ** 32;
    },
  };
  return world;
}
