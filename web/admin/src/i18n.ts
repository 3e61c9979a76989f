// SPDX-License-Identifier: AGPL-3.0-or-later
import { catalogue, type Params } from '$kit/i18n/catalogue';
import { explain } from './core/fault';
import type en from './locale/en.json';

export type Key = keyof typeof en;

export const { locale, region, loadLocale, t } = catalogue<Key>({
  en: () => import('./locale/en.json'),
  de: () => import('./locale/de.json'),
});

/** For keys that are put together, or that the core hands over as data. */
export const tell = (key: string, params?: Params): string => t(key as Key, params);

/** For what the server names: its own word where we have none. */
export function named(prefix: string, word: string): string {
  const said = tell(`${prefix}.${word}`);
  return said === `${prefix}.${word}` ? word : said;
}

export function inWords(error: unknown): string {
  const { key, params } = explain(error);
  return tell(key, params);
}
