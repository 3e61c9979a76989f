// SPDX-License-Identifier: AGPL-3.0-or-later
/** How the page looks and behaves in this browser. The only thing that is kept on disk, and nothing of the mail. */
import { pickLocale, type Locale } from '$kit/i18n';
import type { Grouping } from '$kit/core/model';
import { Store } from '$kit/core/store/store';

export const THEMES = ['auto', 'light', 'dark'] as const;
export const CONTRASTS = ['auto', 'normal', 'more'] as const;
export const DENSITIES = ['roomy', 'normal', 'compact'] as const;
export const PANES = ['right', 'below', 'off'] as const;
export const GROUPINGS = ['conversation', 'message'] as const;
export const SEND_DELAYS_S = [0, 5, 10, 20, 30] as const;

export interface Prefs {
  theme: (typeof THEMES)[number];
  contrast: (typeof CONTRASTS)[number];
  density: (typeof DENSITIES)[number];
  pane: (typeof PANES)[number];
  grouping: Grouping;
  sendDelay_s: number;
  listWidth_px: number;
  listHeight_px: number;
  locale: Locale | undefined;
}

const KEY = 'posthouse.ui';
export const LIST_WIDTH_PX = { min: 280, max: 720, usual: 400 } as const;
export const LIST_HEIGHT_PX = { min: 160, max: 900, usual: 320 } as const;

const oneOf = <T>(all: readonly T[], value: unknown, usual: T): T =>
  all.includes(value as T) ? (value as T) : usual;
const within = (range: { min: number; max: number; usual: number }, value: unknown): number => {
  const n = Number(value);
  return n >= range.min && n <= range.max ? n : range.usual;
};

/** Whatever lies on the disk, only what this version knows comes in. */
export function read(kept: Partial<Record<keyof Prefs, unknown>>): Prefs {
  return {
    theme: oneOf(THEMES, kept.theme, 'auto'),
    contrast: oneOf(CONTRASTS, kept.contrast, 'auto'),
    density: oneOf(DENSITIES, kept.density, 'normal'),
    pane: oneOf(PANES, kept.pane, 'right'),
    grouping: oneOf(GROUPINGS, kept.grouping, 'conversation'),
    sendDelay_s: oneOf(SEND_DELAYS_S as readonly number[], kept.sendDelay_s, 5),
    listWidth_px: within(LIST_WIDTH_PX, kept.listWidth_px),
    listHeight_px: within(LIST_HEIGHT_PX, kept.listHeight_px),
    locale: typeof kept.locale === 'string' ? pickLocale([kept.locale]) : undefined,
  };
}

function load(): Prefs {
  try {
    return read(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Record<keyof Prefs, unknown>>);
  } catch {
    return read({});
  }
}

export const prefs = new Store<Prefs>(load());
prefs.subscribe((now) => {
  const { dataset } = document.documentElement;
  dataset['theme'] = now.theme;
  dataset['density'] = now.density;
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing still shows mail.
  }
});

/** What the browser says of the screen, as a store. */
function matching(query: string): Store<boolean> {
  const list = window.matchMedia(query);
  const store = new Store(list.matches);
  list.addEventListener('change', () => store.set(list.matches));
  return store;
}

const prefersDark = matching('(prefers-color-scheme: dark)');
const prefersContrast = matching('(prefers-contrast: more)');
export const isNarrow = matching('(max-width: 720px)');
/** A finger, which scrolls where a mouse would drag. */
export const isCoarse = matching('(pointer: coarse)');

export const isDark = new Store(false);
export const isContrast = new Store(false);
function follow(): void {
  const { theme, contrast } = prefs.value;
  isDark.set(theme === 'dark' || (theme === 'auto' && prefersDark.value));
  isContrast.set(contrast === 'more' || (contrast === 'auto' && prefersContrast.value));
}
for (const store of [prefs, prefersDark, prefersContrast]) store.subscribe(follow);
isContrast.subscribe((on) => {
  document.documentElement.dataset['contrast'] = on ? 'more' : 'normal';
});
