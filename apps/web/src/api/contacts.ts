import type { AuthClient, Contact, Me } from '@tigertally/client';
import { http } from '@/session/http';

export async function fetchContacts(signal: AbortSignal): Promise<readonly Contact[]> {
  interface Answer {
    readonly contacts: readonly Contact[];
  }
  const { data } = await http.get<Answer>('/me/contacts', { signal });
  return data.contacts;
}

export async function removeContact(id: string): Promise<void> {
  await http.delete(`/me/contacts/${encodeURIComponent(id)}`);
}

/** Verifies a contact by the code that was sent there. The client's user follows. */
export async function verifyContact(
  client: AuthClient,
  id: string,
  proof: { readonly challenge_id: string; readonly code: string },
): Promise<void> {
  await client.request({
    method: 'POST',
    url: `/api/me/contacts/${encodeURIComponent(id)}/verify`,
    json: proof,
  });
  const { body } = await client.request({ url: '/api/me' });
  client.updateUser((body as Me).user);
}
