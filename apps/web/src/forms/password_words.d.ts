declare module 'virtual:password-words' {
  /** Lists by name: words with blanks between, the most frequent first. */
  export const words: Readonly<Record<string, string>>;
  /** Of each keyboard, the neighbours of each key. */
  export const graphs: Record<string, Record<string, (string | null)[]>>;
}
