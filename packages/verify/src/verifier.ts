/** The verifier: it carries out what {@link VerifierState} decides. */
import type { Agent } from 'node:http';
import type { AccessClaims } from './claims.js';
import { readClaims, TOKEN_MAX } from './claims.js';
import type { Clocks } from './clocks.js';
import { SystemClocks } from './clocks.js';
import type { Demands } from './demands.js';
import { requireDemands } from './demands.js';
import { RefusedError } from './errors.js';
import { PublicKeys } from './keys.js';
import type { Answer, Question } from './questions.js';
import { readKeySet } from './questions.js';
import { VerifierState } from './state.js';
import type { Log } from './telling.js';
import { Teller } from './telling.js';
import type { VerifierOptions } from './terms.js';
import { PATIENCE, readTerms } from './terms.js';
import { digestOf } from './verified.js';
import type { Asks } from './wire.js';
import { Wire } from './wire.js';

/** Seconds that another machine may be ahead, for `iat`. */
const CLOCK_SKEW = 60;

/** Options, and parts of Node that may be replaced. */
export interface CreateOptions extends VerifierOptions {
  /** An agent of `node:http` or `node:https`, for certificates of your own. */
  readonly agent?: Agent | undefined;
  /** Where operators read what is wrong; `console` by default. */
  readonly log?: Log | undefined;
}

/** Verifies access tokens of another service. It asks nothing while it is not used. */
export interface Verifier {
  /**
   * The claims of a token whose session lives. Rejects with RefusedError; where nobody can say, half a
   * second after the call at the latest, with `verifier_unavailable`.
   */
  verify(token: string, demands?: Demands): Promise<AccessClaims>;
  /** Closes the connection to the service. A later call opens another one. */
  close(): void;
  /** Where this verifier writes to. */
  readonly log: Log;
}

/** Prepares a verifier; the first request asks. Throws SetupError. */
export function createVerifier(options: CreateOptions): Verifier {
  const terms = readTerms(options);
  const wire = new Wire(terms.url, options.agent);
  return verifierOver(new VerifierState(terms), wire, new SystemClocks(), options.log ?? console);
}

/** A verifier of the parts that are given. */
export function verifierOver(state: VerifierState, wire: Asks, clocks: Clocks, log: Log): Verifier {
  const teller = new Teller(state.terms, log);
  let asking: Promise<void> = Promise.resolve();

  async function carryOut(question: Question): Promise<void> {
    let answer: Answer | undefined;
    let why = '';
    try {
      answer = await wire.ask(question);
      if (question.about === 'keys')
        answer = { ...answer, keys: await PublicKeys.read(readKeySet(answer)) };
    } catch (error) {
      // Whatever it was: nobody answered what can be believed.
      answer = undefined;
      why = error instanceof Error ? error.message : String(error);
    }
    state.hear(question, answer, clocks.steady(), why);
    teller.tell(state.fault, clocks.steady());
  }

  async function prove(arrived: number): Promise<void> {
    for (;;) {
      const now = clocks.steady();
      const step = state.step(arrived, now);
      if (step === 'pass') return;
      if (step === 'refuse') throw new RefusedError('verifier_unavailable', state.fault);
      if (step !== 'wait') asking = carryOut(step);
      await within(asking, arrived + PATIENCE - now);
    }
  }

  async function read(token: string, digest: string): Promise<AccessClaims> {
    const { keys, rules } = state;
    const content = token.length <= TOKEN_MAX ? await keys?.open(token) : undefined;
    const claims = readClaims(content, rules);
    if (!claims) throw new RefusedError('token_invalid');
    if (claims.issuedAt > state.time(clocks.steady(), clocks.unix()) + CLOCK_SKEW)
      throw new RefusedError('token_invalid', 'issued in the future');
    // Keys that changed meanwhile have emptied the memory.
    if (keys === state.keys && rules === state.rules) state.verified.add(digest, claims);
    return claims;
  }

  return {
    log,
    async verify(token, demands) {
      const arrived = clocks.steady();
      if (arrived > state.goodUntil) await prove(arrived);
      const digest = digestOf(token);
      const claims = state.verified.get(digest) ?? (await read(token, digest));
      const time = state.time(clocks.steady(), clocks.unix());
      state.judge(claims, time);
      if (demands !== undefined) requireDemands(demands, claims, state, time);
      return claims;
    },
    close: () => wire.close(),
  };
}

/** Waits for work, so many seconds at most. */
async function within(work: Promise<void>, seconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bell = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, seconds * 1000));
  });
  try {
    await Promise.race([work, bell]);
  } finally {
    clearTimeout(timer);
  }
}
