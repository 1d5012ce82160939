/** Storages as browsers make them when they may not, cannot, or will not keep anything. */
import { memoryStorage } from '../../src/index.js';
import type { Storage } from '../../src/index.js';

const refuse = (): never => {
  throw new Error('SecurityError');
};

/** What a tab is given in place of the `whole` storage that all tabs share. */
export const TROUBLES: Readonly<Record<string, (whole: Storage) => Storage>> = {
  'blocked altogether': () => ({ get: refuse, set: refuse, remove: refuse }),
  full: (whole) => ({ ...whole, set: refuse }),
  'unreadable, though writable': (whole) => ({ ...whole, get: refuse }),
  'readable, though nothing can be removed': (whole) => ({ ...whole, set: refuse, remove: refuse }),
  'silent: it keeps nothing and says nothing': () => ({
    get: () => null,
    set: () => undefined,
    remove: () => undefined,
  }),
  'of each tab alone': () => ({ ...memoryStorage(), shared: false }),
};
