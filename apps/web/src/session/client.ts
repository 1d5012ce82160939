import { browserEdges, createAuthClient } from '@tigertally/client';
import type { AuthClient } from '@tigertally/client';
import { browserLabel } from '@/devices/browser_label';
import { language } from '@/look/language';
import { root } from '@/root';

/**
 * How tokens travel. `cookie`: HttpOnly cookies that no script can read. `body`: bearer tokens, for a
 * server on another site; build with `VITE_TALLY_DELIVERY=body`.
 */
const DELIVERY = import.meta.env.VITE_TALLY_DELIVERY === 'body' ? 'body' : 'cookie';

/** The one client of this page. */
export const client: AuthClient = createAuthClient({
  ...browserEdges(),
  baseUrl: root && location.origin + root,
  delivery: DELIVERY,
  device: { type: 'web', name: browserLabel(navigator.userAgent) },
  language: () => language.value,
});
