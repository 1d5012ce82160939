/** The two clocks of a verifier. */
import { performance } from 'node:perf_hooks';

/** Seconds by both clocks. */
export interface Clocks {
  /** Only goes forward, also while the machine is suspended. Begins anywhere. */
  steady(): number;
  /** The time in Unix seconds. */
  unix(): number;
}

/** Seconds by which the time may run ahead of the monotonic clock before that counts as a leap. */
const LEAP = 0.02;

/**
 * The clocks of this machine.
 *
 * On Linux, Node has no cheap clock that goes on while the machine is suspended. So a leap of the time
 * counts as time that passed: it was either that, or the clock was set, and then one question too many
 * is asked. A suspension goes unnoticed only if the time was set back by as much in the meantime, or
 * if the machine was frozen with all its clocks.
 */
export class SystemClocks implements Clocks {
  readonly #monotonic: () => number;
  readonly #time: () => number;
  #leapt = 0;
  #apart: number;

  constructor(monotonic = () => performance.now() / 1000, time = () => Date.now() / 1000) {
    this.#monotonic = monotonic;
    this.#time = time;
    this.#apart = time() - monotonic();
  }

  steady(): number {
    const monotonic = this.#monotonic();
    const apart = this.#time() - monotonic;
    if (apart > this.#apart + LEAP) {
      this.#leapt += apart - this.#apart;
      this.#apart = apart;
    } else if (apart < this.#apart) this.#apart = apart;
    return monotonic + this.#leapt;
  }

  unix(): number {
    return this.#time();
  }
}
