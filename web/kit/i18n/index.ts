// SPDX-License-Identifier: AGPL-3.0-or-later
/** Every string of the web client that a person reads comes through `t`. */
import type en from '$client/locale/en.json';
import { catalogue, type Params } from './catalogue';

export { LOCALES, pickLocale, type Locale, type Params } from './catalogue';
export type Key = keyof typeof en;

export const { locale, region, loadLocale, t } = catalogue<Key>({
  en: () => import('$client/locale/en.json'),
  de: () => import('$client/locale/de.json'),
});

/** For keys that the core hands over as data. */
export const tell = (key: string, params?: Params): string => t(key as Key, params);
