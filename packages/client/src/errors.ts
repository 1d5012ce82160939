/**
 * Every failure this package reports.
 *
 * ```
 * AuthError
 * ├── SessionEndedError   kind 'definite':  the server said the session is over; sign in again
 * ├── TransientError      kind 'transient': nobody's fault, the session is kept; try again
 * └── RequestError        kind 'request':   this one request was refused; change it
 * ```
 *
 * `code` is permanent: the server's where it sent one, else one of {@link ClientCode}. `message` is the
 * server's text, or the code where no server spoke; `@tigertally/client/words` has texts for those. No
 * error ever holds a token, a password, a request header or the platform's own error object.
 */
import type { EndDetail, ErrorBody } from './contract.js';

/** Codes of failures that never reached the server, or whose answer could not be used. */
export type ClientCode =
  | 'network_error'
  | 'timeout'
  | 'malformed_answer'
  | 'unexpected_status'
  | 'refresh_braked'
  | 'refresh_postponed'
  | 'aborted'
  | 'body_not_replayable'
  | 'not_signed_in'
  | 'session_changed'
  | 'superseded'
  | 'cookies_unavailable'
  | 'invalid_options'
  | 'disposed';

/** What an error knows besides its code. */
export interface ErrorEvidence {
  /** HTTP status, where an answer came. */
  readonly status?: number | undefined;
  /** Per-field texts of `invalid_request`. */
  readonly fields?: ErrorBody['fields'] | undefined;
  /** Seconds to wait, where the server or the back-off says so. */
  readonly retryAfter?: number | undefined;
  /** Until when an account is disabled (RFC 3339; `null`: no end), with `user_disabled`. */
  readonly until?: ErrorBody['until'] | undefined;
  /** Why, when and from where a session ended. */
  readonly ended?: EndDetail | undefined;
  /** For the developer, never for people: what the platform, or the server, says of the cause. */
  readonly hint?: string | undefined;
}

/** The root of the tree; see the module's head. */
export class AuthError extends Error {
  override readonly name: string = 'AuthError';
  declare readonly status: number | undefined;
  declare readonly fields: ErrorBody['fields'] | undefined;
  declare readonly retryAfter: number | undefined;
  declare readonly until: ErrorBody['until'] | undefined;
  declare readonly ended: EndDetail | undefined;
  declare readonly hint: string | undefined;

  constructor(
    readonly kind: 'definite' | 'transient' | 'request',
    /** Permanent, for programs: an {@link ErrorCode}, a {@link ClientCode}, or one of a newer server. */
    readonly code: string,
    /** For people, in the language the server chose; the code where no server spoke. */
    message: string = code,
    evidence: ErrorEvidence = {},
  ) {
    super(message);
    Object.assign(this, evidence);
  }
}

/** The session is over by a definite verdict of the server. */
export class SessionEndedError extends AuthError {
  override readonly name = 'SessionEndedError';
  declare readonly kind: 'definite';
  constructor(code: string, message?: string, evidence?: ErrorEvidence) {
    super('definite', code, message, evidence);
  }
}

/** Network, time-out, 429, 5xx, a page that is not ours: the session is kept. */
export class TransientError extends AuthError {
  override readonly name = 'TransientError';
  declare readonly kind: 'transient';
  constructor(code: string, message?: string, evidence?: ErrorEvidence) {
    super('transient', code, message, evidence);
  }
}

/** The request itself was refused, here or by the server. */
export class RequestError extends AuthError {
  /** `AbortError`, as platforms call it, for a request that its caller gave up. */
  override readonly name: string;
  declare readonly kind: 'request';
  constructor(code: string, message?: string, evidence?: ErrorEvidence) {
    super('request', code, message, evidence);
    this.name = code === 'aborted' ? 'AbortError' : 'RequestError';
  }
}
