import { AuthError } from '@tigertally/client';
import { textOf } from '@tigertally/client/words';
import { language } from '@/look/language';

/** What went wrong, as a page shows it. */
export interface Problem {
  /**
   * `offline`: no answer came, try again. `ended`: the session is over, the shell takes care of it.
   * `refused`: the server said why.
   */
  readonly kind: 'offline' | 'ended' | 'refused';
  readonly code: string;
  /** For people, in their language; `null` where the server said nothing. */
  readonly message: string | null;
  /** The first text for each invalid field. */
  readonly fields: Readonly<Record<string, string>>;
}

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly fields?: unknown;
}

const SILENT = /^(network_error|timeout|malformed_answer|unexpected_status|refresh_\w+|disposed)$/;

/** Reads any failure of the client or of axios. */
export function problemOf(error: unknown): Problem {
  if (error instanceof AuthError) return fromClient(error);
  const response = isFailedRequest(error) ? error.response : undefined;
  const body = isObject(response?.data) ? (response.data as ErrorBody) : {};
  if (typeof body.code !== 'string') return offline('network_error');
  return {
    kind: 'refused',
    code: body.code,
    message: typeof body.message === 'string' ? body.message : null,
    fields: firstTexts(body.fields),
  };
}

function fromClient(error: AuthError): Problem {
  const message = textOf(error, language.value);
  if (error.kind === 'definite') return { kind: 'ended', code: error.code, message, fields: {} };
  if (SILENT.test(error.code)) return offline(error.code);
  return {
    kind: 'refused',
    code: error.code,
    message,
    fields: firstTexts(error.fields),
  };
}

const offline = (code: string): Problem => ({ kind: 'offline', code, message: null, fields: {} });

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** By shape: importing axios to ask for its class would put it into the first load. */
function isFailedRequest(error: unknown): error is { readonly response?: { data?: unknown } } {
  return isObject(error) && 'isAxiosError' in error;
}

function firstTexts(fields: unknown): Record<string, string> {
  if (!isObject(fields)) return {};
  const pairs = Object.entries(fields).map(([name, texts]) => [name, (texts as string[])[0] ?? '']);
  return Object.fromEntries(pairs) as Record<string, string>;
}
