// SPDX-License-Identifier: AGPL-3.0-or-later
/** Address fields: what a person types or pastes, to chips and back. */
import type { Person } from '../model';

export interface Chip extends Person {
  valid: boolean;
}

/** Enough to catch typing errors; the server has the last word (RFC 5321 §4.1.2, RFC 6531 for other scripts). */
const ADDRESS = /^[^\s@<>(),;:"[\]\\]+@(?:[^\s@<>(),;:"[\].\\]+\.)*[^\s@<>(),;:"[\].\\]+$/u;
const ADDRESS_OCTETS_MAX = 254;

export const isAddress = (text: string): boolean => text.length <= ADDRESS_OCTETS_MAX && ADDRESS.test(text);

/** `Name <a@b>, "Last, First" <c@d>; e@f`: commas and semicolons part, quotes and angles protect. */
export function parseChips(text: string): Chip[] {
  const pieces: string[] = [];
  let piece = '';
  let quoted = false;
  let angle = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    else if (!quoted && char === '<') angle = true;
    else if (!quoted && char === '>') angle = false;
    if (!quoted && !angle && (char === ',' || char === ';' || char === '\n')) {
      pieces.push(piece);
      piece = '';
    } else {
      piece += char;
    }
  }
  pieces.push(piece);
  return pieces
    .map((p) => p.trim())
    .filter(Boolean)
    .map(chip);
}

function chip(text: string): Chip {
  const match = /^(.*)<([^<>]*)>$/s.exec(text);
  const address = (match?.[2] ?? text).trim();
  const name = (match?.[1] ?? '').trim().replace(/^"(.*)"$/s, '$1');
  return { address, name, valid: isAddress(address) };
}

export const toChip = (person: Person): Chip => ({
  address: person.address,
  name: person.name,
  valid: isAddress(person.address),
});

/** Each address once, the first spelling wins. */
export function unique(chips: readonly Chip[]): Chip[] {
  const seen = new Set<string>();
  return chips.filter((c) => {
    const key = c.address.toLowerCase();
    return !seen.has(key) && seen.add(key);
  });
}
