import type { DeviceLabel } from '@tigertally/client';

const capital = (word = ''): string => word.charAt(0).toUpperCase() + word.slice(1);

/** How this browser appears in "my devices", e.g. `Chrome, iPhone`. */
export function browserDevice(): DeviceLabel {
  const { browserName, deviceModel, osName } = uni.getSystemInfoSync();
  const machine = deviceModel && deviceModel !== 'PC' ? deviceModel : osName;
  const name = [browserName, machine].map(capital).filter(Boolean).join(', ').slice(0, 64);
  return name === '' ? { type: 'h5' } : { type: 'h5', name };
}
