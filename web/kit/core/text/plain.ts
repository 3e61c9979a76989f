// SPDX-License-Identifier: AGPL-3.0-or-later
/** Plain text as data for a view: paragraphs of own words, quotes to fold, links to follow. No HTML is made. */
export type Inline = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

export interface Block {
  quoted: boolean;
  lines: Inline[][];
}

/** Longer texts are shown without links: a pattern over megabytes would stop the page. */
export const LINKED_CHARS_MAX = 500_000;

const LINK =
  /\b(?:https?:\/\/|mailto:|www\.)[^\s<>"'`]{1,2000}|\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/giu;
/** What ends a sentence is not part of the link, nor a bracket that was opened before it. */
const TRAILING = /[.,;:!?'"»”’\]}]+$/u;

export function inline(line: string): Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of line.matchAll(LINK)) {
    let text = match[0].replace(TRAILING, '');
    while (text.endsWith(')') && !text.includes('(')) text = text.slice(0, -1).replace(TRAILING, '');
    if (text === '') continue;
    if (match.index > end) parts.push({ kind: 'text', text: line.slice(end, match.index) });
    parts.push({ kind: 'link', text, href: href(text) });
    end = match.index + text.length;
  }
  if (end < line.length) parts.push({ kind: 'text', text: line.slice(end) });
  return parts;
}

function href(text: string): string {
  if (/^(?:https?:|mailto:)/i.test(text)) return text;
  return text.toLowerCase().startsWith('www.') ? `https://${text}` : `mailto:${text}`;
}

const isQuoted = (line: string): boolean => /^\s{0,2}>/.test(line);
/** "On Monday, X wrote:" belongs to the quote below it. */
const isAttribution = (line: string): boolean =>
  line.length < 200 && /(?:wrote|schrieb|écrit|escribió)[^:]{0,80}:\s*$/iu.test(line);

export function blocks(text: string): Block[] {
  const linked = text.length <= LINKED_CHARS_MAX;
  const lines = text.replace(/\r\n?/g, '\n').trimEnd().split('\n');
  const quoted = lines.map(isQuoted);
  lines.forEach((line, i) => {
    const next = quoted[i + 1] || (lines[i + 1]?.trim() === '' && quoted[i + 2]);
    if (next && isAttribution(line)) {
      quoted[i] = true;
      if (!quoted[i + 1]) quoted[i + 1] = true;
    }
  });
  const result: Block[] = [];
  lines.forEach((line, i) => {
    const isQuote = quoted[i] === true;
    const content: Inline[] = linked ? inline(line) : [{ kind: 'text', text: line }];
    const last = result.at(-1);
    if (last && last.quoted === isQuote) last.lines.push(content);
    else result.push({ quoted: isQuote, lines: [content] });
  });
  return result;
}

/** `> ` before each line (RFC 3676 §4.5 without the flow). */
export const quoteLines = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`))
    .join('\n');

export const escapeHtml = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c,
  );

export const textToHtml = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => `<div>${line === '' ? '<br>' : escapeHtml(line)}</div>`)
    .join('');
