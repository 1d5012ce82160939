import type { Transport, TransportRequest, TransportResponse } from '@tigertally/client';

/** What is asked of the platform. Each module names its own part of `uni`; uni-app's build fills it in. */
declare const uni: {
  request(options: {
    readonly url: string;
    readonly method: string;
    readonly header: Readonly<Record<string, string>>;
    readonly data?: unknown;
    readonly dataType: string;
    readonly responseType: 'text' | 'arraybuffer';
    readonly redirect: 'follow' | 'manual';
    readonly success: (answer: UniAnswer) => void;
    readonly fail: () => void;
  }): { abort(): void } | undefined;
};

interface UniAnswer {
  readonly statusCode: number | string;
  readonly header?: Readonly<Record<string, unknown>> | null;
  readonly data?: unknown;
}

/**
 * Carries requests with `uni.request`.
 *
 * Mini programs know no `PATCH`. Cookies are the platform's own affair, so this is for body delivery
 * only. Redirects of requests with a token are refused where the platform can refuse them
 * (`redirect: 'manual'`, WeChat base library 3.2.2); before that, its list of allowed domains is what
 * keeps the header at home.
 */
export function uniTransport(): Transport {
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const bytes = request.responseType === 'arraybuffer' || request.responseType === 'blob';
        const task = uni.request({
          url: request.url,
          method: request.method,
          header: request.headers,
          ...(request.body !== undefined && { data: request.body }),
          // Anything but `json`: what is JSON is decided here, by its type and not by its looks.
          dataType: 'text',
          responseType: bytes ? 'arraybuffer' : 'text',
          redirect: request.redirect,
          success: (answer) => {
            resolve(read(answer, request));
          },
          // The platform's own error may hold the request, headers included.
          fail: () => {
            reject(new Error('request failed'));
          },
        });
        request.onCancel(() => task?.abort());
      }),
  };
}

function read(answer: UniAnswer, request: TransportRequest): TransportResponse {
  const status = Number(answer.statusCode);
  const header = (name: string): string | null => headerOf(answer, name);
  return { status, header, body: bodyOf(answer, status, request) };
}

/** Header names come in the server's case, repeated ones as a list. */
function headerOf({ header }: UniAnswer, name: string): string | null {
  const wanted = name.toLowerCase();
  const found = Object.entries(header ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1];
  if (found === undefined || found === null) return null;
  return Array.isArray(found) ? found.join(', ') : String(found);
}

function bodyOf(answer: UniAnswer, status: number, { responseType }: TransportRequest): unknown {
  const { data } = answer;
  const ok = status >= 200 && status < 300;
  const bytes = isBuffer(data);
  // A refusal is JSON of ours even where a picture was asked for.
  if (bytes && ok) return data;
  const text = bytes ? textOf(data) : data;
  if (typeof text !== 'string') return text;
  if (responseType === 'text' && ok) return text;
  const type = headerOf(answer, 'content-type') ?? '';
  try {
    return /^application\/([\w.-]+\+)?json\b/i.test(type) ? (JSON.parse(text) as unknown) : text;
  } catch {
    return text;
  }
}

/** By its tag: on some platforms it is made in another realm, where `instanceof` says no. */
export const isBuffer = (value: unknown): value is ArrayBuffer =>
  Object.prototype.toString.call(value) === '[object ArrayBuffer]';

/** UTF-8 without `TextDecoder`, which mini programs lack; `''` for what is none. */
function textOf(buffer: ArrayBuffer): string {
  const escaped = Array.from(
    new Uint8Array(buffer),
    (byte) => `%${byte.toString(16).padStart(2, '0')}`,
  );
  try {
    return decodeURIComponent(escaped.join(''));
  } catch {
    return '';
  }
}
