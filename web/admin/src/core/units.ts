// SPDX-License-Identifier: AGPL-3.0-or-later
/** Sizes, times and durations: as the directory keeps them, and as people read and write them. */
import { fileSize } from '$kit/core/text/format';

const SIZES: Record<string, number> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** "5 GB", "1.5g", "1GiB", "1000" in octets; undefined if it is none of these. A comma is a decimal point, too. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:[.,]\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = SIZES[(match?.[2] ?? '-').toLowerCase()];
  if (!match || factor === undefined) return undefined;
  const octets = Math.round(Number((match[1] ?? '').replace(',', '.')) * factor);
  return Number.isSafeInteger(octets) ? octets : undefined;
}

/** As a field shows it, so that it reads back as the very same number: "5 GB", but "1073741825". */
export function writeSize(octets: number): string {
  for (const [unit, factor] of [
    ['TB', 1e12],
    ['TiB', 2 ** 40],
    ['GB', 1e9],
    ['GiB', 2 ** 30],
    ['MB', 1e6],
    ['MiB', 2 ** 20],
    ['kB', 1e3],
  ] as const) {
    const amount = octets / factor;
    if (amount >= 1 && Number(amount.toFixed(2)) === amount) return `${amount} ${unit}`;
  }
  return String(octets);
}

export const size = (octets: number, region: string): string => fileSize(octets, region);

/** Between 0 and 1; nothing where there is no limit. */
export const share = (used: number, limit: number): number | undefined =>
  limit > 0 ? Math.min(1, used / limit) : undefined;

/** Milliseconds since 1970 of a GeneralizedTime in UTC (RFC 4517 §3.3.13), 0 if it is none. */
export function parseTime(text: string): number {
  const m = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.\d+)?Z$/.exec(text);
  if (!m) return 0;
  const [year = 0, month = 1, ...rest] = m.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...(rest as [number, number, number, number]));
}

/** "30d", "12h", "3600": what zimbra's durations are. */
export const isDuration = (text: string): boolean => /^\d+(ms|s|m|h|d)?$/.test(text.trim());
