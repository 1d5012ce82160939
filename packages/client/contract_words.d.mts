/** See contract_words.mjs. */
export function wordsOf(contract: {
  readonly events: object;
  readonly errors: object;
  readonly openapi: object;
}): Readonly<Record<string, string>>;
