import type {
  AdminEvent,
  AdminSession,
  AdminSetting,
  AdminUser,
  AdminUserShown,
  Role,
} from '@tigertally/client';
import { http } from '@/session/http';

/** A part of a list, and where it goes on. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly cursor: string | null;
}

/** Which part of a list is asked for. */
export interface PageAsked {
  readonly cursor: string | null;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** What a list is narrowed by; an empty text narrows nothing. */
export type Filters = Readonly<Record<string, string>>;

/** What an act on an account answers. */
export interface Changed {
  readonly user: AdminUser;
  readonly ended: number;
}

/** A one-time password, told this once. */
export interface PasswordTold extends Changed {
  readonly password: string;
}

const given = (filters: Filters): Filters =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ''));

async function pageOf<T>(
  kind: 'users' | 'sessions' | 'events',
  filters: Filters,
  { cursor, limit, signal }: PageAsked,
): Promise<Page<T>> {
  const params = { ...given(filters), limit, ...(cursor !== null && { cursor }) };
  const { data } = await http.get<Record<string, unknown>>(`/admin/${kind}`, { params, signal });
  return { rows: data[kind] as readonly T[], cursor: data.next_cursor as string | null };
}

export const fetchUsers = (filters: Filters, asked: PageAsked): Promise<Page<AdminUser>> =>
  pageOf('users', filters, asked);

export const fetchOnline = (filters: Filters, asked: PageAsked): Promise<Page<AdminSession>> =>
  pageOf('sessions', filters, asked);

export const fetchEvents = (filters: Filters, asked: PageAsked): Promise<Page<AdminEvent>> =>
  pageOf('events', filters, asked);

/** All events that fit, as a file. */
export async function exportEvents(filters: Filters, type: string): Promise<Blob> {
  const { data } = await http.get<Blob>('/admin/events', {
    params: given(filters),
    headers: { Accept: type },
    responseType: 'blob',
    // A million rows take minutes.
    timeout: 0,
  });
  return data;
}

const userPath = (id: string, act = ''): string => `/admin/users/${encodeURIComponent(id)}${act}`;

export async function fetchUser(id: string, signal: AbortSignal): Promise<AdminUserShown> {
  return (await http.get<AdminUserShown>(userPath(id), { signal })).data;
}

export interface NewUser {
  readonly username: string;
  readonly email?: string;
  readonly display_name?: string;
}

export async function createUser(user: NewUser): Promise<PasswordTold> {
  return (await http.post<PasswordTold>('/admin/users', user)).data;
}

export type UserEdit = Partial<Pick<AdminUser, 'username' | 'display_name' | 'email'>>;

export async function editUser(id: string, edit: UserEdit): Promise<Changed> {
  return (await http.patch<Changed>(userPath(id), edit)).data;
}

export async function disableUser(
  id: string,
  reason: string,
  until: string | null,
): Promise<Changed> {
  return (await http.post<Changed>(userPath(id, '/disable'), { reason, until })).data;
}

/** What needs no more than the account. */
export type PlainAct = 'enable' | 'unlock' | 'sign_out' | 'restore';

export async function actOnUser(id: string, act: PlainAct): Promise<Changed> {
  return (await http.post<Changed>(userPath(id, `/${act}`))).data;
}

export async function resetPassword(id: string): Promise<PasswordTold> {
  return (await http.post<PasswordTold>(userPath(id, '/password'))).data;
}

export async function deleteUser(id: string): Promise<Changed> {
  return (await http.delete<Changed>(userPath(id))).data;
}

export async function setRoles(id: string, roles: readonly string[]): Promise<void> {
  await http.put(userPath(id, '/roles'), { roles });
}

export async function endSession(id: string): Promise<void> {
  await http.delete(`/admin/sessions/${encodeURIComponent(id)}`);
}

export async function fetchRoles(signal: AbortSignal): Promise<readonly Role[]> {
  return (await http.get<{ roles: readonly Role[] }>('/admin/roles', { signal })).data.roles;
}

export type RoleDraft = Pick<Role, 'key' | 'name' | 'description' | 'permissions'>;

export async function createRole(role: RoleDraft): Promise<void> {
  await http.post('/admin/roles', role);
}

export async function changeRole({ key, ...change }: RoleDraft): Promise<void> {
  await http.patch(`/admin/roles/${encodeURIComponent(key)}`, change);
}

export async function deleteRole(key: string): Promise<void> {
  await http.delete(`/admin/roles/${encodeURIComponent(key)}`);
}

export async function fetchSettings(signal: AbortSignal): Promise<readonly AdminSetting[]> {
  const { data } = await http.get<{ settings: readonly AdminSetting[] }>('/admin/settings', {
    signal,
  });
  return data.settings;
}
