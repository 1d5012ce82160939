import { shallowRef } from 'vue';

/** What became of the last session here. The sign-in page tells the truth about it. */
export interface Farewell {
  readonly told: 'asking' | 'confirmed' | 'unreached' | 'deleted' | 'passwordReset';
  /** When the session ends by itself, should the server never hear of it (RFC 3339). */
  readonly until: string | null;
  /** The name to sign in with now. */
  readonly name?: string;
}

export const farewell = shallowRef<Farewell | null>(null);
