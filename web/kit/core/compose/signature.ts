// SPDX-License-Identifier: AGPL-3.0-or-later
/** Signatures in letters: put in where a letter begins, changed when its sender changes. */
import { escapeHtml, textToHtml } from '../text/plain';
import type { Identity, Signature } from '../model';
import type { Draft } from './draft';

/** An empty line of the editor. */
export const BLANK = '<div><br></div>';
/** Marks it in the editor's HTML, so that another one can take its place. */
export const MARK = 'data-signature';
/** Where what is answered or forwarded begins. */
export const QUOTE_MARK = 'data-quote';
/** RFC 3676 §4.3. */
const SEPARATOR = '-- ';

export const block = (s: Signature): string =>
  `<div ${MARK}="${escapeHtml(s.id)}">${s.html || textToHtml(s.text)}</div>`;
export const lines = (s: Signature): string => `${SEPARATOR}\n${s.text.trim()}`;

/** Which signature a letter of this identity has. */
export function signatureFor(
  identity: Identity | undefined,
  isAnswer: boolean,
  signatures: readonly Signature[],
): Signature | undefined {
  const id = isAnswer ? identity?.replySignature : identity?.signature;
  return id ? signatures.find((s) => s.id === id) : undefined;
}

/** Between the place where one writes and what is quoted, or at the very end. */
export function sign(draft: Draft, signature: Signature | undefined, place: 'above' | 'below'): Draft {
  if (!signature) return draft;
  const html = draft.html.startsWith(BLANK + BLANK) ? draft.html.slice(BLANK.length) : draft.html || BLANK;
  const text = draft.text.replace(/^\n+/, '');
  return place === 'above'
    ? {
        ...draft,
        html: BLANK + BLANK + block(signature) + html,
        text: `\n\n${lines(signature)}\n${text ? `\n${text}` : ''}`,
      }
    : {
        ...draft,
        html: (draft.html || BLANK) + BLANK + block(signature),
        text: `\n\n${text ? `${text.trimEnd()}\n\n` : ''}${lines(signature)}\n`,
      };
}

/** The same in a letter that somebody has begun to write: below their words, above what is quoted or at the very end. */
export function signTyped(
  draft: Draft,
  signature: Signature,
  place: 'above' | 'below',
): Pick<Draft, 'html' | 'text'> {
  const start = (of: string, pattern: RegExp): number => {
    const at = place === 'above' ? of.search(pattern) : -1;
    return at < 0 ? of.length : at;
  };
  // A draft that was cleaned on the server's way back may have lost its mark.
  const inHtml = start(draft.html, new RegExp(`<[a-z]+\\b[^<>]*\\s${QUOTE_MARK}\\b|<blockquote\\b`, 'i'));
  const inText = start(draft.text, /^(?:.+\n>|>|-{8,} .* -{8,}$)/m);
  const [before, after] = [draft.text.slice(0, inText).trimEnd(), draft.text.slice(inText)];
  return {
    html: `${draft.html.slice(0, inHtml)}${BLANK}${block(signature)}${inHtml < draft.html.length ? BLANK : ''}${draft.html.slice(inHtml)}`,
    text: `${before}\n\n${lines(signature)}\n${after ? `\n${after}` : ''}`,
  };
}

/**
 * As whom a person may write: their identities, and addresses that have none. An identity without an address (the
 * usual one, if nobody changed it) has the account's own.
 */
export function senders(
  identities: readonly Identity[],
  addresses: readonly string[],
  displayName: string,
): Identity[] {
  const usual = addresses[0] ?? '';
  const whole = identities.map((i) => ({
    ...i,
    from: { address: i.from.address || usual, name: i.from.name || displayName },
  }));
  const [first] = whole;
  const bare = addresses
    .filter((a) => !whole.some((i) => i.from.address.toLowerCase() === a.toLowerCase()))
    .map((address) => ({
      id: '',
      name: address,
      from: { address, name: displayName },
      replyTo: undefined,
      signature: first?.signature ?? '',
      replySignature: first?.replySignature ?? '',
    }));
  return [...whole, ...bare];
}

/** Who answers: whoever the message went to; else the usual sender. */
export function identityFor(
  people: readonly { role: string; address: string }[],
  identities: readonly Identity[],
): Identity | undefined {
  const got = (role: string): Identity | undefined =>
    people
      .filter((p) => p.role === role)
      .map((p) => identities.find((i) => i.from.address.toLowerCase() === p.address.toLowerCase()))
      .find((i) => i !== undefined);
  return got('to') ?? got('cc') ?? identities[0];
}
