// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Where the conditions of a query begin and end. The server alone decides what a query means; this only cuts
 * it the way the server does (mailboxd/query), so that blocks can be shown and the text be kept.
 */

/** Names that may stand before a colon. Anything else with a colon, such as an address of the web, is words. */
const FIELDS: ReadonlySet<string> = new Set(
  (
    'content subject from to cc tofrom tocc fromcc tofromcc filename type attachment msgid envfrom envto in under ' +
    'inid underid is has tag priority date day week month year before after mdate size larger bigger smaller item ' +
    'conv modseq sort contact title author keywords company metadata conv-count conv-minm conv-maxm conv-start ' +
    'conv-end appt-start appt-end'
  ).split(' '),
);

export interface Term {
  kind: 'term';
  from: number;
  to: number;
  /** Lower case; undefined for words without a field. */
  field: string | undefined;
  /** Without quotes and escapes; undefined for a group in brackets. */
  value: string | undefined;
  quoted: boolean;
  not: boolean;
}

export type Token = Term | { kind: 'or'; from: number; to: number };

const endsWord = (c: string | undefined): boolean => c === undefined || /[\s()"]/.test(c);

class Reader {
  at = 0;
  constructor(readonly text: string) {}

  skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  keyword(word: string): boolean {
    const end = this.at + word.length;
    if (this.text.slice(this.at, end).toLowerCase() !== word || !endsWord(this.text[end])) return false;
    this.at = end;
    return true;
  }

  mark(mark: string): boolean {
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  /** The closing partner of the bracket at `at`, or nothing. */
  group(): boolean {
    let depth = 0;
    for (; this.at < this.text.length; this.at++) {
      const c = this.text[this.at];
      if (c === '"') {
        if (this.quoted() === undefined) return false;
        this.at--;
      } else if (c === '(') depth++;
      else if (c === ')' && --depth === 0) {
        this.at++;
        return true;
      }
    }
    return false;
  }

  quoted(): string | undefined {
    let out = '';
    for (let i = this.at + 1; i < this.text.length; i++) {
      const c = this.text[i] ?? '';
      if (c === '"') {
        this.at = i + 1;
        return out;
      }
      out += c === '\\' ? (this.text[++i] ?? '') : c;
    }
    return undefined;
  }

  field(): string | undefined {
    const name = /^[a-z0-9-]+(?=:)/i.exec(this.text.slice(this.at, this.at + 16))?.[0].toLowerCase();
    if (name === undefined || !FIELDS.has(name)) return undefined;
    this.at += name.length + 1;
    this.skipSpace();
    return name;
  }

  term(not: boolean, from: number): Term | undefined {
    const field = this.field();
    const c = this.text[this.at];
    let value: string | undefined;
    let quoted = false;
    if (c === '(') {
      if (!this.group()) return undefined;
    } else if (c === '"') {
      value = this.quoted();
      quoted = true;
      if (value === undefined) return undefined;
    } else if (c === '{') {
      const end = this.text.indexOf('}', this.at);
      if (end < 0) return undefined;
      value = this.text.slice(this.at + 1, end);
      quoted = true;
      this.at = end + 1;
    } else {
      const start = this.at;
      while (!endsWord(this.text[this.at])) this.at++;
      if (this.at === start) return undefined;
      value = this.text.slice(start, this.at);
    }
    return { kind: 'term', from, to: this.at, field, value, quoted, not };
  }
}

/** The terms of a query, side by side; undefined for what the server would not understand either. */
export function lex(text: string): Token[] | undefined {
  const reader = new Reader(text);
  const tokens: Token[] = [];
  for (;;) {
    reader.skipSpace();
    if (reader.at >= text.length) return tokens;
    const from = reader.at;
    if (reader.keyword('or') || reader.mark('||')) {
      tokens.push({ kind: 'or', from, to: reader.at });
      continue;
    }
    if (reader.keyword('and') || reader.mark('&&')) continue;
    let not = false;
    for (;;) {
      reader.skipSpace();
      const next = text[reader.at + 1];
      const joined = next !== undefined && !/[\s)]/.test(next);
      if (reader.keyword('not') || reader.mark('!') || (joined && reader.mark('-'))) not = !not;
      else if (!reader.mark('+')) break;
    }
    const term = reader.term(not, from);
    if (!term) return undefined;
    tokens.push(term);
  }
}
