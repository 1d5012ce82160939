import type { AuthClient, Contact } from '@tigertally/client';
import type { Fault } from '@tigertally/client/words';
import { emailFault, presenceFault } from '@tigertally/client/words';
import { asFaultOf } from '@/forms/as_fault_of';
import type { Channel } from '@/session/offers';

/** Where a code goes: an address or a number, as it was typed. */
export interface Target {
  readonly channel: Channel;
  readonly value: string;
}

/** A code is on its way, or looks as if it were. */
export interface SentCode {
  readonly target: Target;
  readonly challengeId: string;
  /** Seconds until the next one can be asked for. */
  readonly resendAfter: number;
  /** Seconds that it is good. */
  readonly expiresIn: number;
  /** The contact that it verifies, where it does. */
  readonly contactId?: string | undefined;
}

/** Refusals that are about the code itself. */
export const CODE_REFUSALS = ['code_invalid', 'code_expired'];

/** What was typed, as an address or a number, whichever can be sent to. */
export function targetOf(text: string, channels: readonly Channel[]): Target {
  const value = text.trim();
  const meant = value.includes('@') ? 'email' : 'phone';
  return { channel: channels.includes(meant) ? meant : (channels[0] ?? meant), value };
}

/** What a form can know of it. Of numbers the service knows more. */
export const targetFault = ({ channel, value }: Target): Fault =>
  presenceFault(value) ?? (channel === 'email' ? emailFault(value) : null);

/** Asks for a code at `url`. What is wrong with the target is a fault of the field `target`. */
export async function askForCode(
  client: AuthClient,
  url: string,
  target: Target,
  more: object = {},
): Promise<SentCode> {
  const json = { ...more, [target.channel]: target.value };
  const { body } = await asFaultOf('target', ['invalid_request'], () =>
    client.request({ method: 'POST', url, json }),
  );
  const answer = body as {
    readonly challenge_id: string;
    readonly resend_after: number;
    readonly expires_in: number;
    readonly contact?: Contact;
  };
  return {
    target,
    challengeId: answer.challenge_id,
    resendAfter: answer.resend_after,
    expiresIn: answer.expires_in,
    contactId: answer.contact?.id,
  };
}

/** The six digits among what was typed or pasted, which may be the whole message. */
export function digitsOf(text: string): string {
  const plain = text.normalize('NFKC');
  const alone = /(?:^|\D)(\d{6})(?!\d)/.exec(plain);
  return alone?.[1] ?? plain.replace(/\D/g, '').slice(0, 6);
}
