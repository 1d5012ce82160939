import { AuthError } from '@tigertally/client';
import { textOf } from '@tigertally/client/words';
import { language } from '@/words';
import type { Words } from '@/words';

/** What went wrong, as a page shows it. */
export interface Problem {
  /** `offline`: no answer came, try again. `ended`: the guards take care of it. `refused`: see `message`. */
  readonly kind: 'offline' | 'ended' | 'refused';
  readonly code: string;
  /** For people, in their language; `''` where the server said nothing. */
  readonly message: string;
  /** The first text for each invalid field. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Codes that no server chose: their messages are for developers. */
const SILENT =
  /^(network_error|timeout|malformed_answer|unexpected_status|refresh_\w+|disposed|platform_unavailable)$/;

/** Reads any failure of the client. */
export function problemOf(error: unknown): Problem {
  const failure =
    error instanceof AuthError ? error : new AuthError('transient', 'unexpected_status');
  const { kind, code, fields } = failure;
  const message = textOf(failure, language.value);
  if (kind === 'definite') return { kind: 'ended', code, message, fields: {} };
  if (SILENT.test(code)) return { kind: 'offline', code, message: '', fields: {} };
  const firsts = Object.entries(fields ?? {}).map(([name, texts]) => [name, texts[0] ?? '']);
  return {
    ...{ kind: 'refused', code, message },
    fields: Object.fromEntries(firsts) as Record<string, string>,
  };
}

/** What a form says of it. */
export function noticeOf(problem: Problem, words: Words): string {
  if (problem.code === 'platform_unavailable') return words.form.platform;
  return problem.message || words.form.offline;
}
