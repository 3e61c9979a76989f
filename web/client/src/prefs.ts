// SPDX-License-Identifier: AGPL-3.0-or-later
/** How the page looks to this browser. The only thing that is kept on disk, and nothing of the mail. */
import { pickLocale, type Locale } from '$kit/i18n';
import { Store } from '$kit/core/store/store';

export type Theme = 'auto' | 'light' | 'dark';

export interface Prefs {
  theme: Theme;
  listWidth_px: number;
  locale: Locale | undefined;
}

const KEY = 'posthouse.ui';
export const LIST_WIDTH_PX = { min: 280, max: 720, usual: 400 } as const;
const DEFAULTS: Prefs = { theme: 'auto', listWidth_px: LIST_WIDTH_PX.usual, locale: undefined };

function load(): Prefs {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Record<keyof Prefs, unknown>>;
    const width = Number(kept.listWidth_px);
    return {
      theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'auto',
      listWidth_px: width >= LIST_WIDTH_PX.min && width <= LIST_WIDTH_PX.max ? width : LIST_WIDTH_PX.usual,
      locale: typeof kept.locale === 'string' ? pickLocale([kept.locale]) : undefined,
    };
  } catch {
    return DEFAULTS;
  }
}

export const prefs = new Store<Prefs>(load());
prefs.subscribe((now) => {
  document.documentElement.dataset['theme'] = now.theme;
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing still shows mail.
  }
});

const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');
export const isDark = new Store(false);
const updateDark = (): void => {
  const { theme } = prefs.value;
  isDark.set(theme === 'dark' || (theme === 'auto' && darkQuery.matches));
};
prefs.subscribe(updateDark);
darkQuery.addEventListener('change', updateDark);

const narrowQuery = window.matchMedia('(max-width: 720px)');
export const isNarrow = new Store(narrowQuery.matches);
narrowQuery.addEventListener('change', () => isNarrow.set(narrowQuery.matches));
