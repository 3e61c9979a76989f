// SPDX-License-Identifier: AGPL-3.0-or-later
/** Rights on a folder as the few roles that people think in. */
import type { Grant } from './model';

export type Role = 'viewer' | 'manager' | 'admin';
export const ROLES: readonly Role[] = ['viewer', 'manager', 'admin'];

const RIGHTS: Record<Role, string> = { viewer: 'r', manager: 'rwidx', admin: 'rwidxa' };

export const rightsOf = (role: Role): string => RIGHTS[role];

const sorted = (rights: string): string => [...new Set(rights)].sort().join('');

/** Undefined for rights that no role has. The right to make folders comes along with writing. */
export function roleOf(rights: string): Role | undefined {
  const bare = sorted(rights.replaceAll('c', ''));
  return ROLES.find((role) => sorted(RIGHTS[role]) === bare);
}

/** What the wire calls a grantee by name: everybody has none. */
export const grantTo = (kind: Grant['kind'], name: string, role: Role) => ({
  gt: kind,
  ...(kind === 'all' ? {} : { d: name }),
  perm: rightsOf(role),
});
