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
      authorization_revoked: 'You withdrew your permission',
      expired: 'Time to sign in again',
      idle: 'You have been away',
      other: 'Your session has ended',
    },
    text: {
      replaced: 'Only one device can be signed in at a time, so this one was signed out.',
      kicked: 'Its session was ended from another device.',
      evicted: 'You signed in on more devices than allowed, so the oldest was signed out.',
      disabled: 'An administrator has disabled it. Please contact them.',
      password_changed: 'All other devices were signed out. Please sign in with the new password.',
      refresh_reused:
        'This session was used from two places. Sign in again, and change your password if that was not you.',
      user_deleted: 'To take that back, sign in before the data is removed.',
      authorization_revoked:
        'You did so in the app that you signed in with. Sign in again if you want to go on.',
      expired: 'You have been signed in for as long as allowed.',
      idle: 'After a while without use we sign you out.',
      other: 'Please sign in again to go on.',
    },
  },
  rule,
  hint: {
    username: `Up to ${LIMITS.usernameMax} characters, or an e-mail address.`,
    password: `${LIMITS.passwordMin} to ${LIMITS.passwordMax} characters. A few unrelated words are a good start.`,
    displayName: `How we address you. Up to ${LIMITS.displayNameMax} characters.`,
  },
};
