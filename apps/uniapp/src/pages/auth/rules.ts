/** The server's rules for what is typed, so that nobody has to be sent back by it. */
import type { Words } from '@/words';

/** What is wrong with a text; a key of `rule` in the catalogue, or `null`. */
export type Fault = keyof Words['rule'] | null;

const USERNAME_MAX = 64;
const EMAIL_MAX = 254;
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
const CONTROLS = /\p{Cc}/u;

/** Length as people count, and as the server does: by character, not by UTF-16 unit. */
const lengthOf = (text: string): number => Array.from(text).length;

/** 1 to 64 characters, no control characters, and no e-mail address. */
export function usernameFault(name: string): Fault {
  if (name === '') return 'required';
  if (CONTROLS.test(name) || name !== name.trim()) return 'characters';
  if (/[@＠﹫]/.test(name)) return 'usernameAddress';
  return lengthOf(name) <= USERNAME_MAX ? null : 'usernameTooLong';
}

/** A whole address, or nothing. */
export const emailFault = (email: string): Fault =>
  email === '' || (EMAIL.test(email) && email.length <= EMAIL_MAX) ? null : 'email';

/** 8 to 128 characters that are not the user name. */
export function passwordFault(password: string, username: string): Fault {
  if (password === '') return 'required';
  if (lengthOf(password) < PASSWORD_MIN) return 'tooShort';
  if (lengthOf(password) > PASSWORD_MAX) return 'tooLong';
  return password.toLowerCase() === username.toLowerCase() ? 'passwordIsUsername' : null;
}

/** Only whether there is something: what an existing password looks like is the server's business. */
export const presenceFault = (text: string): Fault => (text === '' ? 'required' : null);
