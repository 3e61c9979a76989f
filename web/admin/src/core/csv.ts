// SPDX-License-Identifier: AGPL-3.0-or-later
/** Tables of text (RFC 4180): comma, semicolon or tab, quotes, line breaks in quotes. */

export interface CsvRow {
  /** Where the row begins, counted from 1. */
  line: number;
  cells: string[];
}

/** What the first line has most of outside of quotes. */
export function delimiterOf(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (c: string): number => line.split(c).length - 1;
  return [',', ';', '\t'].reduce((best, c) => (count(c) > count(best) ? c : best), ',');
}

/** A quote that never ends takes the rest: the row says so by being one. Empty lines are no rows. */
export function parseCsv(input: string): CsvRow[] {
  const text = input.replace(/^\uFEFF/, '');
  const delimiter = delimiterOf(text);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let line = 1;
  let start = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.some((c) => c.trim() !== '')) rows.push({ line: start, cells: cells.map((c) => c.trim()) });
    cells = [];
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at);
    if (isQuoted) {
      if (c === '"' && text[at + 1] === '"') {
        cell += '"';
        at++;
      } else if (c === '"') isQuoted = false;
      else {
        if (c === '\n') line++;
        cell += c;
      }
    } else if (c === '"' && cell.trim() === '') {
      isQuoted = true;
      cell = '';
    } else if (c === delimiter) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') {
      endRow();
      start = ++line;
    } else if (c !== '\r') cell += c;
  }
  endRow();
  return rows;
}
