// SPDX-License-Identifier: AGPL-3.0-or-later
/** What was searched for on this page, newest first. In memory only: a query tells about the mail. */
import { Store } from '../store/store';

const RECENT_MAX = 12;

export class RecentSearches {
  readonly all = new Store<readonly string[]>([]);

  learn(query: string): void {
    const text = query.trim();
    if (text !== '') this.all.update((old) => [text, ...old.filter((q) => q !== text)].slice(0, RECENT_MAX));
  }

  forget(query: string): void {
    this.all.update((old) => old.filter((q) => q !== query));
  }

  clear(): void {
    this.all.set([]);
  }
}
