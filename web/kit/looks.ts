// SPDX-License-Identifier: AGPL-3.0-or-later
/** How a page looks in this browser: theme, contrast, density, language. All that is kept on disk; nothing of what is shown. */
import { pickLocale, type Locale } from './i18n/catalogue';
import { Store } from './core/store/store';

export const THEMES = ['auto', 'light', 'dark'] as const;
export const CONTRASTS = ['auto', 'normal', 'more'] as const;
export const DENSITIES = ['roomy', 'normal', 'compact'] as const;

export interface Looks {
  theme: (typeof THEMES)[number];
  contrast: (typeof CONTRASTS)[number];
  density: (typeof DENSITIES)[number];
  locale: Locale | undefined;
}

export const oneOf = <T>(all: readonly T[], value: unknown, usual: T): T =>
  all.includes(value as T) ? (value as T) : usual;

/** Whatever lies on the disk, only what this version knows comes in. */
export function readLooks(kept: Partial<Record<keyof Looks, unknown>>): Looks {
  return {
    theme: oneOf(THEMES, kept.theme, 'auto'),
    contrast: oneOf(CONTRASTS, kept.contrast, 'auto'),
    density: oneOf(DENSITIES, kept.density, 'normal'),
    locale: typeof kept.locale === 'string' ? pickLocale([kept.locale]) : undefined,
  };
}

/** A store that lies in this browser under `key`, as far as the browser keeps anything. */
export function keptStore<T>(key: string, read: (kept: Record<string, unknown>) => T): Store<T> {
  function load(): T {
    try {
      return read(JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, unknown>);
    } catch {
      return read({});
    }
  }
  const store = new Store<T>(load());
  store.subscribe((now) => {
    try {
      localStorage.setItem(key, JSON.stringify(now));
    } catch {
      // A browser that keeps nothing still shows the page.
    }
  });
  return store;
}

/** What the browser says of the screen, as a store. */
export function matching(query: string): Store<boolean> {
  const list = window.matchMedia(query);
  const store = new Store(list.matches);
  list.addEventListener('change', () => store.set(list.matches));
  return store;
}

export interface Worn {
  isDark: Store<boolean>;
  isContrast: Store<boolean>;
}

/** Puts the looks on the document, now and whenever they change. */
export function wear(looks: { value: Looks; subscribe: Store<Looks>['subscribe'] }): Worn {
  const prefersDark = matching('(prefers-color-scheme: dark)');
  const prefersContrast = matching('(prefers-contrast: more)');
  const isDark = new Store(false);
  const isContrast = new Store(false);
  function follow(): void {
    const { theme, contrast, density } = looks.value;
    const { dataset } = document.documentElement;
    dataset['theme'] = theme;
    dataset['density'] = density;
    isDark.set(theme === 'dark' || (theme === 'auto' && prefersDark.value));
    isContrast.set(contrast === 'more' || (contrast === 'auto' && prefersContrast.value));
    dataset['contrast'] = isContrast.value ? 'more' : 'normal';
  }
  looks.subscribe(follow);
  prefersDark.subscribe(follow);
  prefersContrast.subscribe(follow);
  return { isDark, isContrast };
}
