// SPDX-License-Identifier: AGPL-3.0-or-later
/** Dates and sizes as people read them. The clock is handed in. */
const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let known = formats.get(key);
  if (!known) formats.set(key, (known = new Intl.DateTimeFormat(locale, options)));
  return known;
}

/** Time today, weekday this week, day this year, date before. */
export function shortDate(ms: number, now_ms: number, locale: string): string {
  if (ms <= 0) return '';
  const date = new Date(ms);
  const now = new Date(now_ms);
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  if (ms >= midnight && ms < midnight + DAY_MS) {
    return format(locale, { hour: '2-digit', minute: '2-digit' }).format(date);
  }
  if (ms < midnight && ms >= midnight - 6 * DAY_MS) return format(locale, { weekday: 'short' }).format(date);
  if (date.getFullYear() === now.getFullYear()) {
    return format(locale, { day: 'numeric', month: 'short' }).format(date);
  }
  return format(locale, { day: '2-digit', month: '2-digit', year: 'numeric' }).format(date);
}

export const longDate = (ms: number, locale: string): string =>
  ms <= 0 ? '' : format(locale, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(ms));

export const mediumDate = (ms: number, locale: string): string =>
  ms <= 0 ? '' : format(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(ms));

/** A time to come: the day with its weekday, the year only if it is another one. */
export const comingDate = (ms: number, now_ms: number, locale: string): string =>
  format(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(new Date(ms).getFullYear() === new Date(now_ms).getFullYear() ? {} : { year: 'numeric' as const }),
  }).format(new Date(ms));

/** A time within a week or so, short enough for a menu. */
export const weekdayTime = (ms: number, locale: string): string =>
  format(locale, { weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(ms));

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function fileSize(bytes: number, locale: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}
