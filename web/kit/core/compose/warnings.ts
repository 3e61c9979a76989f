// SPDX-License-Identifier: AGPL-3.0-or-later
/** What a person may have overlooked before a letter goes out. Pure; the view asks. */
import type { Draft } from './draft';

export type Warning = 'noSubject' | 'noAttachment' | 'manyReceivers' | 'toList';

/** From here on an answer to all is worth a second look. */
export const MANY_RECEIVERS = 15;
const CHARS_MAX = 100_000;

/** Words of an own sentence that speak of a file, in English and German. */
const ATTACHMENT =
  /(?<![\p{L}\p{N}])(?:attach(?:ed|ing|ment|ments)|enclos(?:ed|ing|ure|ures)|see\s+attach|anhang|anhänge[n]?|angehängt\p{L}*|anbei|beigefügt\p{L}*|beiliegend\p{L}*|anlage[n]?|im\s+anhang|hänge\s+ich|füge\s+ich\s+bei)(?![\p{L}\p{N}])/iu;
const UPPERCASE_ONLY = /^(?:anlage[n]?)$/i;

/** Where somebody else's words begin. */
const QUOTE_START =
  /^\s*(?:>|-{2,}\s*(?:forwarded|weitergeleitete|original|ursprüngliche)|.{0,200}(?:wrote|schrieb)\b.{0,80}:\s*$)/iu;

/** The person's own words: up to the quote, without the signature (RFC 3676 §4.3). */
export function ownWords(text: string): string {
  const lines = text.slice(0, CHARS_MAX).split(/\r\n?|\n/);
  const end = lines.findIndex((line) => QUOTE_START.test(line) || line === '-- ');
  return (end < 0 ? lines : lines.slice(0, end)).join('\n');
}

export function speaksOfAttachment(text: string): boolean {
  const found = ATTACHMENT.exec(ownWords(text));
  if (!found) return false;
  // "Anlage" is a file; "anlage" in the middle of other words is not German at all.
  return !UPPERCASE_ONLY.test(found[0]) || /^A/.test(found[0]);
}

export function warningsFor(draft: Draft): Warning[] {
  const out: Warning[] = [];
  if (draft.subject.trim() === '') out.push('noSubject');
  const isForward = draft.mode === 'forward';
  const said =
    speaksOfAttachment(draft.text) ||
    (!isForward && draft.mode === 'new' && speaksOfAttachment(draft.subject));
  if (draft.attachments.length === 0 && draft.inline.length === 0 && said) out.push('noAttachment');
  const count = new Set([...draft.to, ...draft.cc, ...draft.bcc].map((c) => c.address.toLowerCase())).size;
  if (draft.mode === 'replyAll' && count >= MANY_RECEIVERS) out.push('manyReceivers');
  else if (draft.answersList !== '') out.push('toList');
  return out;
}
