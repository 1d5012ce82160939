/**
 * axios with our authorisation.
 *
 * The *adapter* is wrapped, not the interceptors: it sees the request after every transformation, so a
 * replay sends the same bytes, and the application's own interceptors run once per call.
 */
import { AxiosError, AxiosHeaders, getAdapter } from 'axios';
import { freezeBody } from './fetch.js';
import type { AxiosAdapter, AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AuthClient, Grant, Verdict } from './types.js';

/** An axios answer, or axios' refusal of it, in the shape the client judges by. */
interface Outcome extends Verdict {
  readonly response?: AxiosResponse | undefined;
  readonly error?: AxiosError;
}

/**
 * Makes `instance` send with the authorisation of `client`. Returns the function that undoes it.
 *
 * A 401 that ends the session, and a refresh that fails, reject with this package's `AuthError`;
 * everything else is axios' own. Tokens are kept out of `error.config` and `response.config`.
 */
export function installAxios(instance: AxiosInstance, client: AuthClient): () => void {
  const before = instance.defaults.adapter;
  const inner = before ?? ['xhr', 'http', 'fetch'];
  const wrapped: AxiosAdapter = (config) => {
    const adapter = getAdapter(inner);
    return send(adapter, config, client);
  };
  instance.defaults.adapter = wrapped;
  return () => {
    if (instance.defaults.adapter !== wrapped) return;
    if (before === undefined) delete instance.defaults.adapter;
    else instance.defaults.adapter = before;
  };
}

async function send(
  adapter: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  client: AuthClient,
): Promise<AxiosResponse> {
  const url = addressOf(config);
  const frozen = await freezeBody(config.data);
  const authorization = config.headers.get('Authorization');
  const call = {
    method: config.method ?? 'get',
    url,
    authorization: typeof authorization === 'string' ? authorization : undefined,
    replayable: !isStream(frozen.body),
    ...(config.signal && { signal: config.signal as AbortSignal }),
  };
  const outcome = await client.authorise(call, async (grant): Promise<Outcome> => {
    const attempt = { ...config, data: frozen.body, ...credentialsOf(grant) };
    attempt.headers = AxiosHeaders.concat(config.headers, grant.headers);
    if (frozen.contentType !== undefined) attempt.headers.setContentType(frozen.contentType);
    try {
      return outcomeOf(clean(await adapter(attempt), config));
    } catch (error) {
      if (!(error instanceof AxiosError)) throw error;
      error.config = config;
      delete (error as Partial<AxiosError>).request;
      return { ...(error.response ? outcomeOf(clean(error.response, config)) : NO_ANSWER), error };
    }
  });
  if (outcome.error !== undefined) throw outcome.error;
  return outcome.response as AxiosResponse;
}

const NO_ANSWER: Outcome = { status: 0, body: null };

const isStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && ('getReader' in body || 'pipe' in body);

/** The address axios will use, as far as it decides whose server it is. */
function addressOf({ baseURL, url = '' }: InternalAxiosRequestConfig): string {
  if (!baseURL || /^([a-z][a-z\d+\-.]*:)?\/\//i.test(url)) return url;
  return url === '' ? baseURL : `${baseURL.replace(/\/?\/$/, '')}/${url.replace(/^\/+/, '')}`;
}

function credentialsOf(grant: Grant): { withCredentials?: boolean } {
  return grant.credentials === 'same-origin'
    ? {}
    : { withCredentials: grant.credentials === 'include' };
}

/** The platform's request object remembers the headers it was sent with; nobody else needs to. */
function clean(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  const { responseURL } = (response.request ?? {}) as { responseURL?: string };
  const redirected = (response.request as { res?: { responseUrl?: string } } | undefined)?.res;
  response.config = config;
  response.request = { responseURL: responseURL ?? redirected?.responseUrl };
  return response;
}

function outcomeOf(response: AxiosResponse): Outcome {
  const { responseURL } = response.request as { responseURL?: string };
  return {
    status: response.status,
    body: parsed(response.data),
    url: responseURL === '' ? undefined : responseURL,
    response,
  };
}

/** The adapter's data is not transformed yet. */
function parsed(data: unknown): unknown {
  if (typeof data !== 'string' || !data.startsWith('{')) return data;
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return data;
  }
}
