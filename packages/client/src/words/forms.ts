/** The server's rules for what is typed, checked before the request. */
import { LIMITS } from './limits.generated.js';
import type { rule } from './en.generated.js';

/** A key of `rule` in the catalogues. */
export type Rule = keyof typeof rule;

/** What is wrong with a text, with the figure for `{limit}`; `null` where nothing is. */
export type Fault = { readonly key: Rule; readonly limit?: number } | null;

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

/** Length as people count, and as the server does: by character, not by UTF-16 unit. */
const lengthOf = (text: string): number => Array.from(text).length;

const hasControls = (text: string): boolean => /\p{Cc}/u.test(text);

const isEmail = (text: string): boolean => EMAIL.test(text) && text.length <= LIMITS.emailMax;

/** At most 64 characters, or an email address; no control characters. */
export function usernameFault(name: string): Fault {
  if (name === '') return { key: 'required' };
  if (hasControls(name) || name !== name.trim()) return { key: 'username_characters' };
  if (lengthOf(name) <= LIMITS.usernameMax || isEmail(name)) return null;
  return { key: 'username_too_long', limit: LIMITS.usernameMax };
}

/** A whole address, or nothing. */
export const emailFault = (email: string): Fault =>
  email === '' || isEmail(email) ? null : { key: 'email_format' };

const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/** 8 to 128 characters that are not the username. */
export function passwordFault(password: string, username: string): Fault {
  const { passwordMin, passwordMax } = LIMITS;
  if (password === '') return { key: 'required' };
  if (lengthOf(password) < passwordMin) return { key: 'too_short', limit: passwordMin };
  if (lengthOf(password) > passwordMax) return { key: 'too_long', limit: passwordMax };
  return folded(password) === folded(username) ? { key: 'password_is_username' } : null;
}

/** At most 64 characters; may be empty. */
export function displayNameFault(name: string): Fault {
  const limit = LIMITS.displayNameMax;
  if (hasControls(name)) return { key: 'username_characters' };
  return lengthOf(name) > limit ? { key: 'too_long', limit } : null;
}

/** Only whether there is something: what an existing password looks like is the server's business. */
export const presenceFault = (text: string): Fault => (text === '' ? { key: 'required' } : null);
