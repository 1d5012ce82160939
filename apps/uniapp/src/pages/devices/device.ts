import type { Session } from '@tigertally/client';
import type { Words } from '@/words';

type Kind = keyof Words['devices']['type'];

const KINDS = /^(web|h5|mini_program|app|desktop|api)$/;

/** A kind there are words for; a newer server's is shown as a browser. */
export const kindOf = ({ device_type }: Pick<Session, 'device_type'>): Kind =>
  KINDS.test(device_type) ? (device_type as Kind) : 'web';

/** What to call a device: the name it gave itself, or its kind. */
export const titleOf = (device: Session, words: Words): string =>
  device.device_name || words.devices.type[kindOf(device)];

/** A phone's page is drawn as a phone. */
export const iconOf = (device: Session): string => {
  const kind = kindOf(device);
  return kind === 'h5' ? 'app' : kind;
};

/** This device first, then the latest. */
export const inOrder = (devices: readonly Session[]): Session[] =>
  [...devices].sort(
    (a, b) =>
      Number(b.current) - Number(a.current) ||
      Date.parse(b.last_seen_at) - Date.parse(a.last_seen_at),
  );
