// SPDX-License-Identifier: AGPL-3.0-or-later
/** How people are shown: short names, initials, a colour that stays theirs. */
import type { Person, RolePerson } from '../model';

export const displayName = (p: Person): string => p.name || p.address.split('@')[0] || p.address;

export const fullName = (p: Person): string => (p.name ? `${p.name} <${p.address}>` : p.address);

export function initials(p: Person): string {
  const words = displayName(p)
    .replace(/["'()]/g, '')
    .split(/[\s._-]+/)
    .filter((w) => /\p{L}|\p{N}/u.test(w));
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

/** One of `count` hues, the same for the same address. */
export function hueIndex(address: string, count: number): number {
  let hash = 0;
  for (const char of address.toLowerCase()) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}

/** The line of names in a row. Where it went out, those who get it; else those who wrote. */
export function rowPeople(people: readonly RolePerson[], outgoing: boolean): RolePerson[] {
  const senders = people.filter((p) => p.role === 'from');
  if (outgoing) return people.filter((p) => p.role === 'to' || p.role === 'cc');
  return senders.length > 0 ? senders : [...people];
}
