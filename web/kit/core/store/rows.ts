// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * A long list of which only a part is in memory: a sparse array addressed by position, filled page by page,
 * emptied again far from where the reader is. Pure data; `list.ts` does the fetching.
 *
 * Invariant: an id is at most at one position. Positions past what the server has said are guesses: one page
 * more than is known, as long as the server says that there is more.
 */
import type { Conversation } from '../model';

export const PAGE_ROWS = 100;
/** Rows kept around the visible ones; those farther away are dropped when more than this many are held. */
export const ROWS_HELD_MAX = 2_000;

export class Rows {
  length = 0;
  /** The end of the list has been seen, or the server told the total. */
  exact = false;
  private rows: (Conversation | undefined)[] = [];
  private position = new Map<string, number>();

  at(index: number): Conversation | undefined {
    return this.rows[index];
  }

  indexOf(id: string): number {
    return this.position.get(id) ?? -1;
  }

  get held(): number {
    return this.position.size;
  }

  /** Pages of [first, last] that have holes. */
  missing(first: number, last: number): number[] {
    const pages: number[] = [];
    const end = Math.min(last, this.length - 1);
    for (let page = Math.floor(Math.max(0, first) / PAGE_ROWS); page * PAGE_ROWS <= end; page++) {
      const pageEnd = Math.min((page + 1) * PAGE_ROWS, this.length);
      for (let i = page * PAGE_ROWS; i < pageEnd; i++) {
        if (this.rows[i] === undefined) {
          pages.push(page);
          break;
        }
      }
    }
    return pages;
  }

  place(offset: number, items: readonly Conversation[], more: boolean, total: number | undefined): void {
    items.forEach((item, i) => {
      const old = this.position.get(item.id);
      if (old !== undefined && old !== offset + i) this.rows[old] = undefined;
      const evicted = this.rows[offset + i];
      if (evicted && evicted.id !== item.id) this.position.delete(evicted.id);
      this.rows[offset + i] = item;
      this.position.set(item.id, offset + i);
    });
    const end = offset + items.length;
    if (!more && (items.length > 0 || offset === 0)) this.resize(end, true);
    else if (!more) this.resize(Math.min(this.length, offset), true);
    else if (total !== undefined && total >= end) this.resize(total, true);
    else if (!this.exact || end >= this.length) this.resize(Math.max(this.length, end + PAGE_ROWS), false);
  }

  replaceRow(item: Conversation): void {
    const at = this.indexOf(item.id);
    if (at >= 0) this.rows[at] = item;
  }

  remove(ids: Iterable<string>): void {
    const gone = [...ids].map((id) => this.indexOf(id)).filter((at) => at >= 0);
    for (const at of gone.sort((a, b) => b - a)) {
      this.rows.splice(at, 1);
      this.length--;
    }
    if (gone.length > 0) this.reposition();
  }

  /** Puts rows back where they were (an action that failed). */
  restore(items: readonly { at: number; item: Conversation }[]): void {
    for (const { at, item } of [...items].sort((a, b) => a.at - b.at)) {
      if (this.position.has(item.id)) continue;
      this.rows.splice(Math.min(at, this.length), 0, item);
      this.length++;
      this.reposition();
    }
  }

  /** Forgets what lies outside [first, last]: those rows are fetched again when they come into view. */
  keepOnly(first: number, last: number): void {
    for (const [id, at] of this.position) {
      if (at < first || at > last) {
        this.rows[at] = undefined;
        this.position.delete(id);
      }
    }
  }

  ids(): string[] {
    return [...this.position.entries()].sort((a, b) => a[1] - b[1]).map(([id]) => id);
  }

  private resize(length: number, exact: boolean): void {
    for (let i = length; i < this.rows.length; i++) {
      const row = this.rows[i];
      if (row) this.position.delete(row.id);
    }
    if (this.rows.length > length) this.rows.length = length;
    this.length = length;
    this.exact = exact;
  }

  private reposition(): void {
    this.position.clear();
    this.rows.forEach((row, i) => {
      if (row) this.position.set(row.id, i);
    });
  }
}
