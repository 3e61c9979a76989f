// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Marks the hits of a search in a letter's frame by the CSS Custom Highlight API: ranges beside the document,
 * which is not changed. A browser without it shows the letter without marks.
 */
import { hits, type Needle } from '../core/search/highlight';

export const HIGHLIGHT_NAME = 'ph-hit';
const RANGES_MAX = 2_000;

export function markHits(frame: HTMLIFrameElement, needles: readonly Needle[]): void {
  const view = frame.contentWindow as (Window & typeof globalThis) | null;
  const doc = frame.contentDocument;
  const registry = view?.CSS?.highlights;
  if (!view || !doc?.body || !registry) return;
  registry.delete(HIGHLIGHT_NAME);
  if (needles.length === 0) return;
  const ranges: Range[] = [];
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && ranges.length < RANGES_MAX; node = walker.nextNode()) {
    for (const { from, to } of hits(node.nodeValue ?? '', needles)) {
      const range = doc.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      ranges.push(range);
    }
  }
  if (ranges.length > 0) registry.set(HIGHLIGHT_NAME, new view.Highlight(...ranges));
}
