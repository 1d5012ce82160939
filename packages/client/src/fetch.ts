/** The transport for browsers, workers and Node: `fetch`. */
import type { EncodedBody, Transport, TransportRequest, TransportResponse } from './edges.js';

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /** Default: `globalThis.fetch` at the time of each call. */
  readonly fetch?: typeof fetch;
}

/**
 * Carries requests with `fetch`. Requests that carry a token are sent with `redirect: 'manual'`: a
 * redirect reaches the caller as an error instead of carrying headers to another server.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  return {
    encode: freezeBody,
    async send(request) {
      const controller = typeof AbortController === 'undefined' ? null : new AbortController();
      request.onCancel(() => controller?.abort());
      const answer = await (options.fetch ?? fetch)(request.url, {
        method: request.method,
        headers: { ...request.headers },
        credentials: request.credentials,
        redirect: request.redirect,
        keepalive: request.keepalive,
        // A cached answer to a request about a session is a lie.
        cache: 'no-store',
        ...(controller && { signal: controller.signal }),
        ...(request.body !== undefined && request.body !== null && bodyOf(request)),
      });
      return read(answer, request);
    },
  };
}

/** Streams need `duplex` (WHATWG Fetch, "half"). */
function bodyOf({ body }: TransportRequest): RequestInit {
  const streams = typeof ReadableStream !== 'undefined' && body instanceof ReadableStream;
  return { body: body as BodyInit, ...(streams && { duplex: 'half' }) };
}

async function read(answer: Response, request: TransportRequest): Promise<TransportResponse> {
  return {
    status: answer.status,
    header: (name) => answer.headers.get(name),
    body: await bodyFrom(answer, request),
    url: answer.url,
  };
}

async function bodyFrom(answer: Response, { responseType }: TransportRequest): Promise<unknown> {
  // A refusal is JSON of ours even where a picture was asked for.
  if (responseType === 'blob' && answer.ok) return answer.blob();
  if (responseType === 'arraybuffer' && answer.ok) return answer.arrayBuffer();
  const text = await answer.text();
  const json = /^application\/([\w.-]+\+)?json\b/i.test(answer.headers.get('content-type') ?? '');
  if (responseType === 'text' && answer.ok) return text;
  try {
    return json && text !== '' ? (JSON.parse(text) as unknown) : text;
  } catch {
    return text;
  }
}

/**
 * Turns a `FormData` into the bytes it stands for, so that a replay sends the very same ones, boundary
 * included, even if the form changed meanwhile. Leaves everything else alone.
 */
export async function freezeBody(body: unknown): Promise<EncodedBody> {
  if (typeof URLSearchParams !== 'undefined' && body instanceof URLSearchParams)
    return {
      body: body.toString(),
      contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
    };
  if (typeof FormData === 'undefined' || !(body instanceof FormData)) return { body };
  // Before anything is awaited: what the caller adds to the form afterwards is not meant.
  const encoded = new Response(body);
  if (!(await understandsForms())) return { body };
  const contentType = encoded.headers.get('content-type') ?? undefined;
  return { body: await encoded.blob(), contentType };
}

/** Under jsdom, `FormData` and `Response` are of two worlds, and reading one through the other hangs. */
async function understandsForms(): Promise<boolean> {
  try {
    const form = await new Response(new URLSearchParams()).formData();
    return form instanceof FormData;
  } catch {
    return false;
  }
}
