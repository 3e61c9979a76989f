// SPDX-License-Identifier: AGPL-3.0-or-later
/** The language on screen: the person's choice, else the browser's. Strings are read once, so a new one reloads. */
import { LOCALES, locale, pickLocale, type Locale } from '$kit/i18n';
import { prefs } from './prefs';

export const LANGUAGE_NAMES: Record<(typeof LOCALES)[number], string> = { en: 'English', de: 'Deutsch' };

export function setLanguage(wanted: Locale | undefined): void {
  prefs.patch({ locale: wanted });
  if ((wanted ?? pickLocale(navigator.languages)) !== locale()) window.location.reload();
}
