/** Reads the server's answers. Trusts nothing: a captive portal answers too. */
import { RequestError, SessionEndedError, TransientError } from '../errors.js';
import type { AuthError } from '../errors.js';
import type { TransportResponse } from '../edges.js';
import type { EndDetail, Session, TokenAnswer, User } from '../contract.js';
import type { AnonymousReason, Verdict } from '../types.js';

type Fields = Readonly<Record<string, unknown>>;

/** `value` as an object whose fields may be looked at; an empty one where it is none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** The permanent code in an answer's body, or `''`. */
export function codeOf(body: unknown): string {
  const { code } = fieldsOf(body);
  return typeof code === 'string' ? code : '';
}

/** The token is invalid; the session may be fine. */
export const isTokenCode = (code: string): boolean =>
  /^token_(missing|invalid|expired)$/.test(code);

/** The session itself is over. */
export const isSessionCode = (code: string): boolean => /^session_(ended|unknown)$/.test(code);

/** A stored or received user that can be shown. */
export function isUser(value: unknown): value is User {
  const { id, username, roles } = fieldsOf(value);
  return typeof id === 'string' && typeof username === 'string' && Array.isArray(roles);
}

/** A stored or received session that can be refreshed. */
export function isSession(value: unknown): value is Session {
  const { id, generation } = fieldsOf(value);
  return typeof id === 'string' && id !== '' && Number.isInteger(generation);
}

/** The answer of a sign-in or refresh, or `null` when any part that we rely on is missing. */
export function readTokens(answer: TransportResponse, cookies: boolean): TokenAnswer | null {
  const body = fieldsOf(answer.body);
  const text = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const complete =
    answer.status === 200 &&
    isUser(body.user) &&
    isSession(body.session) &&
    Number(body.expires_in) > 0 &&
    (cookies || (text(body.access_token) && text(body.refresh_token)));
  return complete ? (body as unknown as TokenAnswer) : null;
}

/** Seconds from `Retry-After` (both its forms) or `retry_after`, within an hour. */
function retryAfter(answer: TransportResponse, now: number): number | undefined {
  const told = fieldsOf(answer.body).retry_after;
  const text = typeof told === 'number' ? String(told) : answer.header('retry-after');
  if (!text) return undefined;
  const seconds = /^[\d.]+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), 3600);
}

/** The server's account of an end. */
export function endDetail(body: unknown): EndDetail {
  const { reason, ended_at, by } = fieldsOf(body);
  return { code: codeOf(body), reason, ended_at, by } as EndDetail;
}

/** What a definite verdict makes of the client. */
export function reasonOf(detail: EndDetail): AnonymousReason {
  return (detail.reason ??
    (detail.code === 'session_ended' ? 'expired' : detail.code)) as AnonymousReason;
}

/** The server's text, where it sent one. */
export function messageOf(body: unknown): string | undefined {
  const { message } = fieldsOf(body);
  return typeof message === 'string' ? message : undefined;
}

/** The error of an answer by which a session is over. */
export function endedError({ status, body }: Verdict): SessionEndedError {
  return new SessionEndedError(codeOf(body), messageOf(body), { status, ended: endDetail(body) });
}

/** The error an answer without success stands for. */
export function problem(answer: TransportResponse, now: number): AuthError {
  const { status, body } = answer;
  const { fields, until, hint } = fieldsOf(body);
  const code = codeOf(body) || 'unexpected_status';
  const text = messageOf(body);
  const evidence = { status, retryAfter: retryAfter(answer, now), fields, until, hint } as object;
  if (status === 401 && isSessionCode(code))
    return new SessionEndedError(code, text, { ...evidence, ended: endDetail(body) });
  const passing = status === 429 || status >= 500 || status < 400;
  return new (passing ? TransientError : RequestError)(code, text, evidence);
}
