// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Choices that follow the person to other browsers are kept by the server, under the field's names for them; a copy
 * here lets the page look right before the server has answered.
 */
import { pickLocale } from '$kit/i18n';
import { app } from './app';
import { setLanguage } from './language';
import { prefs, read, type Prefs } from './prefs';

type Kept = 'pane' | 'grouping' | 'sendDelay_s' | 'locale';

const NAMES: Record<Kept, string> = {
  pane: 'zimbraPrefReadingPaneLocation',
  grouping: 'zimbraPrefGroupMailBy',
  sendDelay_s: 'zimbraPrefUndoSendTimeout',
  locale: 'zimbraPrefLocale',
};

const PANES: Record<Prefs['pane'], string> = { right: 'right', below: 'bottom', off: 'off' };

function toWire(key: Kept, value: Prefs[Kept]): string {
  if (key === 'pane') return PANES[value as Prefs['pane']];
  return value === undefined ? '' : String(value);
}

function fromWire(key: Kept, wire: string): Prefs[Kept] | undefined {
  if (key === 'pane')
    return (Object.keys(PANES) as Prefs['pane'][]).find((pane) => PANES[pane] === wire) ?? prefs.value.pane;
  if (key === 'locale') return pickLocale([wire]);
  return read({ ...prefs.value, [key]: key === 'sendDelay_s' ? Number(wire) : wire })[key];
}

/** The server says so of everybody who chose none; who chooses English here has `en`. */
const NO_LOCALE = 'en_US';

/** What the server keeps counts, where it keeps anything. */
export function adopt(): void {
  const kept = (Object.keys(NAMES) as Kept[]).flatMap((key): [Kept, Prefs[Kept]][] => {
    const wire = app.profile.pref(NAMES[key]);
    return wire === '' || (key === 'locale' && wire === NO_LOCALE) ? [] : [[key, fromWire(key, wire)]];
  });
  const next = Object.fromEntries(kept) as Partial<Pick<Prefs, Kept>>;
  const { locale, ...rest } = next;
  if (Object.entries(rest).some(([key, value]) => prefs.value[key as Kept] !== value)) prefs.patch(rest);
  if (locale !== undefined && locale !== prefs.value.locale) setLanguage(locale);
}

/** A choice of the person: here at once, at the server a moment later. */
export async function keep<K extends Kept>(key: K, value: Prefs[K]): Promise<void> {
  const before = prefs.value[key];
  if (key !== 'locale') prefs.patch({ [key]: value });
  try {
    await app.profile.setPrefs({ [NAMES[key]]: toWire(key, value) });
    if (key === 'locale') setLanguage(value as Prefs['locale']);
  } catch (error) {
    prefs.patch({ [key]: before });
    app.toasts.error(error);
  }
}
