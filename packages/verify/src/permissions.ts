/** Which permissions roles give: texts in segments, `orders:write`; `orders:*` gives all below it. */
import { createHash } from 'node:crypto';

/** Permissions whose roles are remembered. An application asks for as many as its code names. */
const KEPT = 10_000;

/** What roles give. It never changes; another one takes its place. */
export class RolePermissions {
  readonly #given: readonly (readonly [string, readonly string[]])[];
  readonly #givers = new Map<string, ReadonlySet<string>>();
  /** As the feed names this table. */
  readonly number: number;

  constructor(roles: ReadonlyMap<string, readonly string[]>) {
    this.#given = [...roles].map(([role, given]) => [role, given.map(spell)]);
    const lines = [...roles.keys()]
      .sort()
      .map((role) => `${role} ${[...(roles.get(role) ?? [])].sort().join(' ')}`);
    this.number = numberOf(lines.join('\n'));
  }

  /** Whether one of the roles gives a permission. An unknown role gives none. */
  allow(roles: readonly string[], permission: string): boolean {
    const givers = this.#givers.get(permission) ?? this.#remember(permission);
    return roles.some((role) => givers.has(role));
  }

  #remember(permission: string): ReadonlySet<string> {
    const asked = spell(permission);
    const found = this.#given.filter(([, given]) => given.some((one) => gives(one, asked)));
    const givers = new Set(found.map(([role]) => role));
    if (this.#givers.size >= KEPT) this.#givers.clear();
    this.#givers.set(permission, givers);
    return givers;
  }
}

function gives(granted: string, asked: string): boolean {
  return granted.endsWith('*') ? asked.startsWith(granted.slice(0, -1)) : asked === granted;
}

function spell(permission: string): string {
  return permission.replaceAll('.', ':');
}

/** The first 48 bits of a text's SHA-256: numbers keep them exactly. */
export function numberOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}
