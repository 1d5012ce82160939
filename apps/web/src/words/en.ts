import { en as shared } from '@tigertally/client/words/en';

const en = {
  ...shared,
  app: { name: 'Tiger Tally', loading: 'Loading' },
  title: {
    signIn: 'Sign in',
    register: 'Create an account',
    forgotten: 'Choose a new password',
    profile: 'Profile',
    devices: 'My devices',
    history: 'My history',
    files: 'My files',
    security: 'Security',
    console: 'Console',
    notFound: 'Page not found',
  },
  nav: {
    main: 'Main',
    skip: 'Skip to the content',
    open: 'Open the menu',
    close: 'Close the menu',
  },
  look: { dark: 'Use the dark theme', light: 'Use the light theme' },
  connection: {
    offline: 'You are offline. What you see may be out of date.',
    reconnecting: 'Reconnecting to the server. You are still signed in.',
  },
  unreachable: {
    title: 'The server cannot be reached',
    hint: 'You may still be signed in. We keep trying, and continue when it is back.',
  },
  load: {
    offline: 'This could not be loaded',
    offlineHint: 'The server did not answer. Check your connection; we try again when it is back.',
    refused: 'This could not be loaded',
    page: 'This page could not be loaded.',
    retry: 'Try again',
  },
  form: {
    username: 'Username',
    usernameOrEmail: 'Username or email',
    usernameEmailOrPhone: 'Username, email or phone',
    password: 'Password',
    newPassword: 'New password',
    passwordOf: 'Password of {name}',
    showPassword: 'Show the password',
    hidePassword: 'Hide the password',
    capsLock: 'Caps Lock is on.',
    cancel: 'Cancel',
    save: 'Save',
    saved: 'Saved.',
    offline: 'The server did not answer. Nothing was changed; please try again.',
    ended: 'You are signed out. Please sign in again.',
    refused: 'Something went wrong. Please try again.',
  },
  strength: {
    0: 'Very easy to guess',
    1: 'Easy to guess',
    2: 'Could be stronger',
    3: 'Strong',
    4: 'Very strong',
  },
  signIn: {
    submit: 'Sign in',
    remember: 'Keep me signed in',
    newHere: 'New here?',
    forgotten: 'Forgot password?',
    how: 'How to sign in',
    password: 'Password',
    code: 'Code',
  },
  register: {
    submit: 'Create account',
    how: 'How to register',
    email: 'Email (optional)',
    haveAccount: 'Already have an account?',
  },
  farewell: {
    asking: 'You are signed out on this device. We are telling the server.',
    confirmed: 'You are signed out, here and on the server.',
    unreached:
      'You are signed out on this device only: the server could not be reached. We will tell it as soon as we can; otherwise the session ends by itself on {until}.',
    itsTime: 'the time it expires',
    passwordReset: 'Your new password is set and all devices were signed out. Sign in with it now.',
    deleted:
      'Your account is deleted and all its sessions have ended. To keep it, sign in within 14 days.',
  },
  ended: {
    when: 'When',
    device: 'By',
    address: 'From',
    again: 'Sign in again',
    notMe: 'This wasn’t me',
    leave: 'Leave without saving',
  },
  provider: {
    signIn: 'Sign in with WeChat',
    returning: 'One moment, please.',
    cancelled: 'WeChat did not confirm this. Nothing was changed.',
    back: 'Go back',
    name: {
      'wechat-mini': 'WeChat mini program',
      'wechat-web': 'WeChat',
      'douyin-mini': 'Douyin mini program',
    },
  },
  notFound: {
    title: 'This page does not exist',
    hint: 'The address may be wrong, or the page has moved.',
    home: 'Go to the start page',
  },
};

/** The shape of this part in every language. */
export type FirstWords = typeof en;

export default en;
