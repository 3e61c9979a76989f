// SPDX-License-Identifier: AGPL-3.0-or-later
/** What a query looks for, and where that stands in a text. Pieces of text come out, never markup. */
import { parseBlocks, type Block } from './blocks';
import { lex } from './lex';

export interface Needle {
  /** Folded: lower case, without accents. */
  text: string;
  /** `word*`: the word may go on. */
  prefix: boolean;
  where: 'all' | 'subject' | 'people';
}

export interface Piece {
  text: string;
  hit: boolean;
}

const NEEDLES_MAX = 20;
/** Longer texts stay unmarked: they are looked through on every keystroke of the list. */
export const MARKED_CHARS_MAX = 200_000;

const WHERE: Record<string, Needle['where']> = {
  subject: 'subject',
  from: 'people',
  to: 'people',
  cc: 'people',
};

const foldChar = (c: string): string => c.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
export const fold = (text: string): string => [...text].map(foldChar).join('');

function needle(value: string, where: Needle['where']): Needle[] {
  const prefix = value.endsWith('*');
  const text = fold(value.replace(/\*+$/, '').trim());
  return /[\p{L}\p{N}]/u.test(text) ? [{ text, prefix, where }] : [];
}

function ofBlock(block: Block): Needle[] {
  if (block.kind === 'raw' || block.not) return [];
  if (block.kind === 'group') return block.blocks.flatMap(ofBlock);
  if (block.kind === 'field') {
    const where = WHERE[block.field];
    return where ? needle(block.value, where) : [];
  }
  const terms = lex(block.text) ?? [];
  return terms.flatMap((t) => (t.kind === 'term' && t.value !== undefined ? needle(t.value, 'all') : []));
}

export const needles = (query: string): Needle[] =>
  parseBlocks(query).blocks.flatMap(ofBlock).slice(0, NEEDLES_MAX);

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');

function pattern(all: readonly Needle[]): RegExp | undefined {
  if (all.length === 0) return undefined;
  const words = [...all]
    .sort((a, b) => b.text.length - a.text.length)
    .map((n) => escape(n.text) + (n.prefix ? '[\\p{L}\\p{N}]*' : '(?![\\p{L}\\p{N}])'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})`, 'gu');
}

/** Places [from, to) of the hits, in the text as it is. */
export function hits(text: string, all: readonly Needle[]): { from: number; to: number }[] {
  const wanted = pattern(all);
  if (!wanted || text === '' || text.length > MARKED_CHARS_MAX) return [];
  let folded = '';
  // Folding changes lengths ("ß" stays, "é" in two marks shrinks): each folded unit remembers where it came from.
  const origin: number[] = [];
  let at = 0;
  for (const c of text) {
    const f = foldChar(c);
    for (let i = 0; i < f.length; i++) origin.push(at);
    folded += f;
    at += c.length;
  }
  origin.push(text.length);
  return [...folded.matchAll(wanted)].map((m) => ({
    from: origin[m.index] ?? 0,
    to: origin[m.index + m[0].length] ?? text.length,
  }));
}

export function split(text: string, all: readonly Needle[]): Piece[] {
  const out: Piece[] = [];
  let end = 0;
  for (const { from, to } of hits(text, all)) {
    if (from > end) out.push({ text: text.slice(end, from), hit: false });
    out.push({ text: text.slice(from, to), hit: true });
    end = to;
  }
  if (end < text.length || out.length === 0) out.push({ text: text.slice(end), hit: false });
  return out;
}
