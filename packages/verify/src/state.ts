/**
 * What a verifier knows, and each of its decisions. It is told the time, and does nothing itself.
 *
 * A request whose evidence is older than the silence that was agreed on asks, once; all others wait for
 * that answer. Younger evidence is a look into memory. A token passes only if a question was answered
 * that was sent no earlier than that silence before the request arrived.
 */
import { randomBytes } from 'node:crypto';
import type { AccessClaims, TokenRules } from './claims.js';
import { RefusedError } from './errors.js';
import type { PublicKeys } from './keys.js';
import { RolePermissions } from './permissions.js';
import type { Answer, Entry, Page, Question } from './questions.js';
import { forgetAt, isSame, NotUnderstoodError, readPage, readRoles } from './questions.js';
import { Revocations } from './revocations.js';
import type { Terms } from './terms.js';
import { CLOCK_TRUST, KEYS_PAUSE, PATIENCE, PAUSE } from './terms.js';
import { VerifiedTokens } from './verified.js';

const KEY_UNKNOWN =
  'the service does not know this key: run `tigertally services list` there, and ' +
  '`tigertally services rotate NAME` for another';

/** The whole feed, while its pages arrive. */
class Snapshot {
  feed: string | undefined;
  after = 0;
  anchor: Entry | undefined;
  readonly known = new Revocations();
}

/** 22 random characters. */
function newNonce(): string {
  return randomBytes(16).toString('base64url');
}

/** Everything that one verifier knows. */
export class VerifierState {
  readonly terms: Terms;
  /** Until when a request may arrive for which the evidence is young enough. */
  goodUntil = -Infinity;
  /** Why the last question proved nothing; empty after one that did. */
  fault = 'not asked yet';
  /** What roles give. */
  roles = new RolePermissions(new Map([['admin', ['*']]]));
  keys: PublicKeys | undefined;
  rules: TokenRules;
  readonly verified = new VerifiedTokens();
  readonly #nonce: () => string;
  #asked: Question | undefined;
  #failedAt = -Infinity;
  #keysAskedAt = -Infinity;
  #rolesAskedAt = -Infinity;
  #provedAt = -Infinity;
  #silence: number;
  #feed: string | undefined;
  /** The newest entry that names somebody. */
  #anchor: Entry | undefined;
  #snapshot: Snapshot | undefined = new Snapshot();
  #known = new Revocations();
  #keysWanted: number | undefined;
  #rolesWanted: number | undefined;
  #rolesRead = false;
  /** The service's time, less our steady clock. */
  #ahead = 0;

  constructor(terms: Terms, nonce: () => string = newNonce) {
    this.terms = terms;
    this.#nonce = nonce;
    this.#silence = terms.silence;
    this.rules = { issuer: terms.issuer, audience: terms.audience, accessTtl: 1 };
  }

  /** What a request that arrived at a time does now: wait for who asks already, or ask itself. */
  step(arrived: number, now: number): 'pass' | 'wait' | 'refuse' | Question {
    if (arrived <= this.goodUntil) return 'pass';
    if (this.#asked) {
      const end = this.#asked.sentAt + PATIENCE;
      if (now < end && now < arrived + PATIENCE) return 'wait';
      // What was sent was never heard of again: the next request takes over.
      if (now >= end) this.#fail('no answer in time', end);
    }
    if (this.#asked || now >= arrived + PATIENCE || now < this.#failedAt + PAUSE)
      return this.#refuse();
    const question = this.#next(now);
    if (question === undefined) return this.#refuse();
    this.#asked = question;
    return question;
  }

  /** Takes in the answer to a question; `undefined` is silence, and `why` says what was wrong. */
  hear(question: Question, answer: Answer | undefined, now: number, why = ''): void {
    if (question !== this.#asked) return; // given up, and perhaps asked again
    this.#asked = undefined;
    if (answer === undefined || now >= question.sentAt + PATIENCE) {
      this.#fail(why || 'no answer in time', now);
      return;
    }
    try {
      this.#take(question, answer, now);
    } catch (error) {
      if (!(error instanceof NotUnderstoodError)) throw error;
      this.#fail(error.message, now);
      return;
    }
    this.#settle();
  }

  /**
   * Refuses a verified token that is not in time, or whose session is known to have ended. Call it only
   * after {@link step} let the request pass. Throws {@link RefusedError}.
   */
  judge(claims: AccessClaims, time: number): void {
    if (claims.expiresAt <= time) throw new RefusedError('token_expired');
    const known = this.#known.session(claims.sessionId);
    if (typeof known === 'string') throw new RefusedError('session_ended', known, known);
    const lowest = this.#known.claimsVersion(claims.userId);
    if (
      (known !== undefined && claims.proof < known) ||
      (lowest !== undefined && claims.version < lowest) ||
      claims.issuedAt < this.#known.issuedFrom
    )
      throw new RefusedError('token_expired');
  }

  /**
   * The time in Unix seconds: the service's, where the two differ too much. A clock that is set wrongly
   * must not let expired tokens in, or keep good ones out.
   */
  time(now: number, wall: number): number {
    const theirs = this.#ahead + now;
    return Math.abs(theirs - wall) <= CLOCK_TRUST ? wall : theirs;
  }

  #refuse(): 'pass' | 'refuse' {
    const trusting = this.terms.trusting && this.keys !== undefined;
    return trusting && this.#feed !== undefined ? 'pass' : 'refuse';
  }

  #fail(why: string, at: number): void {
    this.#asked = undefined;
    this.#failedAt = at;
    this.fault = why;
  }

  #next(now: number): Question | undefined {
    const young = !this.#snapshot && now <= this.#provedAt + this.#silence;
    if (young && this.#lacksKeys()) return this.#askKeys(now);
    if (young && this.#lacksRoles()) return this.#askRoles(now);
    return this.#askFeed(now);
  }

  #askKeys(now: number): Question | undefined {
    if (now < this.#keysAskedAt + KEYS_PAUSE) {
      this.fault = 'the key set is not the one that the feed names';
      return undefined;
    }
    this.#keysAskedAt = now;
    // No cache has an answer to this number yet.
    const path = `/.well-known/jwks.json?keys=${this.#keysWanted}`;
    return { about: 'keys', path, sentAt: now, nonce: '', headers: {}, after: 0, fresh: false };
  }

  #askRoles(now: number): Question | undefined {
    if (now < this.#rolesAskedAt + KEYS_PAUSE) {
      this.fault = 'the roles are not those that the feed names';
      return undefined;
    }
    this.#rolesAskedAt = now;
    return this.#signed('roles', `/feed/roles?number=${this.#rolesWanted}`, now);
  }

  #askFeed(now: number): Question {
    // Nothing that we remember matters any more, so nothing is left to be compared.
    if (!this.#anchor || forgetAt(this.#anchor) <= this.#ahead + now)
      this.#snapshot ??= new Snapshot();
    // The newest entry is asked for again: another one in its place is another history. One that names
    // nobody would not do, because two histories may have the same there.
    const after = this.#snapshot ? this.#snapshot.after : (this.#anchor?.[0] ?? 1) - 1;
    const feed = this.#snapshot ? this.#snapshot.feed : this.#feed;
    const query = new URLSearchParams({
      after: String(after),
      ...(feed !== undefined && { feed }),
    });
    return this.#signed('feed', `/feed?${query}`, now, after, feed === undefined);
  }

  #signed(about: Question['about'], path: string, now: number, after = 0, fresh = false): Question {
    const nonce = this.#nonce();
    const headers = {
      Authorization: `Bearer ${this.terms.key.reveal()}`,
      'Tally-Feed-Nonce': nonce,
    };
    return { about, path: this.terms.api + path, sentAt: now, nonce, headers, after, fresh };
  }

  #lacksKeys(): boolean {
    return this.keys === undefined || this.keys.number !== this.#keysWanted;
  }

  #lacksRoles(): boolean {
    if (this.#rolesWanted === undefined) return false;
    return !this.#rolesRead || this.roles.number !== this.#rolesWanted;
  }

  #take(question: Question, answer: Answer, now: number): void {
    if (question.about === 'keys') {
      this.keys = answer.keys;
      this.verified.clear();
    } else if (question.about === 'roles') {
      this.roles = new RolePermissions(readRoles(question, answer, this.terms.key));
      this.#rolesRead = true;
    } else this.#takePage(question, answer, now);
  }

  #takePage(question: Question, answer: Answer, now: number): void {
    if (answer.status === 409 && !question.fresh) {
      this.#snapshot = new Snapshot();
      return;
    }
    if (answer.status === 401) throw new NotUnderstoodError(KEY_UNKNOWN);
    if (answer.status !== 200) throw new NotUnderstoodError(`status ${answer.status}`);
    const page = readPage(question, answer, this.terms.key);
    this.#ahead = page.now - now;
    if (this.#snapshot) this.#addPage(this.#snapshot, page, question);
    else this.#follow(page, question);
  }

  #addPage(snapshot: Snapshot, page: Page, question: Question): void {
    if (snapshot.feed !== undefined && snapshot.feed !== page.feed) {
      this.#snapshot = new Snapshot();
      return;
    }
    snapshot.feed = page.feed;
    snapshot.known.takeIn(page.entries, page.now);
    snapshot.anchor = anchorOf(page.entries) ?? snapshot.anchor;
    snapshot.after = page.entries.at(-1)?.[0] ?? snapshot.after;
    if (page.more) return;
    this.#known = snapshot.known;
    this.#anchor = snapshot.anchor;
    this.#snapshot = undefined;
    this.#agree(page, question);
  }

  #follow(page: Page, question: Question): void {
    const last = page.entries.at(-1)?.[0] ?? question.after;
    const gapless = page.entries.length === last - question.after;
    const whole = gapless && (page.more || last === page.head);
    if (page.feed !== this.#feed || !isSame(page.entries[0], this.#anchor) || !whole) {
      // Another history, or one with a gap: everything is read again.
      this.#snapshot = new Snapshot();
      return;
    }
    this.#known.takeIn(page.entries.slice(1), page.now);
    const anchor = anchorOf(page.entries);
    // A page that names nobody else: the same question would bring it again.
    if (page.more && isSame(anchor, this.#anchor)) this.#snapshot = new Snapshot();
    this.#anchor = anchor;
    if (!page.more) this.#agree(page, question);
  }

  /** Notes that the whole feed is known, as it was when this question was sent or later. */
  #agree(page: Page, question: Question): void {
    this.#feed = page.feed;
    this.#provedAt = question.sentAt;
    this.#keysWanted = page.keys;
    this.#rolesWanted = page.roles;
    this.#silence = Math.min(this.terms.silence, page.silence);
    if (page.accessTtl !== this.rules.accessTtl) {
      this.rules = { ...this.rules, accessTtl: page.accessTtl };
      this.verified.clear();
    }
  }

  /** Tells until when requests pass: last, once all that was heard is known. */
  #settle(): void {
    const whole = !this.#snapshot && !this.#lacksKeys() && !this.#lacksRoles();
    this.goodUntil = whole ? this.#provedAt + this.#silence : -Infinity;
    this.fault = '';
  }
}

/** The last entry that names somebody, and is remembered for a time. */
function anchorOf(entries: readonly Entry[]): Entry | undefined {
  return entries.findLast((entry) => forgetAt(entry) > -Infinity);
}
