/** The one client of this app. */
import { browserEdges, createAuthClient } from '@tigertally/client';
import type { AuthClient, SignedIn } from '@tigertally/client';
import { createMiniProgramClient } from '@tigertally/uni';
import { browserDevice } from './browser_device';
import { language } from '@/words';

let client!: AuthClient;

/** Signs in with the platform's account; `null` where the platform has none. */
let oneTap: (() => Promise<SignedIn>) | null = null;

const options = { language: () => language.value };

// #ifdef MP-WEIXIN
const program = createMiniProgramClient({
  ...options,
  baseUrl: import.meta.env.VITE_TALLY_URL ?? 'http://127.0.0.1:5000',
});
client = program;
oneTap = program.oneTap;
// #endif

// #ifdef H5
// In a browser its own edges are better than `uni.*`: tabs take turns, redirects can be refused.
client = createAuthClient({
  ...options,
  ...browserEdges(),
  baseUrl: import.meta.env.VITE_TALLY_URL ?? '',
  delivery: 'body',
  device: browserDevice(),
});
// #endif

export { client, oneTap };
