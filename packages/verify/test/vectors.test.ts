/** The cases that every port of the verifier answers. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Clocks } from '../src/clocks.js';
import { RefusedError } from '../src/errors.js';
import type { Answer, Question } from '../src/questions.js';
import { VerifierState } from '../src/state.js';
import { readTerms } from '../src/terms.js';
import type { VerifierOptions } from '../src/terms.js';
import { verifierOver } from '../src/verifier.js';
import type { Asks } from '../src/wire.js';
import { SilenceError } from '../src/wire.js';

interface Ask {
  readonly path: string;
  readonly nonce?: string;
  readonly takes: number;
  readonly answer: null | {
    readonly status: number;
    readonly body: string;
    readonly proof?: string;
  };
}

interface Step {
  readonly at: number;
  readonly clock?: number;
  readonly verify: string;
  readonly permission?: string;
  readonly questions: readonly Ask[];
  readonly verdict: unknown;
}

interface Case {
  readonly name: string;
  readonly settings?: { readonly silence?: number; readonly on_silence?: 'until_expiry' };
  readonly steps: readonly Step[];
}

interface Kept {
  readonly url: string;
  readonly service_key: string;
  readonly began_at: number;
  readonly tokens: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

const folder = new URL('../../../src/tigertally/contract/vectors/verifier/', import.meta.url);
const files = readdirSync(folder).sort();
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Kept;

/** What a case may have, by the README of the vectors. A port that passes over the rest tests nothing. */
const MEMBERS = {
  file: ['began_at', 'cases', 'service_key', 'tokens', 'url'],
  case: ['name', 'settings', 'steps'],
  settings: ['on_silence', 'silence'],
  step: ['at', 'clock', 'permission', 'questions', 'verdict', 'verify'],
  question: ['answer', 'nonce', 'path', 'takes'],
  answer: ['body', 'proof', 'status'],
};

function knows(kind: keyof typeof MEMBERS, found: object): void {
  expect(MEMBERS[kind]).toEqual(expect.arrayContaining(Object.keys(found)));
}

/** Stands for the service and for both clocks. */
class Stage implements Clocks, Asks {
  at = 0;
  clock = 0;
  readonly #kept: Kept;
  #due: Ask[] = [];

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  steady = () => this.at;
  unix = () => this.#kept.began_at + this.at + this.clock;
  nonce = () => this.#due[0]?.nonce ?? 'none';
  close = () => undefined;

  prepare(step: Step): void {
    this.at = step.at;
    this.clock = step.clock ?? 0;
    this.#due = [...step.questions];
  }

  finish(): void {
    expect(this.#due, 'was not asked').toEqual([]);
  }

  async ask(question: Question): Promise<Answer> {
    const due = this.#due.shift();
    expect(question.path).toBe(due?.path);
    if (due?.nonce !== undefined)
      expect(question.headers).toEqual({
        Authorization: `Bearer ${this.#kept.service_key}`,
        'Tally-Feed-Nonce': due.nonce,
      });
    await Promise.resolve();
    this.at += due?.takes ?? 0;
    if (!due?.answer) throw new SilenceError('nobody answers');
    const { status, body, proof } = due.answer;
    return { status, body: Buffer.from(body), proof };
  }
}

function termsOf(kept: Kept, settings: Case['settings'] = {}) {
  const options: VerifierOptions = {
    url: kept.url,
    serviceKey: kept.service_key,
    silence: settings.silence,
    onSilence: settings.on_silence,
  };
  return readTerms(options);
}

describe.each(files)('%s', (file) => {
  const kept = read(file);
  knows('file', kept);

  test.each(kept.cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    knows('case', each);
    knows('settings', each.settings ?? {});
    const stage = new Stage(kept);
    const faults: unknown[] = [];
    const log = { warn: () => undefined, error: () => undefined };
    const state = new VerifierState(termsOf(kept, each.settings), stage.nonce);
    const asks: Asks = {
      close: stage.close,
      ask: async (question) => {
        try {
          return await stage.ask(question);
        } catch (error) {
          // The verifier counts every fault as silence, also one of this test.
          if (!(error instanceof SilenceError)) faults.push(error);
          throw error;
        }
      },
    };
    const verifier = verifierOver(state, asks, stage, log);
    for (const step of each.steps) {
      knows('step', step);
      for (const question of step.questions) {
        knows('question', question);
        knows('answer', question.answer ?? {});
      }
      stage.prepare(step);
      const token = kept.tokens[step.verify];
      expect(token).toBeDefined();
      const demands = step.permission === undefined ? {} : { permission: step.permission };
      const verdict = await verifier.verify(token ?? '', demands).then(
        ({ userId, sessionId, roles }) => ({ user: userId, session: sessionId, roles }),
        (error: unknown) => {
          if (!(error instanceof RefusedError)) throw error;
          return { code: error.code, ...(error.reason !== undefined && { reason: error.reason }) };
        },
      );
      expect(faults).toEqual([]);
      expect(verdict, JSON.stringify(step).slice(0, 600)).toEqual(step.verdict);
      stage.finish();
    }
  });
});

test('there are cases of every kind', () => {
  expect(files.length).toBeGreaterThanOrEqual(9);
  expect(files.flatMap((file) => read(file).cases).length).toBeGreaterThanOrEqual(40);
});
