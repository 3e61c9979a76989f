// SPDX-License-Identifier: AGPL-3.0-or-later
/** LDAP filters (RFC 4515) from what a person chose. Every value is escaped: a name with an asterisk is looked for as it is. */
export type Filter = string;

/** RFC 4515 §3: octets that mean something in a filter are written in hexadecimal. */
export function escape(value: string): string {
  return value.replace(
    // eslint-disable-next-line no-control-regex
    /[\\*()\x00]/g,
    (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

export const equal = (name: string, value: string): Filter => `(${name}=${escape(value)})`;
export const contains = (name: string, value: string): Filter => `(${name}=*${escape(value)}*)`;
export const present = (name: string): Filter => `(${name}=*)`;
export const not = (filter: Filter): Filter => `(!${filter})`;
export const atMost = (name: string, value: string): Filter => `(${name}<=${escape(value)})`;

const joined = (sign: '&' | '|', filters: readonly Filter[]): Filter =>
  filters.length > 1 ? `(${sign}${filters.join('')})` : (filters[0] ?? '');
export const all = (...filters: (Filter | undefined)[]): Filter =>
  joined(
    '&',
    filters.filter((f): f is Filter => f !== undefined && f !== ''),
  );
export const any = (...filters: Filter[]): Filter => joined('|', filters);

/** Where people look for a person. */
const NAMES = ['uid', 'mail', 'zimbraMailAlias', 'cn', 'sn', 'givenName', 'displayName'];

/** Each word must be in one of the names. */
export function words(text: string, names: readonly string[] = NAMES): Filter {
  const found = text.split(/\s+/).filter(Boolean);
  return all(...found.map((word) => any(...names.map((name) => contains(name, word)))));
}

export const STATUSES = ['active', 'locked', 'closed', 'maintenance', 'lockout', 'pending'] as const;
export type Status = (typeof STATUSES)[number];
export const ROLES = ['admin', 'delegated'] as const;

export interface AccountSearch {
  text: string;
  status: string;
  /** Id of a class of service that stands on the account itself, or `none`. */
  cos: string;
  role: string;
}

/** Empty: all accounts. A status that was never set is `active`. */
export function accountFilter({ text, status, cos, role }: AccountSearch): Filter {
  const STATUS = 'zimbraAccountStatus';
  return all(
    words(text),
    status === 'active'
      ? any(equal(STATUS, 'active'), not(present(STATUS)))
      : status !== ''
        ? equal(STATUS, status)
        : undefined,
    cos === 'none' ? not(present('zimbraCOSId')) : cos !== '' ? equal('zimbraCOSId', cos) : undefined,
    role === 'admin'
      ? equal('zimbraIsAdminAccount', 'TRUE')
      : role === 'delegated'
        ? equal('zimbraIsDelegatedAdminAccount', 'TRUE')
        : undefined,
  );
}
