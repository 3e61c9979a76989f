// SPDX-License-Identifier: AGPL-3.0-or-later
/** How the console looks in this browser: all that is kept there. */
import { LOCALES, pickLocale, type Locale } from '$kit/i18n/catalogue';
import { keptStore, matching, readLooks, wear, type Looks } from '$kit/looks';
import { locale } from './i18n';

export const looks = keptStore<Looks>('posthouse.admin.ui', readLooks);
wear(looks);
export const isNarrow = matching('(max-width: 720px)');

export const LANGUAGE_NAMES: Record<(typeof LOCALES)[number], string> = { en: 'English', de: 'Deutsch' };

/** Strings are read once, so a new language reloads. */
export function setLanguage(wanted: Locale): void {
  looks.patch({ locale: wanted });
  if (wanted !== locale()) window.location.reload();
}

export const language = (): Locale => looks.value.locale ?? pickLocale(navigator.languages);
