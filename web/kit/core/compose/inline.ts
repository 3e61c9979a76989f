// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Pictures inside a letter. Quoted ones are parts of some message at our own address, pasted and dropped ones are
 * blobs of this page; on the way out each becomes an inline part of the letter, named by `cid:` (RFC 2392). An
 * address in the text never changes while the letter is written, whatever its bytes are taken from: after a save
 * that is the saved draft, so that the letter outlives the one that it quotes.
 */
import type { WireOutgoingPart } from '../api/types';
import type { Message } from '../model';

export interface InlinePicture {
  /** The address in the editor's HTML. */
  url: string;
  contentId: string;
  source: PictureSource;
}

export type PictureSource =
  /** On its way to the server. */
  { kind: 'uploading' } | { kind: 'upload'; aid: string } | { kind: 'part'; message: string; part: string };

/**
 * What the server makes of a `cid:` link in a message, in another's mailbox too (`kit/html/clean.ts` lets no other
 * own address pass).
 */
const PICTURE = /(<img\b[^>]*?\ssrc=")((?:\/service\/home\/(?:~|[0-9a-f-]{36})\/\?|blob:)[^"]*)(")/gi;

const unescape = (url: string): string => url.replaceAll('&amp;', '&');

function source(url: string): { message: string; part: string } | undefined {
  const [path, search] = unescape(url).split('?');
  const query = new URLSearchParams(search ?? '');
  const [id, part] = [query.get('id'), query.get('part')];
  const account = path?.split('/')[3] ?? '~';
  return id && part ? { message: account === '~' ? id : `${account}:${id}`, part } : undefined;
}

/**
 * The pictures that `html` shows, those of `known` as they are; new ones only out of `messages`: a letter that
 * names parts of other letters must not get them sent along with the answer.
 */
export function pictures(
  html: string,
  known: readonly InlinePicture[],
  messages: readonly (string | undefined)[],
): InlinePicture[] {
  const found = new Map<string, InlinePicture>();
  for (const match of html.matchAll(PICTURE)) {
    const url = unescape(match[2] ?? '');
    if (found.has(url)) continue;
    const old = known.find((p) => p.url === url);
    if (old) found.set(url, old);
    const from = source(url);
    if (old || !from || !messages.includes(from.message)) continue;
    const contentId = `${from.part}.${from.message}@inline.posthouse`;
    found.set(url, { url, contentId, source: { kind: 'part', ...from } });
  }
  return [...found.values()];
}

/** The HTML as it leaves: `cid:` instead of addresses that mean nothing elsewhere. */
export const withContentIds = (html: string, inline: readonly InlinePicture[]): string =>
  html.replace(PICTURE, (_, before: string, url: string, after: string) => {
    const picture = inline.find((p) => p.url === unescape(url));
    // One that could not be sent has no address: ours means nothing anywhere.
    return picture ? `${before}cid:${picture.contentId}${after}` : `${before}${after}`;
  });

/** One that is still on its way comes with the next save. */
export const toParts = (inline: readonly InlinePicture[]): WireOutgoingPart[] =>
  inline.flatMap(({ contentId, source: from }) => {
    if (from.kind === 'uploading') return [];
    const attach =
      from.kind === 'upload' ? { aid: from.aid } : { mp: [{ mid: from.message, part: from.part }] };
    return [{ ct: 'image/*', ci: `<${contentId}>`, attach }];
  });

/** After a save the bytes come from the saved draft. What was added meanwhile stays as it is. */
export function adoptPictures(
  now: readonly InlinePicture[],
  before: readonly InlinePicture[],
  saved: Message,
): InlinePicture[] {
  const all = [...now, ...before.filter((b) => !now.some((n) => n.url === b.url))];
  return all.map((p) => {
    const part = saved.attachments.find((a) => a.contentId === p.contentId);
    return part ? { ...p, source: { kind: 'part', message: saved.id, part: part.part } } : p;
  });
}

/** Whether the text of `message` shows this part, so that it is no file beside it. */
export const isShown = (message: Message, part: string): boolean =>
  pictures(message.body?.html ?? '', [], [message.id]).some(
    ({ source: from }) => from.kind === 'part' && from.part === part,
  );
