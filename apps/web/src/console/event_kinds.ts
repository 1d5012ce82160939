/** What can be asked of the history, as one chooses it: a key of `console.kind`, and the names of its events. */
type Kinds = Readonly<Record<string, string>>;

/** Of the sign-in log; the first is what it shows unasked. */
const SIGN_INS: Kinds = {
  sessions: 'account:session:*,account:refresh:reused,admin:session:*,cli:session:*,app:session:*',
  opened: 'account:session:opened',
  failed: 'account:session:refused',
  ended:
    'account:session:ended,account:session:replaced,account:session:kicked,account:session:evicted,' +
    'account:refresh:reused,admin:session:*,cli:session:*,app:session:*',
};

/** Of the audit log; the first is what it shows unasked. */
const AUDIT: Kinds = {
  operators: 'admin:*,cli:*,app:*',
  everything: '',
  users: 'account:user:*,account:deletion:*,admin:user:*,cli:user:*,system:user:*',
  passwords: 'account:password:*,admin:password:*,cli:password:*',
  contacts: 'account:contact:*,account:name:*,account:identity:*,provider:*,cli:email:*',
  roles: 'admin:role:*,cli:role:*,admin:user:roles_changed,cli:user:roles_changed',
  lockouts: 'account:lockout:*,admin:lockout:*,cli:lockout:*,system:lockout:*',
  refused: 'account:access:refused,account:csrf:refused,account:token:refused',
};

export const KINDS = { signIns: SIGN_INS, audit: AUDIT } as const;

export type Log = keyof typeof KINDS;

/** The names of the events of a kind; of the first one where an address asks for none, or one that does not exist. */
export function namesOf(log: Log, kind: string): string {
  const kinds = KINDS[log];
  return (Object.hasOwn(kinds, kind) ? kinds[kind] : Object.values(kinds)[0]) ?? '';
}
