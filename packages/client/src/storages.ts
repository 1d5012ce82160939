/** Storages that never throw. */
import type { Storage } from './edges.js';

/** Keeps strings for the life of the page. */
export function memoryStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    shared: false,
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
  };
}

/** A storage that never throws. */
export interface Sturdy extends Storage {
  /** True if every tab that has this tab's cookies reads the same, which is not nothing. */
  common(key: string): boolean;
}

/**
 * `storage` below `name`, helped out by memory: for what it would not write, and while it cannot be read.
 * `failed` is called the first time that it does not do what it should.
 */
export function sturdy(storage: Storage, name: string, failed: () => void): Sturdy {
  const mirror = memoryStorage();
  const full = (key: string): string => `${name}.${key}`;
  /** What the storage has in place of what it would not write. */
  const unwritten = new Map<string, string | null>();
  let sound = true;
  const attempt = (act: () => void): boolean => {
    try {
      act();
      return true;
    } catch {
      if (sound) failed();
      return (sound = false);
    }
  };
  const write = (key: string, value: string | null): void => {
    const done = attempt(() => {
      if (value === null) storage.remove(full(key));
      else {
        storage.set(full(key), value);
        if (storage.get(full(key)) !== value) throw new Error();
      }
    });
    if (done) unwritten.delete(key);
    else
      attempt(() => {
        unwritten.set(key, storage.get(full(key)));
      });
  };
  const made: Sturdy = {
    get(key) {
      attempt(() => {
        const value = storage.get(full(key));
        if (unwritten.has(key) && unwritten.get(key) === value) return;
        unwritten.delete(key);
        if (value === null) mirror.remove(key);
        else mirror.set(key, value);
      });
      return mirror.get(key);
    },
    set(key, value) {
      mirror.set(key, value);
      write(key, value);
    },
    remove(key) {
      mirror.remove(key);
      write(key, null);
    },
    common(key) {
      if (storage.shared === false || made.get(key) === null) return false;
      try {
        return storage.get(full(key)) === mirror.get(key);
      } catch {
        return false;
      }
    },
  };
  made.set('probe', '1');
  made.remove('probe');
  return made;
}
