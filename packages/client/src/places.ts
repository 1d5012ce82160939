/**
 * Which addresses are ours, and which are safe to go to. Own, strict parsing: `URL` is missing in mini
 * programs, and being lenient here would hand a token or a visitor to somebody else. What does not
 * parse is foreign.
 */

/**
 * The origin `url` will reach, in lower case and without a default port; `pageOrigin` for a path;
 * `null` for anything dubious (credentials, backslashes, control characters, other schemes).
 */
export function originOf(url: string, pageOrigin: string): string | null {
  // Browsers drop tabs and newlines and read `\` as `/`: `/\evil.example` is another host.
  if (hasControls(url) || /^ |^[^?#]*\\/.test(url)) return null;
  const absolute = /^(https?):\/\/([^/?#@:[\]]+|\[[0-9a-f:.]+\])(?::(\d+))?(?=[/?#]|$)/i.exec(url);
  if (absolute) {
    const scheme = (absolute[1] as string).toLowerCase();
    const port = absolute[3];
    const usual = port === undefined || port === (scheme === 'http' ? '80' : '443');
    return `${scheme}://${(absolute[2] as string).toLowerCase()}${usual ? '' : `:${port}`}`;
  }
  // A path has no colon before its first slash (that would be a scheme) and does not begin with two.
  return /^(?!\/\/)[^:/?#]*(?:[/?#]|$)/.test(url) ? pageOrigin : null;
}

/** True for characters that address parsers drop or stumble over. */
const hasControls = (text: string): boolean => /[^ -~\u0080-\uffff]/.test(text);

/**
 * `path` if it is a path of this site, else `home`. For `?redirect=` and the like: refuses other
 * hosts in every spelling, schemes, backslashes, malformed escapes, and a redirect inside a redirect.
 */
export function safeRedirect(path: unknown, home = '/'): string {
  if (typeof path !== 'string' || !path.startsWith('/') || hasControls(path)) return home;
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return home;
  }
  const route = plain.replace(/[?#][^]*$/, '');
  const elsewhere = path.includes('\\') || /\/\/|\\/.test(route) || hasControls(route);
  return elsewhere || /[?&]redirect=/i.test(plain) ? home : path;
}
