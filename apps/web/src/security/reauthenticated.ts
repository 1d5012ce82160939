import type { AuthStore } from '@tigertally/vue';
import { RequestError } from '@tigertally/client';

/**
 * Proves the password, then does `act`, which the server allows only shortly after such a proof. A
 * wrong password is a fault of the field it was typed into, not of the form.
 */
export async function reauthenticated(
  auth: AuthStore,
  password: string,
  field: string,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await auth.reauthenticate(password);
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== 'invalid_credentials') throw error;
    throw new RequestError(error.code, error.message, { fields: { [field]: [error.message] } });
  }
  await act();
}
