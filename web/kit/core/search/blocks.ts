// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * A query as blocks, and blocks as a query: two views of one thing. What has no block of its own (groups in
 * brackets, fields that only machines use, text that can't be understood) is a raw block that holds its text as
 * it is, so that nothing is lost on the way there and back.
 */
import { lex, type Term } from './lex';

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
  | { kind: 'raw'; text: string };

export interface Blocks {
  join: 'and' | 'or';
  blocks: Block[];
}

const isBlockField = (name: string): name is BlockField => (BLOCK_FIELDS as readonly string[]).includes(name);
const ALIASES: Record<string, BlockField> = { bigger: 'larger', day: 'date' };

function block(text: string, term: Term): Block {
  const written = text.slice(term.from, term.to);
  if (term.value === undefined) return { kind: 'raw', text: written };
  if (term.field === undefined) {
    return { kind: 'words', text: term.quoted ? quote(term.value) : term.value, not: term.not };
  }
  const field = ALIASES[term.field] ?? term.field;
  if (!isBlockField(field)) return { kind: 'raw', text: written };
  return { kind: 'field', field, value: term.value, not: term.not };
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
  if (!tokens) return whole;
  const sides: Block[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'or') sides.push([]);
    else sides.at(-1)?.push(block(bare, token));
  }
  const each = sides.map(merged);
  if (each.length === 1) return { join: 'and', blocks: each[0] ?? [] };
  // Alternatives of several conditions, or none, have no picture here.
  if (each.some((side) => side.length !== 1)) return whole;
  return { join: 'or', blocks: each.flat() };
}

export const quote = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;

/** As a value behind a colon: quoted where a blank or a bracket would end it. */
export const printValue = (value: string): string => (/^[^\s(){}"\\]+$/.test(value) ? value : quote(value));

/** A block that says nothing yet prints as nothing. */
export function printBlock(block: Block): string {
  if (block.kind === 'raw') return block.text.trim();
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
  const old: Block[] = parsed.join === 'and' ? parsed.blocks : [{ kind: 'raw', text: printBlocks(parsed) }];
  return printBlocks({ join: 'and', blocks: [...old, wanted] });
}

export function hasBlock(text: string, wanted: Block): boolean {
  const { join, blocks } = parseBlocks(text);
  return (
    join === 'and' && blocks.some((b) => printBlock(b).toLowerCase() === printBlock(wanted).toLowerCase())
  );
}
