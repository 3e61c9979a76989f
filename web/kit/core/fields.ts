// SPDX-License-Identifier: AGPL-3.0-or-later
/** What a contact is made of on screen, by the field's names for it. */
export type FieldKind = 'text' | 'email' | 'tel' | 'url' | 'date' | 'long';

export interface FieldGroup {
  key: 'name' | 'work' | 'reach' | 'homeAddress' | 'workAddress' | 'more';
  fields: readonly (readonly [name: string, kind: FieldKind])[];
}

export const FIELD_GROUPS: readonly FieldGroup[] = [
  {
    key: 'name',
    fields: [
      ['firstName', 'text'],
      ['lastName', 'text'],
      ['middleName', 'text'],
      ['nickname', 'text'],
    ],
  },
  {
    key: 'reach',
    fields: [
      ['email', 'email'],
      ['email2', 'email'],
      ['email3', 'email'],
      ['mobilePhone', 'tel'],
      ['workPhone', 'tel'],
      ['homePhone', 'tel'],
      ['workFax', 'tel'],
      ['imAddress1', 'text'],
    ],
  },
  {
    key: 'work',
    fields: [
      ['company', 'text'],
      ['jobTitle', 'text'],
      ['department', 'text'],
      ['workURL', 'url'],
    ],
  },
  {
    key: 'workAddress',
    fields: [
      ['workStreet', 'text'],
      ['workPostalCode', 'text'],
      ['workCity', 'text'],
      ['workState', 'text'],
      ['workCountry', 'text'],
    ],
  },
  {
    key: 'homeAddress',
    fields: [
      ['homeStreet', 'text'],
      ['homePostalCode', 'text'],
      ['homeCity', 'text'],
      ['homeState', 'text'],
      ['homeCountry', 'text'],
      ['homeURL', 'url'],
    ],
  },
  {
    key: 'more',
    fields: [
      ['birthday', 'date'],
      ['anniversary', 'date'],
      ['notes', 'long'],
    ],
  },
];

/** Shown without being asked for; the others when a contact has them or somebody unfolds them. */
export const FIRST_FIELDS: ReadonlySet<string> = new Set([
  'firstName',
  'lastName',
  'email',
  'email2',
  'mobilePhone',
  'workPhone',
  'company',
  'jobTitle',
  'notes',
]);

/** `Ann Other` or `Other, Ann`; with nothing but an address the name is made of that. */
export function splitName(name: string, address: string): { firstName?: string; lastName?: string } {
  const bare = name.trim() || (address.split('@')[0] ?? '').replace(/[._]+/g, ' ').trim();
  const [last, first] = bare.includes(',') ? bare.split(',', 2).map((p) => p.trim()) : [];
  if (last && first) return { firstName: first, lastName: last };
  const words = bare.split(/\s+/);
  const lastName = words.length > 1 ? words.pop() : undefined;
  return { firstName: words.join(' '), ...(lastName ? { lastName } : {}) };
}

/** What changed: a field that is empty now is taken away. */
export function changedFields(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed: Record<string, string> = {};
  for (const name of names) {
    const value = (after[name] ?? '').trim();
    if (value !== (before[name] ?? '')) changed[name] = value;
  }
  return changed;
}
