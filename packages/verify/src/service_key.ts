/** The key that a service shows, and the proofs of answers that are made with it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^svc_([a-z2-7]{26})_([A-Za-z0-9]+)$/;

/** The key of a service: `svc_<id>_<key>`. It does not show in logs. */
export class ServiceKey {
  readonly #text: string;
  readonly #secret: string;

  private constructor(text: string, secret: string) {
    this.#text = text;
    this.#secret = secret;
  }

  /** The key in a text; `undefined` for anything else. */
  static read(text: string): ServiceKey | undefined {
    const [, , secret] = FORM.exec(text) ?? [];
    return secret === undefined ? undefined : new ServiceKey(text, secret);
  }

  /** The text that a service is configured with. */
  reveal(): string {
    return this.#text;
  }

  /** Whether an answer was made for the question with this nonce, by who knows the key. */
  proves(nonce: string, body: Buffer, shown: string | undefined): boolean {
    const digest = createHash('sha256').update(body).digest('hex');
    const mac = createHmac('sha256', this.#secret).update(`feed/v1\n${nonce}\n${digest}`);
    const due = Buffer.from(`v1=${mac.digest('base64url')}`);
    const given = Buffer.from(shown ?? '');
    return given.length === due.length && timingSafeEqual(given, due);
  }
}
