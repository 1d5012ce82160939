/** What the mini program's platform says: who may sign in here, and on which device. */
import { TransientError } from '@tigertally/client';
import type { DeviceLabel } from '@tigertally/client';

declare const uni: {
  login(options: {
    readonly provider: string;
    readonly timeout: number;
    readonly success: (answer: { readonly code?: unknown }) => void;
    readonly fail: () => void;
  }): unknown;
  readonly getAccountInfoSync?: () => { readonly miniProgram?: { readonly appId?: string } };
  readonly getDeviceInfo?: () => { readonly brand?: string; readonly model?: string };
};

const PATIENCE_MS = 5000;

/**
 * The one-time code of `wx.login`, for the server to exchange. Nobody is asked anything.
 *
 * Rejects with a {@link TransientError} (`platform_unavailable`) where none comes within 5 s.
 */
export function signInCode(platform: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const give = (): void => {
      reject(new TransientError('platform_unavailable'));
    };
    // Some versions call neither back when the phone goes to sleep in between.
    const timer = setTimeout(give, PATIENCE_MS);
    uni.login({
      provider: platform,
      timeout: PATIENCE_MS,
      success: ({ code }) => {
        clearTimeout(timer);
        // The developer tools' code for projects without an app id has blanks; a code has none.
        if (typeof code === 'string' && code !== '') resolve(code.replace(/ /g, '-'));
        else give();
      },
      fail: () => {
        clearTimeout(timer);
        give();
      },
    });
  });
}

/** What WeChat's developer tools call a project that has no app id. */
const TOURIST = 'touristappid';

/** This mini program's app id, for servers that serve several; `undefined` where it is not told. */
export function appId(): string | undefined {
  try {
    const id = uni.getAccountInfoSync?.().miniProgram?.appId;
    return id && id !== TOURIST ? id : undefined;
  } catch {
    return undefined;
  }
}

/** How this phone appears in "my devices": brand and model, e.g. `HUAWEI Mate 60`. */
export function miniProgramDevice(): DeviceLabel {
  const type = 'mini_program';
  try {
    const { brand = '', model = '' } = uni.getDeviceInfo?.() ?? {};
    const repeated = model.toLowerCase().startsWith(brand.toLowerCase());
    const name = (repeated ? model : `${brand} ${model}`).trim().slice(0, 64);
    return name === '' ? { type } : { type, name };
  } catch {
    return { type };
  }
}
