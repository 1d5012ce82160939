import type { MessageCompiler } from 'vue-i18n';

/** What a compiled message is called with: texts, or for slots of `<I18nT>` virtual nodes. */
interface Context {
  named(name: string): unknown;
  /** A value as a part of the message. */
  interpolate(value: unknown): unknown;
  /** Joins the parts. */
  normalize(parts: unknown[]): string;
}

/**
 * Our whole message format: `{name}` stands for a value or a slot, everything else for itself. The
 * compiler that comes with vue-i18n knows more than any text here needs, and weighs 5 kB gzip.
 */
export const compileMessage: MessageCompiler = (source) => {
  const parts = String(source).split(/\{(\w+)\}/);
  return (context: unknown) => {
    const { named, interpolate, normalize } = context as Context;
    return normalize(
      parts.map((part, index) => (index % 2 === 0 ? part : interpolate(named(part)))),
    ) as never;
  };
};
