/** What a verifier writes to the log: a fault once, or each minute if it lets tokens in. */
import type { Terms } from './terms.js';

/** Where a verifier writes what operators must know. `console` is one. */
export interface Log {
  warn(text: string): void;
  error(text: string): void;
}

/** Seconds after which a fault that lasts is written again. */
const AGAIN = 60;

/** Writes faults to the log, and their end. */
export class Teller {
  readonly #terms: Terms;
  readonly #log: Log;
  #told = '';
  #toldAt = -Infinity;

  constructor(terms: Terms, log: Log) {
    this.#terms = terms;
    this.#log = log;
  }

  /** Writes a fault, unless that was done a moment ago; an empty text is the end of it. */
  tell(fault: string, now: number): void {
    const { url, trusting } = this.#terms;
    if (fault === '') {
      if (this.#told) this.#log.warn(`tigertally: ${url} answers again`);
      this.#told = '';
    } else if (fault !== this.#told || (trusting && now >= this.#toldAt + AGAIN)) {
      const outcome = trusting
        ? 'ended sessions are let in until their tokens expire'
        : 'nobody is let in';
      this.#log.error(
        `tigertally: nobody can say who is signed in at ${url} (${outcome}): ${fault}`,
      );
      this.#told = fault;
      this.#toldAt = now;
    }
  }
}
