/** What the signed-in user may do, to show or hide things by it. The server decides. */
import type { User } from './contract.js';
import type { AuthState } from './types.js';

/** Whether one of the permissions `given` is `wanted`, or gives all that it begins with. */
function gives(given: readonly string[], wanted: string): boolean {
  const segments = wanted.replace(/\./g, ':').split(':');
  const rest = segments.map((_, depth) => [...segments.slice(0, depth), '*'].join(':'));
  return given.some((one) => one === segments.join(':') || rest.includes(one));
}

/**
 * Whether the user has at least one of the permissions: `can(client.state, 'news:article:edit')`.
 * `false` while nobody is signed in. Comfort only, like every check in a browser.
 */
export function can(state: AuthState, ...wanted: readonly string[]): boolean {
  // What an older version stored has none.
  const { permissions = [] }: Partial<User> = 'user' in state ? state.user : {};
  return wanted.some((one) => gives(permissions, one));
}
