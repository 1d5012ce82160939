import type { ADMIN_PERMISSIONS } from '@/admin_permissions';

/** The pages of the console, in the order of its rail. */
export const SECTIONS: readonly {
  readonly key: keyof typeof ADMIN_PERMISSIONS;
  readonly path: string;
}[] = [
  { key: 'users', path: 'users' },
  { key: 'online', path: 'online' },
  { key: 'signIns', path: 'sign-ins' },
  { key: 'audit', path: 'audit' },
  { key: 'roles', path: 'roles' },
  { key: 'settings', path: 'settings' },
];
