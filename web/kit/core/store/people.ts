// SPDX-License-Identifier: AGPL-3.0-or-later
/** Correspondents seen on this page, for completion. In memory only, bounded, gone with the page. */
import type { Person } from '../model';

const PEOPLE_MAX = 2_000;
const SUGGESTIONS_MAX = 6;

export class People {
  private readonly seen = new Map<string, { person: Person; times: number }>();

  learn(people: Iterable<Person>): void {
    for (const { address, name } of people) {
      const key = address.toLowerCase();
      if (!key.includes('@')) continue;
      const known = this.seen.get(key);
      if (known) {
        known.times++;
        if (!known.person.name && name) known.person = { address, name };
      } else if (this.seen.size < PEOPLE_MAX) {
        this.seen.set(key, { person: { address, name }, times: 1 });
      }
    }
  }

  /** Best first: the start of a word of the name or of the address matches. */
  matching(text: string, without: ReadonlySet<string> = new Set()): Person[] {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    return [...this.seen.entries()]
      .filter(
        ([key, { person }]) =>
          !without.has(key) &&
          (key.startsWith(wanted) ||
            person.name.toLowerCase().startsWith(wanted) ||
            person.name.toLowerCase().includes(` ${wanted}`)),
      )
      .sort((a, b) => b[1].times - a[1].times)
      .slice(0, SUGGESTIONS_MAX)
      .map(([, { person }]) => person);
  }

  clear(): void {
    this.seen.clear();
  }
}
