// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Every string a person reads comes through `t`. Messages are ICU; a locale is one JSON file, loaded when it
 * is needed. The English file is the list of keys: the types are made from it.
 */
import { IntlMessageFormat } from 'intl-messageformat';
import type en from '$client/locale/en.json';

export type Key = keyof typeof en;
export type Params = Record<string, string | number>;
export const LOCALES = ['en', 'de'] as const;
export type Locale = (typeof LOCALES)[number];

type Messages = Record<string, string>;

const files: Record<Locale, () => Promise<{ default: Messages }>> = {
  en: () => import('$client/locale/en.json'),
  de: () => import('$client/locale/de.json'),
};

let messages: Messages = {};
let current: Locale = 'en';
const compiled = new Map<string, IntlMessageFormat>();

export const locale = (): Locale => current;

/**
 * For dates and numbers: the person's region if it goes with the language on screen (en-GB has other clocks
 * than en-US).
 */
export const region = (): string =>
  globalThis.navigator?.languages.find((tag) => tag.toLowerCase().split('-')[0] === current) ?? current;

export function pickLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split(/[-_]/)[0];
    const known = LOCALES.find((l) => l === language);
    if (known) return known;
  }
  return 'en';
}

export async function loadLocale(wanted: Locale): Promise<void> {
  messages = (await files[wanted]()).default;
  current = wanted;
  compiled.clear();
}

export function t(key: Key, params?: Params): string {
  const message = messages[key];
  if (message === undefined) return key;
  if (!params && !message.includes('{') && !message.includes("'")) return message;
  let format = compiled.get(key);
  if (!format) compiled.set(key, (format = new IntlMessageFormat(message, current)));
  return String(format.format(params));
}

/** For keys that the core hands over as data. */
export const tell = (key: string, params?: Params): string => t(key as Key, params);
