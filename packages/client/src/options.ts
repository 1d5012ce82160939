/** Refuses what a developer may get wrong, in words, before anything else goes wrong because of it. */
import { RequestError } from './errors.js';
import { originOf } from './places.js';
import type { AuthClientOptions } from './types.js';

const NEEDED = ['transport', 'storage', 'coordinator', 'env'];
const KNOWN = [
  ...NEEDED,
  'delivery',
  'baseUrl',
  'origins',
  'name',
  'device',
  'language',
  'debug',
  'autoStart',
];

/** Throws {@link RequestError} `invalid_options`. */
export function checkOptions(options: AuthClientOptions): void {
  const refuse = (text: string): never => {
    throw new RequestError('invalid_options', `createAuthClient: ${text}`);
  };
  for (const name of Object.keys(options)) {
    if (KNOWN.includes(name)) continue;
    // A slip is rarely in the first three letters, and no two options share them.
    const meant = KNOWN.find((known) => known.startsWith(name.slice(0, 3).toLowerCase()));
    refuse(`unknown option "${name}"${meant ? `; did you mean "${meant}"?` : ''}`);
  }
  const lacking = NEEDED.find((name) => !options[name as keyof AuthClientOptions]);
  if (lacking) refuse(`"${lacking}" is missing; spread browserEdges() into the options`);
  if (!/^(cookie|body)$/.test(options.delivery)) refuse('delivery is "cookie" or "body"');
  for (const url of [options.baseUrl ?? '', ...(options.origins ?? [])])
    if (originOf(url, '') === null || /^[^/]/.test(url.replace(/^https?:\/\//i, '/')))
      refuse(`"${url}" is no address; write "https://host" or "/path"`);
}
