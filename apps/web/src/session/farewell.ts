import { shallowRef } from 'vue';

/** What became of the last sign-out here. The sign-in page tells the truth about it. */
export interface Farewell {
  readonly told: 'asking' | 'confirmed' | 'unreached' | 'deleted';
  /** When the session ends by itself, should the server never hear of it (RFC 3339). */
  readonly until: string | null;
}

export const farewell = shallowRef<Farewell | null>(null);
