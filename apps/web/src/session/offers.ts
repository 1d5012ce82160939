import { shallowRef } from 'vue';
import { client } from './client';
import { PROVIDER } from './provider_page';

/** By what a code can be sent. */
export type Channel = 'email' | 'phone';

/** The ways in that the service has besides the password. */
export interface Offers {
  /** A browser can sign in on WeChat's page. */
  readonly wechat: boolean;
  readonly codes: readonly Channel[];
}

/** What is offered, as far as that is known. */
export const offers = shallowRef<Offers>({ wechat: false, codes: [] });

let asked: Promise<void> | undefined;

async function ask(): Promise<void> {
  const { body } = await client.request({ url: '/api/auth/providers' });
  const { providers, codes = [] } = body as {
    readonly providers: readonly { readonly provider: string; readonly has_page: boolean }[];
    /** Absent where the service is older than the page. */
    readonly codes?: readonly Channel[];
  };
  const wechat = providers.some(({ provider, has_page }) => provider === PROVIDER && has_page);
  offers.value = { wechat, codes };
}

/** Asks the service, once. Where it cannot be asked nothing is offered, and the next call asks again. */
export function loadOffers(): Promise<void> {
  asked ??= ask().catch(() => {
    asked = undefined;
  });
  return asked;
}

/** Milliseconds that a page is held back for them. */
const SOON = 300;

/**
 * A page that shows them, and what loads it: with them, if they come soon. So nothing moves under
 * somebody who types already.
 */
export const withOffers =
  <T>(load: () => Promise<T>): (() => Promise<T>) =>
  async () => {
    const soon = new Promise((resolve) => setTimeout(resolve, SOON));
    return (await Promise.all([load(), Promise.race([loadOffers(), soon])]))[0];
  };
