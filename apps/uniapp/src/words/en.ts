import { en as shared } from '@tigertally/client/words/en';
import type { TimeUnit, Words } from './zh-CN';

const two = (figure: number): string => String(figure).padStart(2, '0');
const span = (count: number, unit: TimeUnit): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

const MONTHS =
  'January February March April May June July August September October November December';
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday';
const nth = (list: string, index: number): string => list.split(' ')[index] ?? '';
const dateOf = (date: Date): string =>
  `${date.getDate()} ${nth(MONTHS, date.getMonth())} ${date.getFullYear()}`;

export const en: Words = {
  ...shared,
  app: 'Tiger Tally',
  title: {
    profile: 'Profile',
    devices: 'My devices',
    history: 'My history',
    signIn: 'Sign in',
    register: 'Create an account',
  },
  tab: { profile: 'Profile', devices: 'Devices', history: 'History' },
  language: { name: 'English', other: '简体中文', switch: 'Language' },
  connection: { reconnecting: 'Reconnecting to the server. You are still signed in.' },
  load: {
    offline: 'This could not be loaded',
    offlineHint: 'The server did not answer. Check your connection and try again.',
    retry: 'Try again',
  },
  form: {
    username: 'Username',
    usernameOrEmail: 'Username or email',
    password: 'Password',
    newPassword: 'New password',
    email: 'Email (optional)',
    show: 'Show',
    hide: 'Hide',
    showPassword: 'Show the password',
    hidePassword: 'Hide the password',
    offline: 'The server did not answer. Nothing was changed; please try again.',
    platform: 'WeChat did not answer. Please try again, or use your password.',
  },
  signIn: {
    oneTap: 'Sign in with WeChat',
    oneTapHint: 'The first time, this creates your account. No password needed.',
    withPassword: 'Use a password',
    submit: 'Sign in',
    newHere: 'New here? Create an account',
  },
  register: { submit: 'Create account', haveAccount: 'Already have an account? Sign in' },
  farewell: {
    asking: 'You are signed out on this device. We are telling the server.',
    confirmed: 'You are signed out, here and on the server.',
    unreached: (until) =>
      `You are signed out on this device only: the server could not be reached. There, the session ends on ${until}, or when you end it from another device.`,
    itsTime: 'the time it expires',
  },
  ended: {
    when: 'When',
    device: 'By',
    address: 'From',
  },
  profile: {
    memberSince: 'Member since',
    signedIn: 'Signed in since',
    email: 'Email',
    notVerified: 'not verified: sign in with your username',
  },
  session: {
    title: 'This session',
    explained: 'It has two halves that only work together: one gives access, the other renews it.',
    access: 'Access half',
    refresh: 'Refresh half',
    left: 'until it renews itself',
    renewing: 'renewing now',
    until: 'it ends, unless used before',
    renewed: 'Both halves were renewed.',
  },
  signOut: {
    short: 'Sign out',
    explained:
      'Ends this session here and on the server at once: nothing issued for it works any more, copies included.',
    ask: 'Sign out?',
    yes: 'Yes',
    no: 'Stay',
  },
  devices: {
    explained:
      'The devices where you are signed in. A device that you sign out here is signed out at once.',
    this: 'This device',
    unnamed: 'Unnamed device',
    activeNow: 'active now',
    lastSeen: (time) => `last active ${time}`,
    since: (time) => `signed in ${time}`,
    end: 'Sign out',
    ended: 'Signed out.',
    endOthers: 'Sign out all other devices',
    onlyThis: 'You are signed in on this device only.',
    more: (count) => `Show ${count} more`,
    askOne: 'Sign out this device?',
    askOneWhat: (name) => `“${name}” will be signed out and shown why.`,
    askOthers: 'Sign out all other devices?',
    askOthersWhat: (count) =>
      count === 1
        ? 'The other session ends at once. This device stays signed in.'
        : `The other ${count} sessions end at once. This device stays signed in.`,
    yes: 'Yes',
    yesAll: 'Yes',
    type: {
      web: 'Browser',
      h5: 'Mobile page',
      mini_program: 'Mini program',
      app: 'App',
      desktop: 'Desktop app',
      api: 'Script',
    },
  },
  history: {
    explained: 'Recent activity on your account, newest first.',
    empty: 'Nothing yet',
    emptyHint: 'Sign-ins, sign-outs and changes of your account will be listed here.',
    older: 'Load older',
    notMe: 'This wasn’t me',
    notMeHint: 'Sign out all other devices.',
    operator: 'by an administrator',
    failed: 'Failed',
  },
  time: {
    now: 'just now',
    ago: (count, unit) => `${span(count, unit)} ago`,
    ahead: (count, unit) => `in ${span(count, unit)}`,
    today: 'Today',
    yesterday: 'Yesterday',
    day: (date) => `${nth(DAYS, date.getDay())}, ${dateOf(date)}`,
    full: (date) =>
      `${dateOf(date)}, ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
  },
};
