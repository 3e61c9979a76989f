// SPDX-License-Identifier: AGPL-3.0-or-later
import { catalogue } from '$kit/i18n/catalogue';
import type en from './locale/en.json';

export type Key = keyof typeof en;

export const { locale, loadLocale, t } = catalogue<Key>({
  en: () => import('./locale/en.json'),
  de: () => import('./locale/de.json'),
});

/** For what the server names: its own words where we have none. */
export function tell(key: string, otherwise: string): string {
  const said = t(key as Key);
  return said === key ? otherwise : said;
}
