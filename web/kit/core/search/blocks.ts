// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * A query as blocks, and blocks as a query: two views of one thing. What stands in brackets is a group of blocks.
 * What has no block of its own (a field with a group, fields that only machines use, text that can't be understood)
 * is a raw block that holds its text as it is, so that nothing is lost on the way there and back.
 */
import { lex, type Term, type Token } from './lex';

/** Fields that have a block, in the order in which the builder offers them. */
export const BLOCK_FIELDS = [
  'from',
  'to',
  'cc',
  'subject',
  'in',
  'under',
  'tag',
  'is',
  'has',
  'after',
  'before',
  'date',
  'larger',
  'smaller',
  'filename',
] as const;
export type BlockField = (typeof BLOCK_FIELDS)[number];

export type Block =
  | { kind: 'words'; text: string; not: boolean }
  | { kind: 'field'; field: BlockField; value: string; not: boolean }
  | { kind: 'group'; join: Join; blocks: Block[]; not: boolean }
  | { kind: 'raw'; text: string };

export type Join = 'and' | 'or';

export interface Blocks {
  join: Join;
  blocks: Block[];
}

/** Groups in groups; what is deeper stays as text. */
export const DEPTH_MAX = 4;

const isBlockField = (name: string): name is BlockField => (BLOCK_FIELDS as readonly string[]).includes(name);
const ALIASES: Record<string, BlockField> = { bigger: 'larger', day: 'date' };

function block(text: string, term: Term, depth: number): Block {
  const written = text.slice(term.from, term.to);
  if (term.value === undefined) return group(written, term, depth) ?? { kind: 'raw', text: written };
  if (term.field === undefined) {
    return { kind: 'words', text: term.quoted ? quote(term.value) : term.value, not: term.not };
  }
  const field = ALIASES[term.field] ?? term.field;
  if (!isBlockField(field)) return { kind: 'raw', text: written };
  return { kind: 'field', field, value: term.value, not: term.not };
}

/** `-(a OR b)`; undefined for a group that belongs to a field, or whose inside is no list of blocks. */
function group(written: string, term: Term, depth: number): Block | undefined {
  if (term.field !== undefined || depth >= DEPTH_MAX) return undefined;
  const inside = written.slice(written.indexOf('(') + 1, -1).trim();
  const tokens = lex(inside);
  const blocks = inside !== '' && tokens ? blocksOf(inside, tokens, depth + 1) : undefined;
  return blocks && { kind: 'group', ...blocks, not: term.not };
}

/** Words that stand side by side are one block. */
function merged(blocks: readonly Block[]): Block[] {
  const out: Block[] = [];
  for (const next of blocks) {
    const last = out.at(-1);
    if (last?.kind === 'words' && next.kind === 'words' && last.not === next.not) {
      out[out.length - 1] = { ...last, text: `${last.text} ${next.text}` };
    } else out.push(next);
  }
  return out;
}

export function parseBlocks(text: string): Blocks {
  const bare = text.trim();
  if (bare === '') return { join: 'and', blocks: [] };
  const whole: Blocks = { join: 'and', blocks: [{ kind: 'raw', text: bare }] };
  const tokens = lex(bare);
  const parsed = tokens && blocksOf(bare, tokens, 0);
  if (!parsed) return whole;
  const [only] = parsed.blocks;
  // Brackets around all of it say nothing.
  if (parsed.blocks.length === 1 && only?.kind === 'group' && !only.not)
    return { join: only.join, blocks: only.blocks };
  return parsed;
}

/** OR binds weaker than what stands side by side: each alternative of several conditions is a group. */
function blocksOf(text: string, tokens: readonly Token[], depth: number): Blocks | undefined {
  const sides: Block[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'or') sides.push([]);
    else sides.at(-1)?.push(block(text, token, depth));
  }
  const each = sides.map(merged);
  if (each.length === 1) return { join: 'and', blocks: each[0] ?? [] };
  // An alternative that is nothing has no picture here.
  if (each.some((side) => side.length === 0)) return undefined;
  const alternatives = each.map((side): Block | undefined =>
    side.length === 1 ? side[0] : { kind: 'group', join: 'and', blocks: side, not: false },
  );
  return { join: 'or', blocks: alternatives.filter((b) => b !== undefined) };
}

export const quote = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;

/** As a value behind a colon: quoted where a blank or a bracket would end it. */
export const printValue = (value: string): string => (/^[^\s(){}"\\]+$/.test(value) ? value : quote(value));

/** A block that says nothing yet prints as nothing. */
export function printBlock(block: Block): string {
  if (block.kind === 'raw') return block.text.trim();
  if (block.kind === 'group') {
    const inside = printBlocks(block);
    return inside === '' ? '' : `${block.not ? '-' : ''}(${inside})`;
  }
  if (block.kind === 'field') {
    const value = block.value.trim();
    return value === '' ? '' : `${block.not ? '-' : ''}${block.field}:${printValue(value)}`;
  }
  const words = block.text.trim();
  if (!block.not || words === '') return words;
  // "None of these": a minus before the group would turn it into "not all of these".
  const tokens = lex(words);
  if (!tokens || tokens.some((t) => t.kind === 'or')) return `-${quote(words)}`;
  return tokens.map((t) => `-${words.slice(t.from, t.to).replace(/^[-!+]+/, '')}`).join(' ');
}

/** A group to fill: with the other join than that of the place where it is put, else it would say nothing. */
export const emptyGroup = (join: Join): Block => ({
  kind: 'group',
  join,
  blocks: [emptyBlock('words')],
  not: false,
});

const hasOr = (text: string): boolean => lex(text)?.some((t) => t.kind === 'or') ?? false;

export function printBlocks({ join, blocks }: Blocks): string {
  const printed = blocks.map((b) => ({ block: b, text: printBlock(b) })).filter(({ text }) => text !== '');
  if (printed.length === 1) return printed[0]?.text ?? '';
  return (
    printed
      // OR binds weaker than what stands side by side: its own brackets keep it one thing.
      .map(({ block: b, text }) => (b.kind !== 'field' && hasOr(text) ? `(${text})` : text))
      .join(join === 'or' ? ' OR ' : ' ')
  );
}

export const emptyBlock = (kind: BlockField | 'words'): Block =>
  kind === 'words'
    ? { kind: 'words', text: '', not: false }
    : { kind: 'field', field: kind, value: FIRST_VALUE[kind] ?? '', not: false };

const FIRST_VALUE: Partial<Record<BlockField, string>> = {
  has: 'attachment',
  is: 'unread',
  in: 'Inbox',
  under: 'Inbox',
  larger: '1mb',
  smaller: '1mb',
};

/** Adds a condition, or takes it out if it is there: what a chip beside the results does. */
export function toggleBlock(text: string, wanted: Block): string {
  const parsed = parseBlocks(text);
  const same = (b: Block): boolean => printBlock(b).toLowerCase() === printBlock(wanted).toLowerCase();
  if (parsed.join === 'and' && parsed.blocks.some(same)) {
    return printBlocks({ join: 'and', blocks: parsed.blocks.filter((b) => !same(b)) });
  }
  const old: Block[] = parsed.join === 'and' ? parsed.blocks : [{ kind: 'group', ...parsed, not: false }];
  return printBlocks({ join: 'and', blocks: [...old, wanted] });
}

export function hasBlock(text: string, wanted: Block): boolean {
  const { join, blocks } = parseBlocks(text);
  return (
    join === 'and' && blocks.some((b) => printBlock(b).toLowerCase() === printBlock(wanted).toLowerCase())
  );
}
