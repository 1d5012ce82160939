// Made from the contract by `npm run types`.
/** Lengths in characters. */
export const LIMITS = {
  usernameMax: 64,
  emailMax: 254,
  displayNameMax: 64,
  passwordMin: 8,
  passwordMax: 128,
} as const;
