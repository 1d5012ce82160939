/** What a verifier asks the service, and what it makes of an answer. No input, no output. */
import type { PublicKeys } from './keys.js';
import type { ServiceKey } from './service_key.js';

const TEXT_MAX = 255;

/** One request to the service. */
export interface Question {
  readonly about: 'feed' | 'keys' | 'roles';
  /** Behind the address of the service, with the query. */
  readonly path: string;
  readonly sentAt: number;
  readonly nonce: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly after: number;
  /** Whether it asks for everything, whatever the feed is. */
  readonly fresh: boolean;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly proof?: string | undefined;
  /** The body of a key set, read. */
  readonly keys?: PublicKeys | undefined;
}

/** An answer that proves nothing: it counts as silence. The message says why. */
export class NotUnderstoodError extends Error {}

/** `[position, kind, …]`; see the README of the vectors. */
export type Entry =
  | readonly [number, 'k' | 'r']
  | readonly [number, 'a', number]
  | readonly [number, 's', string, string, number]
  | readonly [number, 'p' | 'u', string, number, number];

/** A proven answer of the feed. */
export interface Page {
  readonly feed: string;
  readonly head: number;
  readonly now: number;
  readonly more: boolean;
  readonly keys: number;
  /** `undefined` from a service that has no roles of its own to tell. */
  readonly roles: number | undefined;
  readonly silence: number;
  readonly accessTtl: number;
  readonly entries: readonly Entry[];
}

/** A page that is proven to answer the question. Throws {@link NotUnderstoodError}. */
export function readPage(question: Question, answer: Answer, key: ServiceKey): Page {
  const content = proven(question, answer, key);
  const page = {
    feed: text(content['feed']),
    head: count(content['head']),
    now: seconds(content['now']),
    more: flag(content['more']),
    keys: count(content['keys']),
    roles: 'roles' in content ? count(content['roles']) : undefined,
    silence: seconds(content['silence']),
    accessTtl: count(content['access_ttl']),
    entries: list(content['entries']).map(entry),
  };
  let last = question.after;
  for (const [position] of page.entries) {
    if (position <= last) throw new NotUnderstoodError('the entries are out of order');
    last = position;
  }
  if (last > page.head || (page.more && page.entries.length === 0))
    throw new NotUnderstoodError('the entries and the head contradict each other');
  return page;
}

/** When an entry may be forgotten; one that names nobody is not remembered by itself. */
export function forgetAt(entry: Entry): number {
  return entry.length === 5 ? entry[4] : -Infinity;
}

/** Whether two entries are the same. */
export function isSame(one: Entry | undefined, other: Entry | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What each role gives. Throws {@link NotUnderstoodError}. */
export function readRoles(
  question: Question,
  answer: Answer,
  key: ServiceKey,
): ReadonlyMap<string, readonly string[]> {
  if (answer.status !== 200) throw new NotUnderstoodError(`no roles, status ${answer.status}`);
  const { roles } = proven(question, answer, key);
  if (!isObject(roles)) throw another('no roles');
  return new Map(
    Object.entries(roles).map(([role, given]) => [role, list(given).map((one) => string(one))]),
  );
}

/** The keys of a key set as they came. Throws {@link NotUnderstoodError}. */
export function readKeySet(answer: Answer): readonly unknown[] {
  const { keys } = objectOf(answer.body);
  if (answer.status !== 200 || !Array.isArray(keys))
    throw new NotUnderstoodError(`no key set, status ${answer.status}`);
  return keys;
}

/** An entry of a kind that we know: another may revoke something, as the service is newer than this. */
function entry(raw: unknown): Entry {
  const [position, kind, ...more] = list(raw);
  count(position);
  const [name, number, forget] = more;
  const form = `${String(kind)}${more.length}`;
  if (form === 'a1') count(name);
  else if (form === 's3') {
    text(name);
    text(number);
    count(forget);
  } else if (form === 'p3' || form === 'u3') {
    text(name);
    count(number);
    count(forget);
  } else if (form !== 'k0' && form !== 'r0')
    throw another('an entry of an unknown kind: this verifier is older than the service');
  return raw as Entry;
}

function proven(question: Question, answer: Answer, key: ServiceKey): Record<string, unknown> {
  if (!key.proves(question.nonce, answer.body, answer.proof))
    throw new NotUnderstoodError('the proof does not fit: the answer is old, or somebody else’s');
  return objectOf(answer.body);
}

function objectOf(body: Buffer): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    content = undefined;
  }
  if (!isObject(content)) throw new NotUnderstoodError('the answer is no JSON object');
  return content;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function another(what: string): NotUnderstoodError {
  return new NotUnderstoodError(`the answer has another form: ${what}`);
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw another('no list');
}

function string(value: unknown): string {
  if (typeof value === 'string') return value;
  throw another('no text');
}

function text(value: unknown): string {
  if (isText(value)) return value;
  throw another('no text');
}

function count(value: unknown): number {
  if (isCount(value)) return value;
  throw another('no count');
}

function seconds(value: unknown): number {
  if (typeof value === 'number' && value > 0 && value < 2 ** 53) return value;
  throw another('no seconds');
}

function flag(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw another('no flag');
}

/** Whether a value is a text as ours are. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX;
}

/** Whether a value is a whole number, not below nothing. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
