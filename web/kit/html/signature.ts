// SPDX-License-Identifier: AGPL-3.0-or-later
import { block, lines, MARK, signTyped } from '../core/compose/signature';
import type { Draft } from '../core/compose/draft';
import type { Signature } from '../core/model';

/** Another signature instead of that which is there; a person who deleted it does not get it again. */
export function resign(
  draft: Draft,
  old: Signature | undefined,
  next: Signature | undefined,
  place: 'above' | 'below',
): Pick<Draft, 'html' | 'text'> {
  if (!old) return next ? signTyped(draft, next, place) : { html: draft.html, text: draft.text };
  // By a function: a `$&` in a signature is no pattern.
  const text = draft.text.replace(lines(old), () => (next ? lines(next) : ''));
  const doc = new DOMParser().parseFromString(draft.html, 'text/html');
  const found = doc.querySelector(`[${MARK}]`);
  if (!found) return { html: draft.html, text };
  if (next) found.outerHTML = block(next);
  else found.remove();
  return { html: doc.body.innerHTML, text };
}
