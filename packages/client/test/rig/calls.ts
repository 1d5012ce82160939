/** What a call carries, and whether it is meant. */

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly cookies: Readonly<Record<string, string>>;
  readonly at: number;
}

/** A token, unread, and how it came. */
export interface Carried {
  readonly text: string;
  readonly byCookie: boolean;
}

/** The pages that may call with cookies: the tests' own. */
const ORIGINS = new Set(['https://app.example', 'http://localhost']);

/** The members of a call's body. */
export const meantBy = ({ body }: Call): Readonly<Record<string, unknown>> =>
  (body ?? {}) as Record<string, unknown>;

/** Whether the browser says that a page of ours made this call; programs say nothing. */
export function originFits({ headers }: Call): boolean {
  if (headers.origin !== undefined) return ORIGINS.has(headers.origin);
  return [undefined, 'same-origin', 'none'].includes(headers['sec-fetch-site']);
}

/** The tokens that a refresh comes with, or a sign-out (`either` half), best first. */
export function carried(call: Call, either: boolean): readonly Carried[] {
  const body = meantBy(call);
  const sent = [
    call.headers.authorization?.replace(/^Bearer /, ''),
    ...[body.refresh_token, body.refreshToken, ...(either ? [body.access_token] : [])],
  ];
  const kept = [...(either ? [call.cookies.tally_access] : []), call.cookies.tally_refresh];
  const own = sent.flatMap((text) => (text ? [{ text: String(text), byCookie: false }] : []));
  const found = kept.flatMap((text) => (text ? [{ text, byCookie: true }] : []));
  // Of a refresh, cookies count only where the client itself sent nothing.
  return either ? [...own, ...found] : own.length > 0 ? own : found;
}
