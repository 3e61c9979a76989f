// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Completion for the search box: which operator, or which value of an operator, could stand where the caret
 * is. Only the term under the caret matters; the server parses the query.
 */
import type { Folder, Person, Tag } from '../model';
import { printValue } from './blocks';

export interface Suggestion {
  /** Replaces [from, to) of the text. */
  insert: string;
  from: number;
  to: number;
  /** What is shown, and the message key that explains it. */
  label: string;
  hint: string | undefined;
  /** A whole search, to be run at once. */
  whole?: 'recent' | 'saved';
}

export interface SuggestContext {
  folders: readonly Folder[];
  tags: readonly Tag[];
  people: (text: string) => readonly Person[];
  /** Newest first. */
  recent?: readonly string[];
}

/** Operators worth teaching, with the key of their explanation. */
export const OPERATORS: readonly (readonly [string, string])[] = [
  ['from:', 'search.from'],
  ['to:', 'search.to'],
  ['subject:', 'search.subject'],
  ['in:', 'search.in'],
  ['under:', 'search.under'],
  ['is:', 'search.is'],
  ['has:', 'search.has'],
  ['tag:', 'search.tag'],
  ['before:', 'search.before'],
  ['after:', 'search.after'],
  ['date:', 'search.date'],
  ['larger:', 'search.larger'],
  ['smaller:', 'search.smaller'],
  ['cc:', 'search.cc'],
  ['filename:', 'search.filename'],
];

/** What `is:` may be followed by. */
export const STATES = [
  'unread',
  'read',
  'flagged',
  'unflagged',
  'replied',
  'forwarded',
  'draft',
  'sent',
  'received',
  'unreplied',
  'tome',
  'fromme',
  'tagged',
  'untagged',
  'anywhere',
  'invite',
] as const;
/** Relative to today: yesterday, a week, a month, a year ago. */
const DATES = ['-0d', '-1d', '-7d', '-1mo', '-1y'];
export const SIZES = ['100kb', '1mb', '5mb', '10mb', '25mb'] as const;
const SUGGESTIONS_MAX = 8;
const RECENT_MAX = 4;
const SAVED_MAX = 2;

/** The term around the caret: quotes hold blanks together, brackets and a leading minus stand outside. */
export function termAt(text: string, caret: number): { from: number; to: number; term: string } {
  let from = 0;
  let inQuotes = false;
  for (let i = 0; i < caret; i++) {
    const char = text[i];
    if (char === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (char === ' ' || char === '(' || char === ')')) from = i + 1;
  }
  if (text[from] === '-' || text[from] === '!' || text[from] === '+') from = Math.min(from + 1, caret);
  let to = caret;
  while (to < text.length && (inQuotes || !/[\s()]/.test(text[to] ?? ''))) {
    if (text[to] === '"') inQuotes = !inQuotes;
    to++;
  }
  return { from, to, term: text.slice(from, caret) };
}

function values(field: string, typed: string, context: SuggestContext): { value: string; label: string }[] {
  const wanted = typed.replaceAll('"', '').toLowerCase();
  const plain = (all: readonly string[]): { value: string; label: string }[] =>
    all.filter((v) => v.toLowerCase().startsWith(wanted)).map((v) => ({ value: v, label: v }));
  switch (field) {
    case 'is':
      return plain(STATES);
    case 'has':
      return plain(['attachment']);
    case 'before':
    case 'after':
    case 'date':
      return plain(DATES);
    case 'larger':
    case 'bigger':
    case 'smaller':
      return plain(SIZES);
    case 'in':
    case 'under':
      return context.folders
        .filter((f) => f.kind !== 'search' && f.path.toLowerCase().includes(wanted))
        .map((f) => ({ value: printValue(f.path), label: f.path }));
    case 'tag':
      return context.tags
        .filter((t) => t.name.toLowerCase().includes(wanted))
        .map((t) => ({ value: printValue(t.name), label: t.name }));
    case 'from':
    case 'to':
    case 'cc':
      return context.people(wanted).map((p) => ({
        value: p.address,
        label: p.name ? `${p.name} <${p.address}>` : p.address,
      }));
    default:
      return [];
  }
}

/** Earlier searches that go on from what is typed, and saved ones that are called so. */
function whole(text: string, context: SuggestContext): Suggestion[] {
  const typed = text.trim().toLowerCase();
  const at = { from: 0, to: text.length };
  const recent = (context.recent ?? [])
    .filter((q) => q.toLowerCase() !== typed && q.toLowerCase().startsWith(typed))
    .slice(0, RECENT_MAX)
    .map((q) => ({ ...at, insert: q, label: q, hint: 'search.recent', whole: 'recent' as const }));
  const saved = context.folders
    .filter((f) => f.kind === 'search' && typed !== '' && f.name.toLowerCase().includes(typed))
    .slice(0, SAVED_MAX)
    .map((f) => ({ ...at, insert: f.query, label: f.name, hint: 'search.saved', whole: 'saved' as const }));
  return [...recent, ...saved];
}

export function suggest(text: string, caret: number, context: SuggestContext): Suggestion[] {
  const { from, to, term } = termAt(text, caret);
  const colon = term.indexOf(':');
  if (colon > 0) {
    const field = term.slice(0, colon).toLowerCase();
    return values(field, term.slice(colon + 1), context)
      .slice(0, SUGGESTIONS_MAX)
      .map(({ value, label }) => ({
        insert: `${field}:${value} `,
        from,
        to,
        label: `${field}:${label}`,
        hint: undefined,
      }));
  }
  const wanted = term.toLowerCase();
  const operators = OPERATORS.filter(([op]) => op.startsWith(wanted)).map(([op, hint]) => ({
    insert: op,
    from,
    to,
    label: op,
    hint,
  }));
  const folders =
    wanted.length > 1
      ? context.folders
          .filter((f) => f.kind === 'folder' && f.path.toLowerCase().includes(wanted))
          .slice(0, 2)
          .map((f) => ({
            insert: `in:${printValue(f.path)} `,
            from,
            to,
            label: `in:${f.path}`,
            hint: 'search.in',
          }))
      : [];
  const tags =
    wanted.length > 1
      ? context.tags
          .filter((t) => t.name.toLowerCase().includes(wanted))
          .slice(0, 2)
          .map((t) => ({
            insert: `tag:${printValue(t.name)} `,
            from,
            to,
            label: `tag:${t.name}`,
            hint: 'search.tag',
          }))
      : [];
  const people =
    wanted.length > 1
      ? context.people(wanted).map((p) => ({
          insert: `from:${p.address} `,
          from,
          to,
          label: `from:${p.name || p.address}`,
          hint: p.name ? p.address : undefined,
        }))
      : [];
  return [...whole(text, context), ...people.slice(0, 3), ...folders, ...tags, ...operators].slice(
    0,
    SUGGESTIONS_MAX,
  );
}

export const accept = (text: string, s: Suggestion): { text: string; caret: number } => ({
  text: text.slice(0, s.from) + s.insert + text.slice(s.to).replace(/^ /, s.insert.endsWith(' ') ? '' : ' '),
  caret: s.from + s.insert.length,
});
