/** The two languages that are spoken, and which of them a request asks for. */
export type Language = 'en' | 'zh-CN';

const SPOKEN: ReadonlyMap<string, Language> = new Map([
  ['zh', 'zh-CN'],
  ['en', 'en'],
]);
const HEADER_MAX = 1024;
const RANGE =
  /^\s*([A-Za-z]{1,8})(?:[-_][A-Za-z0-9]{1,8})*\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/;

/**
 * The language that an `Accept-Language` header (RFC 9110 §12.5.4) asks for. Any kind of Chinese is
 * `zh-CN`; `en` where neither is asked for. What cannot be read is passed over.
 */
export function negotiate(header = ''): Language {
  const ranges = header.slice(0, HEADER_MAX).split(',');
  if (header.length > HEADER_MAX) ranges.pop();
  let best: Language = 'en';
  let wish = 0;
  for (const range of ranges) {
    const [, tag = '', quality = '1'] = RANGE.exec(range) ?? [];
    const language = SPOKEN.get(tag.toLowerCase());
    // Of equals, the one that is named first.
    if (language === undefined || !(Number(quality) > wish)) continue;
    best = language;
    wish = Number(quality);
  }
  return best;
}
