/** The client's own requests, from the application's description of them. */
import { authorise } from './authorise.js';
import { fieldsOf, problem } from './core/answers.js';
import { send } from './wire.js';
import type { Tab } from './tab.js';
import type { AuthRequest, AuthResponse } from './types.js';

const isStream = (body: unknown): boolean => {
  const { getReader, pipe } = fieldsOf(body);
  return typeof getReader === 'function' || typeof pipe === 'function';
};

/** Headers whose names can be compared. */
const lowered = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** See {@link AuthClient.request}. */
export async function request(tab: Tab, asked: AuthRequest): Promise<AuthResponse> {
  const { method = 'GET', json, signal, responseType = 'auto', timeoutMs } = asked;
  const { transport, language } = tab.options;
  const url = /^\/(?!\/)/.test(asked.url) ? tab.base + asked.url : asked.url;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (language) headers['accept-language'] = language();
  let { body } = asked;
  let contentType: string | undefined;
  if (json !== undefined) [body, contentType] = [JSON.stringify(json), 'application/json'];
  else if (body !== undefined && typeof body !== 'string' && transport.encode)
    ({ body, contentType } = await transport.encode(body));
  if (contentType !== undefined) headers['content-type'] = contentType;
  Object.assign(headers, lowered(asked.headers ?? {}));
  const { authorization } = headers;
  const call = { method, url, authorization, replayable: !isStream(body), signal };
  const answer = await authorise(tab, call, (grant) => {
    const granted = lowered(grant.headers);
    return send(tab, {
      ...{ method, url, body, responseType, timeoutMs, signal, credentials: grant.credentials },
      headers: { ...headers, ...granted },
      redirect: Object.keys(granted).length ? 'manual' : 'follow',
    });
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw problem(answer, tab.env.now());
}
