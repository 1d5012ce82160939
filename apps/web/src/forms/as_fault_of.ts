import { RequestError } from '@tigertally/client';

/**
 * Does `act`. A refusal with one of `codes` becomes a fault of `field`, where the reader typed what
 * was refused, and not one of the form as a whole.
 */
export async function asFaultOf<T>(
  field: string,
  codes: readonly string[],
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RequestError) || !codes.includes(error.code)) throw error;
    const texts = Object.values(error.fields ?? {})[0] ?? [error.message];
    throw new RequestError(error.code, error.message, { fields: { [field]: texts } });
  }
}
