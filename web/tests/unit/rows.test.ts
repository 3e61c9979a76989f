// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { conversation } from '$kit/core/api/decode';
import { PAGE_ROWS, Rows } from '$kit/core/store/rows';

const row = (n: number) => conversation({ id: n, su: `s${n}` });
const page = (from: number, count = PAGE_ROWS) => Array.from({ length: count }, (_, i) => row(from + i));

/** Every held id is where the index says, and nowhere else. */
function consistent(rows: Rows): void {
  const seen = new Set<string>();
  for (let i = 0; i < rows.length; i++) {
    const at = rows.at(i);
    if (!at) continue;
    expect(seen.has(at.id)).toBe(false);
    seen.add(at.id);
    expect(rows.indexOf(at.id)).toBe(i);
  }
  expect(seen.size).toBe(rows.held);
}

describe('rows', () => {
  it('grows by a page as long as there is more', () => {
    const rows = new Rows();
    rows.place(0, page(0), true, undefined);
    expect([rows.length, rows.exact]).toEqual([2 * PAGE_ROWS, false]);
    expect(rows.missing(0, 2 * PAGE_ROWS)).toEqual([1]);
    rows.place(PAGE_ROWS, page(PAGE_ROWS, 7), false, undefined);
    expect([rows.length, rows.exact]).toEqual([PAGE_ROWS + 7, true]);
    expect(rows.missing(0, 500)).toEqual([]);
    consistent(rows);
  });

  it('takes the total if the server knows it', () => {
    const rows = new Rows();
    rows.place(0, page(0), true, 100_000);
    expect([rows.length, rows.exact]).toEqual([100_000, true]);
    rows.place(50_000, page(9_000), true, 100_000);
    expect(rows.at(50_000)?.id).toBe('9000');
    consistent(rows);
  });

  it('shrinks when the guess was too long', () => {
    const rows = new Rows();
    rows.place(0, page(0), true, undefined);
    rows.place(PAGE_ROWS, [], false, undefined);
    expect([rows.length, rows.exact]).toEqual([PAGE_ROWS, true]);
  });

  it('removes and restores', () => {
    const rows = new Rows();
    rows.place(0, page(0, 5), false, undefined);
    rows.remove(['1', '3', 'unknown']);
    expect(rows.ids()).toEqual(['0', '2', '4']);
    rows.restore([
      { at: 3, item: row(3) },
      { at: 1, item: row(1) },
    ]);
    expect(rows.ids()).toEqual(['0', '1', '2', '3', '4']);
    consistent(rows);
  });

  it('keeps an id in one place when the list moved between two pages', () => {
    const rows = new Rows();
    rows.place(0, page(0), true, undefined);
    rows.place(PAGE_ROWS, page(PAGE_ROWS - 1), true, undefined);
    consistent(rows);
    expect(rows.missing(0, PAGE_ROWS - 1)).toEqual([0]);
  });

  it('forgets what is far away', () => {
    const rows = new Rows();
    for (let p = 0; p < 30; p++) rows.place(p * PAGE_ROWS, page(p * PAGE_ROWS), true, 100_000);
    rows.keepOnly(1_000, 1_199);
    expect(rows.held).toBe(200);
    expect(rows.length).toBe(100_000);
    consistent(rows);
  });
});
