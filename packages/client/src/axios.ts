/**
 * axios with our authorisation.
 *
 * The *adapter* is wrapped, not the interceptors: it sees the request after every transformation, so a
 * replay sends the same bytes, and the application's own interceptors run once per call.
 */
import { AxiosError, AxiosHeaders, CanceledError, getAdapter } from 'axios';
import { fieldsOf } from './core/answers.js';
import { AuthError } from './errors.js';
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
  const limit = limitOf(config);
  try {
    return await authorised(adapter, config, client, limit.signal);
  } catch (error) {
    // While it waited for new tokens nothing was on its way that axios could have given up.
    throw error instanceof AuthError && error.code === 'aborted' ? limit.error() : error;
  } finally {
    limit.end();
  }
}

/** Fires when the caller gives the request up, or its `timeout` is over, waiting included. */
function limitOf(config: InternalAxiosRequestConfig): {
  readonly signal: AbortSignal;
  error(): AxiosError;
  end(): void;
} {
  const { timeout = 0, signal, cancelToken } = config;
  const controller = new AbortController();
  let late = false;
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(
    () => {
      late = true;
      abort();
    },
    timeout > 0 ? timeout : 2 ** 31 - 1,
  );
  if (!(timeout > 0)) clearTimeout(timer);
  if (signal?.aborted || cancelToken?.reason) abort();
  signal?.addEventListener?.('abort', abort);
  (cancelToken as { subscribe?: (listener: () => void) => void } | undefined)?.subscribe?.(abort);
  const code = config.transitional?.clarifyTimeoutError ? 'ETIMEDOUT' : 'ECONNABORTED';
  const text = config.timeoutErrorMessage ?? `timeout of ${timeout}ms exceeded`;
  return {
    signal: controller.signal,
    error: () => (late ? new AxiosError(text, code, config) : new CanceledError(undefined, config)),
    end() {
      clearTimeout(timer);
      signal?.removeEventListener?.('abort', abort);
      (cancelToken as { unsubscribe?: (listener: () => void) => void } | undefined)?.unsubscribe?.(
        abort,
      );
    },
  };
}

async function authorised(
  adapter: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  client: AuthClient,
  signal: AbortSignal,
): Promise<AxiosResponse> {
  const url = addressOf(config);
  const frozen = await freezeBody(config.data);
  const authorization = config.headers.get('Authorization');
  const call = {
    method: config.method ?? 'get',
    url,
    authorization: typeof authorization === 'string' ? authorization : undefined,
    replayable: !isStream(frozen.body),
    signal,
  };
  const outcome = await client.authorise(call, async (grant): Promise<Outcome> => {
    const attempt = { ...config, data: frozen.body, ...credentialsOf(grant), signal };
    if (isDocument(config)) attempt.responseType = 'text';
    attempt.headers = AxiosHeaders.concat(config.headers, grant.headers);
    if (frozen.contentType !== undefined) attempt.headers.setContentType(frozen.contentType);
    try {
      return await outcomeOf(clean(await adapter(attempt), config));
    } catch (error) {
      if (!(error instanceof AxiosError)) throw error;
      error.config = config;
      // It tells "sent, and no answer" from "never sent", and must not tell the headers.
      if (error.request !== undefined) error.request = traceOf(error.request);
      const { response } = error;
      return { ...(response ? await outcomeOf(clean(response, config)) : NO_ANSWER), error };
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
  response.config = config;
  response.request = traceOf(response.request);
  return response;
}

/** What remains of a platform's request object. */
function traceOf(request: unknown): { readonly responseURL?: string } {
  const { responseURL, res } = fieldsOf(request);
  return { responseURL: (responseURL ?? fieldsOf(res).responseUrl) as string };
}

async function outcomeOf(response: AxiosResponse): Promise<Outcome> {
  const { responseURL } = response.request as { responseURL?: string };
  const { status, config } = response;
  const body = status < 400 ? null : parsed(await textOf(response));
  if (status < 400 && isDocument(config)) response.data = documentOf(response);
  return { status, body, url: responseURL === '' ? undefined : responseURL, response };
}

/** XHR would make nothing at all of a refusal in JSON. */
const isDocument = ({ responseType }: { readonly responseType?: string | undefined }): boolean =>
  responseType === 'document' && typeof DOMParser !== 'undefined';

function documentOf({ data, headers }: AxiosResponse): unknown {
  if (typeof data !== 'string') return data;
  const type = /^[^;]*/.exec(String(headers['content-type'] ?? ''))?.[0].trim() ?? '';
  const known = type === 'text/html' || /[/+]xml$/.test(type);
  return known ? new DOMParser().parseFromString(data, type as DOMParserSupportedType) : null;
}

/** The text of a refusal, in whatever form its reader asked for the body; a stream stays readable. */
async function textOf(response: AxiosResponse): Promise<unknown> {
  const data: unknown = response.data;
  if (typeof data !== 'object' || data === null) return data;
  if (!/\bjson\b/i.test(String(response.headers['content-type'] ?? ''))) return null;
  if (typeof Blob !== 'undefined' && data instanceof Blob) return textOfBlob(data);
  if (isBytes(data)) return new TextDecoder().decode(data);
  if (typeof ReadableStream !== 'undefined' && data instanceof ReadableStream) {
    const [mine, theirs] = data.tee();
    response.data = theirs;
    return new Response(mine as ReadableStream<Uint8Array>).text();
  }
  return Symbol.asyncIterator in data ? drained(response, data as NodeStream) : data;
}

/** By its tag: a buffer may come from another frame. */
const isBytes = (data: object): data is ArrayBuffer | ArrayBufferView =>
  ArrayBuffer.isView(data) || Object.prototype.toString.call(data) === '[object ArrayBuffer]';

/** Older WebViews, and jsdom, have no `Blob.text`. */
function textOfBlob(blob: Blob): Promise<unknown> {
  if ('text' in blob) return blob.text();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result);
    };
    reader.onerror = () => {
      reject(new Error('The body could not be read.'));
    };
    reader.readAsText(blob);
  });
}

/** A stream of Node, as far as it is needed here. */
type NodeStream = AsyncIterable<Uint8Array> & {
  readonly constructor: { readonly from: (chunks: readonly Uint8Array[]) => unknown };
};

async function drained(response: AxiosResponse, stream: NodeStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  response.data = stream.constructor.from(chunks);
  return new Response(new Blob(chunks as BlobPart[])).text();
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
