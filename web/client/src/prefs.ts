// SPDX-License-Identifier: AGPL-3.0-or-later
/** How the page looks and behaves in this browser. The only thing that is kept on disk, and nothing of the mail. */
import { keptStore, matching, oneOf, readLooks, wear, type Looks } from '$kit/looks';
import type { Grouping } from '$kit/core/model';

export { CONTRASTS, DENSITIES, THEMES } from '$kit/looks';
export const PANES = ['right', 'below', 'off'] as const;
export const GROUPINGS = ['conversation', 'message'] as const;
export const SEND_DELAYS_S = [0, 5, 10, 20, 30] as const;

export interface Prefs extends Looks {
  pane: (typeof PANES)[number];
  grouping: Grouping;
  sendDelay_s: number;
  listWidth_px: number;
  listHeight_px: number;
}

const KEY = 'posthouse.ui';
export const LIST_WIDTH_PX = { min: 280, max: 720, usual: 400 } as const;
export const LIST_HEIGHT_PX = { min: 160, max: 900, usual: 320 } as const;

const within = (range: { min: number; max: number; usual: number }, value: unknown): number => {
  const n = Number(value);
  return n >= range.min && n <= range.max ? n : range.usual;
};

/** Whatever lies on the disk, only what this version knows comes in. */
export function read(kept: Partial<Record<keyof Prefs, unknown>>): Prefs {
  return {
    ...readLooks(kept),
    pane: oneOf(PANES, kept.pane, 'right'),
    grouping: oneOf(GROUPINGS, kept.grouping, 'conversation'),
    sendDelay_s: oneOf(SEND_DELAYS_S as readonly number[], kept.sendDelay_s, 5),
    listWidth_px: within(LIST_WIDTH_PX, kept.listWidth_px),
    listHeight_px: within(LIST_HEIGHT_PX, kept.listHeight_px),
  };
}

export const prefs = keptStore<Prefs>(KEY, read);
export const { isDark, isContrast } = wear(prefs);
export const isNarrow = matching('(max-width: 720px)');
/** A finger, which scrolls where a mouse would drag. */
export const isCoarse = matching('(pointer: coarse)');
