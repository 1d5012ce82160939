import type { PageWords } from './catalogue.js';
import { event, rule } from './en.generated.js';
import { LIMITS } from './limits.generated.js';

/** {@link PageWords} in English. */
export const en: PageWords = {
  event: { ...event, other: 'Other activity' },
  ending: {
    title: {
      replaced: 'Signed in on another device',
      kicked: 'This device was signed out',
      evicted: 'Too many devices',
      disabled: 'Your account is disabled',
      password_changed: 'Your password was changed',
      refresh_reused: 'Ended for your protection',
      user_deleted: 'This account was deleted',
      authorization_revoked: 'You revoked permission',
      expired: 'Time to sign in again',
      idle: 'You were inactive',
      other: 'Your session has ended',
    },
    text: {
      replaced: 'Only one device can be signed in at a time, so this one was signed out.',
      kicked: 'It was signed out from another device.',
      evicted: 'You signed in on more devices than allowed, so the oldest was signed out.',
      disabled: 'An administrator has disabled it. Please contact them.',
      password_changed: 'All other devices were signed out. Please sign in with the new password.',
      refresh_reused:
        'This session was used in two places. Sign in again, and change your password if that wasn’t you.',
      user_deleted: 'To keep it, sign in before the data is removed.',
      authorization_revoked:
        'You did so in the app that you signed in with. Sign in again to continue.',
      expired: 'You have been signed in for as long as allowed.',
      idle: 'We sign you out after a period of inactivity.',
      other: 'Please sign in again to continue.',
    },
  },
  rule,
  hint: {
    username: `Up to ${LIMITS.usernameMax} characters, or an email address.`,
    password: `${LIMITS.passwordMin} to ${LIMITS.passwordMax} characters. A few unrelated words are a good start.`,
    displayName: `How we address you. Up to ${LIMITS.displayNameMax} characters.`,
  },
};
