// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * The strings of one app. Messages are ICU; a locale is one JSON file, loaded when it is needed. Each app's
 * English file is its list of keys: the types are made from it.
 */
import { IntlMessageFormat } from 'intl-messageformat';

export type Params = Record<string, string | number>;
export const LOCALES = ['en', 'de'] as const;
export type Locale = (typeof LOCALES)[number];
export type Messages = Record<string, string>;
export type Files = Record<Locale, () => Promise<{ default: Messages }>>;

export interface Catalogue<Key extends string> {
  locale: () => Locale;
  region: () => string;
  loadLocale: (wanted: Locale) => Promise<void>;
  t: (key: Key, params?: Params) => string;
}

export function pickLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split(/[-_]/)[0];
    const known = LOCALES.find((l) => l === language);
    if (known) return known;
  }
  return 'en';
}

export function catalogue<Key extends string>(files: Files): Catalogue<Key> {
  let messages: Messages = {};
  let current: Locale = 'en';
  const compiled = new Map<string, IntlMessageFormat>();
  return {
    locale: () => current,
    /** For dates and numbers: the person's region if it goes with the language on screen (en-GB has other clocks than en-US). */
    region: () =>
      globalThis.navigator?.languages.find((tag) => tag.toLowerCase().split('-')[0] === current) ?? current,
    async loadLocale(wanted) {
      messages = (await files[wanted]()).default;
      current = wanted;
      compiled.clear();
    },
    t(key, params) {
      const message = messages[key];
      if (message === undefined) return key;
      if (!params && !message.includes('{') && !message.includes("'")) return message;
      let format = compiled.get(key);
      if (!format) compiled.set(key, (format = new IntlMessageFormat(message, current)));
      return String(format.format(params));
    },
  };
}
