import type { AuthStore } from '@tigertally/vue';
import { asFaultOf } from '@/forms/as_fault_of';

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
  await asFaultOf(field, ['invalid_credentials'], () => auth.reauthenticate(password));
  await act();
}
