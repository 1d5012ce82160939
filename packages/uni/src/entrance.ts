/** The ways in through the platform: the tap, the silent exchange, and the proof that it is still them. */
import { RequestError } from '@tigertally/client';
import type { AuthClient, SignedIn } from '@tigertally/client';
import { appId, signInCode } from './platform.js';
import type { Bond } from './bond.js';

/** What an entrance works with. */
export interface EntranceParts {
  readonly core: Pick<AuthClient, 'loginWith' | 'reauthenticateWith'>;
  readonly bond: Bond;
  /** The service's name for the platform. */
  readonly provider: string;
  /** What `uni.login` calls it. */
  readonly platform: string;
}

/** See {@link createEntrance}. */
export interface Entrance {
  /** A one-time code of the platform. */
  fetchCode(): Promise<string>;
  /** Signs in with a code and ties this phone to the account. While one is on its way, others join it. */
  exchange(code: string): Promise<SignedIn>;
  /** Both, once for taps at the same time. */
  tap(): Promise<SignedIn>;
  confirm(): Promise<void>;
  /** Signed out: what is under way is not to sign in, and nobody joins it any more. */
  leave(): void;
}

/** Makes the entrance of one client. */
export function createEntrance({ core, bond, provider, platform }: EntranceParts): Entrance {
  const app_id = appId();
  let tapping: Promise<SignedIn> | null = null;
  let exchanging: Promise<SignedIn> | null = null;
  let leavings = 0;

  const fetchCode = (): Promise<string> => signInCode(platform);
  const proof = (code: string) => ({ code, ...(app_id && { app_id }) });
  const enter = async (code: string): Promise<SignedIn> => {
    const signedIn = await core.loginWith(provider, proof(code));
    bond.tie(signedIn.user.id);
    return signedIn;
  };
  const exchange = (code: string): Promise<SignedIn> => {
    // Else whoever taps while a silent sign-in is still on its way opens a second session.
    if (exchanging) return exchanging;
    const mine = enter(code).finally(() => {
      if (exchanging === mine) exchanging = null;
    });
    exchanging = mine;
    return mine;
  };
  const begin = async (): Promise<SignedIn> => {
    const before = leavings;
    const code = await fetchCode();
    if (before !== leavings) throw new RequestError('superseded');
    return exchange(code);
  };
  return {
    fetchCode,
    exchange,
    tap() {
      if (tapping) return tapping;
      const mine = begin().finally(() => {
        if (tapping === mine) tapping = null;
      });
      tapping = mine;
      return mine;
    },
    async confirm() {
      await core.reauthenticateWith(provider, proof(await fetchCode()));
    },
    leave() {
      leavings++;
      tapping = exchanging = null;
    },
  };
}
