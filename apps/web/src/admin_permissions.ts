/** What one must have to see each kind of thing in the console. */
export const ADMIN_PERMISSIONS = {
  users: 'tally:user:list',
  online: 'tally:session:list',
  signIns: 'tally:event:list',
  audit: 'tally:event:list',
  roles: 'tally:role:list',
  settings: 'tally:settings:read',
} as const;

/** Whoever has one of these finds a page behind the console's door. */
export const CONSOLE_DOORS: readonly string[] = [
  ADMIN_PERMISSIONS.users,
  ADMIN_PERMISSIONS.online,
  ADMIN_PERMISSIONS.audit,
  ADMIN_PERMISSIONS.roles,
  ADMIN_PERMISSIONS.settings,
];
