import { browserLabel } from './browser_label';

interface Named {
  readonly device_name: string | null;
  readonly user_agent: string | null;
}

/** What to call a device: the name it gave itself, or what its browser says; `''` for neither. */
export function deviceTitle({ device_name, user_agent }: Named): string {
  return device_name || browserLabel(user_agent ?? '') || (user_agent ?? '').slice(0, 64);
}
