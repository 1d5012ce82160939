/** The words of a text, as the search counts them: for the index, and for what readers ask. */
export function wordsOf(text: string): string[] {
  const runs = text.toLowerCase().match(/\p{Script=Han}+|((?!\p{Script=Han})[\p{L}\p{N}_])+/gu);
  // Chinese has no spaces: each pair of neighbours counts as a word.
  return (runs ?? []).flatMap((run) =>
    /^\p{Script=Han}{2,}$/u.test(run)
      ? Array.from(run.slice(1), (_, at) => run.slice(at, at + 2))
      : [run],
  );
}
