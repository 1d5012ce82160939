import { isHandheld } from './browser_label';
import type { DeviceType } from '@tigertally/client';
import type { IconName } from '@/shell/icons';

/** The icon for a kind of client; a browser in the hand is a phone. */
export function deviceIcon(type: DeviceType | null, agent: string | null): IconName {
  if (type === 'mini_program' || type === 'api' || type === 'desktop' || type === 'app')
    return type;
  return type === 'h5' || isHandheld(agent ?? '') ? 'app' : 'web';
}
