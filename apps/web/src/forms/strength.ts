/** From 0, guessed at once, to 4. */
export type Strength = 0 | 1 | 2 | 3 | 4;

/** Longer ones are strong or refused anyway, and estimating them takes noticeable time. */
const ESTIMATED_LENGTH = 64;

type Estimate = (password: string, known: readonly string[]) => Strength;

let loading: Promise<Estimate> | undefined;

/** Fetches the estimator, which is larger than the rest of the page; only when a password is chosen. */
export function loadEstimate(): Promise<Estimate> {
  loading ??= makeEstimate().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function makeEstimate(): Promise<Estimate> {
  const [{ ZxcvbnFactory }, { words, graphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('virtual:password-words'),
  ]);
  const lists = Object.entries(words).map(([name, text]) => [name, text.split(' ')] as const);
  const estimator = new ZxcvbnFactory({ dictionary: Object.fromEntries(lists), graphs });
  return (password, known) =>
    estimator.check(password.slice(0, ESTIMATED_LENGTH), [...known]).score as Strength;
}
