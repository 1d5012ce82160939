/** Which sessions ended lately, and what makes tokens of living sessions stale. */
import type { Entry } from './questions.js';

/** What is known of a session: why it ended, or the lowest `proof` of its tokens that counts. */
export type News = string | number;

interface Known {
  readonly news: News;
  readonly until: number;
}

/** What matters of the entries of one access-token lifetime. */
export class Revocations {
  readonly #sessions = new Memory();
  readonly #users = new Memory();
  /** The second from which on issued tokens count. */
  issuedFrom = 0;

  /** What is known of a session; `undefined` for most sessions. */
  session(id: string): News | undefined {
    return this.#sessions.news(id);
  }

  /** The lowest version that a user's claims may have; `undefined` for most users. */
  claimsVersion(userId: string): number | undefined {
    return this.#users.news(userId) as number | undefined;
  }

  /** Adds entries in the order of the feed, and drops those that no longer matter. */
  takeIn(entries: readonly Entry[], now: number): void {
    for (const entry of entries) {
      if (entry[1] === 'a') this.issuedFrom = Math.max(this.issuedFrom, entry[2]);
      else if (entry[1] === 'u') this.#users.learn(entry[2], entry[3], entry[4]);
      else if (entry.length === 5) this.#sessions.learn(entry[2], entry[3], entry[4]);
    }
    this.#sessions.forget(now);
    this.#users.forget(now);
  }
}

/** What is known by id, until it is forgotten. */
class Memory {
  readonly #known = new Map<string, Known>();
  /** By the second in which they may be forgotten, the earliest of a run first. */
  readonly #byAge: { readonly until: number; readonly ids: string[] }[] = [];

  news(id: string): News | undefined {
    return this.#known.get(id)?.news;
  }

  /** Notes an entry. A number counts if it is higher; a reason counts for good, the first one. */
  learn(id: string, news: News, until: number): void {
    const before = this.#known.get(id);
    if (typeof before?.news === 'string') return;
    if (before && typeof news === 'number' && news <= before.news) return;
    this.#known.set(id, { news, until: Math.max(until, before?.until ?? 0) });
    const newest = this.#byAge.at(-1);
    if (newest?.until === until) newest.ids.push(id);
    else this.#byAge.push({ until, ids: [id] });
  }

  forget(now: number): void {
    let past = 0;
    for (const { until, ids } of this.#byAge) {
      if (until > now) break;
      past += 1;
      for (const id of ids)
        if ((this.#known.get(id)?.until ?? Infinity) <= now) this.#known.delete(id);
    }
    this.#byAge.splice(0, past);
  }
}
