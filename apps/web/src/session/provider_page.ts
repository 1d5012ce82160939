import { safeRedirect } from '@tigertally/client';
import { client } from './client';

/** The provider on whose page a browser can sign in. */
export const PROVIDER = 'wechat-web';

/** What somebody went to the provider's page for, and where they go on afterwards. */
export interface Errand {
  readonly what: 'signIn' | 'link' | 'prove';
  /** A path of ours. */
  readonly to: string;
  readonly remember: boolean;
}

const KEY = 'tally.errand';
const HOME = '/profile';

/** Goes to the provider's page; this page is over then. Rejects where the service refuses. */
export async function leaveForProvider(errand: Errand): Promise<void> {
  const url = `/api/auth/login/${PROVIDER}/start`;
  const { body } = await client.request({ method: 'POST', url, json: {} });
  // This tab's own, so that two tabs may be on two errands.
  sessionStorage.setItem(KEY, JSON.stringify(errand));
  location.assign((body as { authorize_url: string }).authorize_url);
}

/** What this tab went away for; a mere sign-in where that is not known any more. */
export function takeErrand(): Errand {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '') as Errand;
    sessionStorage.removeItem(KEY);
    return { ...kept, to: safeRedirect(kept.to, HOME) };
  } catch {
    return { what: 'signIn', to: HOME, remember: false };
  }
}

/** Where the way back leads when nothing came of it. */
export function placeLeft({ what, to }: Errand) {
  if (what !== 'signIn') return { path: to };
  return { path: '/login', query: to === HOME ? {} : { redirect: to } };
}
