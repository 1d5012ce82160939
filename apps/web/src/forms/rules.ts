/** The server's rules for what is typed, so that nobody has to be sent back by it. */

/** A key below `rule` in the catalogue with its figures, or `null` where nothing is wrong. */
export type Fault = { readonly key: string; readonly limit?: number } | null;

const USERNAME_MAX = 64;
const EMAIL_MAX = 254;
const DISPLAY_NAME_MAX = 64;
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

/** Length as people count, and as the server does: by character, not by UTF-16 unit. */
const lengthOf = (text: string): number => [...text].length;

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** 1 to 64 characters, no control characters, and no e-mail address. */
export function usernameFault(name: string): Fault {
  if (name === '') return { key: 'required' };
  if (hasControls(name) || name !== name.trim()) return { key: 'characters' };
  if (name.normalize('NFKC').includes('@')) return { key: 'usernameAddress' };
  return lengthOf(name) <= USERNAME_MAX ? null : { key: 'usernameTooLong', limit: USERNAME_MAX };
}

/** A whole address, or nothing. */
export function emailFault(email: string): Fault {
  return email === '' || (EMAIL.test(email) && email.length <= EMAIL_MAX) ? null : { key: 'email' };
}

/** 8 to 128 characters that are not the user name. */
export function passwordFault(password: string, username: string): Fault {
  if (password === '') return { key: 'required' };
  if (lengthOf(password) < PASSWORD_MIN) return { key: 'tooShort', limit: PASSWORD_MIN };
  if (lengthOf(password) > PASSWORD_MAX) return { key: 'tooLong', limit: PASSWORD_MAX };
  const same =
    password.normalize('NFKC').toLowerCase() === username.normalize('NFKC').toLowerCase();
  return same ? { key: 'passwordIsUsername' } : null;
}

/** At most 64 characters; may be empty. */
export function displayNameFault(name: string): Fault {
  if (hasControls(name)) return { key: 'characters' };
  return lengthOf(name) > DISPLAY_NAME_MAX ? { key: 'tooLong', limit: DISPLAY_NAME_MAX } : null;
}

/** Only whether there is something: what an existing password looks like is the server's business. */
export function presenceFault(text: string): Fault {
  return text === '' ? { key: 'required' } : null;
}
