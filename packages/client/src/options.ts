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

/** True if `left` letters changed, added or left out make `a` of `b`. */
const isNear = (a: string, b: string, left: number): boolean => {
  if (a === b) return true;
  const [x, y] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return isNear(x, y, left);
  return left > 0 && (isNear(x, y, left - 1) || isNear(x, b, left - 1) || isNear(a, y, left - 1));
};

/** Throws {@link RequestError} `invalid_options`. */
export function checkOptions(options: AuthClientOptions): void {
  const refuse = (text: string): never => {
    throw new RequestError('invalid_options', text);
  };
  for (const name of Object.keys(options)) {
    if (KNOWN.includes(name)) continue;
    const meant = KNOWN.find((known) =>
      isNear(name.toLowerCase(), known.toLowerCase(), name.length > 3 ? 2 : 1),
    );
    refuse(`unknown option "${name}"${meant ? `; did you mean "${meant}"?` : ''}`);
  }
  const lacking = NEEDED.find((name) => !options[name as keyof AuthClientOptions]);
  if (lacking) refuse(`"${lacking}" is missing; spread browserEdges() into the options`);
  if (!/^(cookie|body)$/.test(options.delivery)) refuse('delivery is "cookie" or "body"');
  for (const url of [options.baseUrl ?? '', ...(options.origins ?? [])])
    if (originOf(url, '') === null || /^[^/]/.test(url.replace(/^https?:\/\//i, '/')))
      refuse(`"${url}" is no address: begin with "https://" or "/"`);
}
