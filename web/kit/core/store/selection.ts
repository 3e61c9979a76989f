// SPDX-License-Identifier: AGPL-3.0-or-later
/** Which rows are marked, and where the keyboard is. Ids, not positions: rows move. */
import type { Rows } from './rows';
import { Store } from './store';

export interface SelectionState {
  marked: ReadonlySet<string>;
  /** The row that j and k move; not necessarily open. */
  cursor: string | undefined;
}

export class Selection {
  readonly state = new Store<SelectionState>({ marked: new Set(), cursor: undefined });
  private anchor: string | undefined;
  /** What the last range added. */
  private readonly range = new Set<string>();

  clear(): void {
    if (this.state.value.marked.size > 0) this.state.patch({ marked: new Set() });
    this.anchor = undefined;
    this.range.clear();
  }

  reset(): void {
    this.anchor = undefined;
    this.range.clear();
    this.state.set({ marked: new Set(), cursor: undefined });
  }

  moveTo(id: string | undefined): void {
    this.state.patch({ cursor: id });
  }

  toggle(id: string): void {
    const marked = new Set(this.state.value.marked);
    if (!marked.delete(id)) marked.add(id);
    this.anchor = id;
    this.range.clear();
    this.state.set({ marked, cursor: id });
  }

  /** From the last single mark to here, over rows in memory. What an earlier range had beyond that is let go. */
  extend(id: string, rows: Rows): void {
    this.anchor ??= this.state.value.cursor ?? id;
    const from = rows.indexOf(this.anchor);
    const to = rows.indexOf(id);
    if (to < 0) return;
    const marked = new Set(this.state.value.marked);
    for (const old of this.range) marked.delete(old);
    this.range.clear();
    for (let i = Math.min(from < 0 ? to : from, to); i <= Math.max(from, to); i++) {
      const row = rows.at(i);
      if (row && !marked.has(row.id)) this.range.add(row.id);
      if (row) marked.add(row.id);
    }
    this.state.set({ marked, cursor: id });
  }

  all(rows: Rows): void {
    this.state.patch({ marked: new Set(rows.ids()) });
  }

  mark(ids: Iterable<string>): void {
    this.state.patch({ marked: new Set(ids) });
  }

  drop(ids: Iterable<string>): void {
    const marked = new Set(this.state.value.marked);
    let changed = false;
    for (const id of ids) changed = marked.delete(id) || changed;
    if (changed) this.state.patch({ marked });
  }
}
