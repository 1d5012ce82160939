/** What goes wrong: a caller who is not let in, and a verifier that was set up wrongly. */
import type { REFUSALS } from './words.generated.js';

/** Why a caller is not let in. Codes are permanent. */
export type RefusalCode = keyof typeof REFUSALS;

/** A caller is not let in. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: RefusalCode;
  /** With `session_ended`: why it ended. */
  readonly reason: string | undefined;

  /** `cause` is for the log, never for callers. */
  constructor(code: RefusalCode, cause: string = code, reason?: string) {
    super(cause);
    this.code = code;
    this.reason = reason;
  }
}

/** A verifier was given what it cannot work with; `remedy` says what to do. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    super(`${what}: ${remedy}`);
    this.remedy = remedy;
  }
}
