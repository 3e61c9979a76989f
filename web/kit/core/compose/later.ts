// SPDX-License-Identifier: AGPL-3.0-or-later
/** When a letter can go that goes later: what is offered, in the person's own days. The clock is handed in. */

export type LaterName = 'evening' | 'tomorrow' | 'monday';

export interface Later {
  name: LaterName;
  at_ms: number;
}

const EVENING_HOUR = 18;
const MORNING_HOUR = 8;
const MONDAY = 1;
/** "This evening" is no offer when it is evening already. */
const EVENING_AHEAD_MS = 30 * 60_000;

/** Local time, so that a change of the clocks in between does not move it. */
const at = (now: Date, days: number, hour: number): number =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour).getTime();

/** The next ones of each, soonest first; Monday only where it is not tomorrow. */
export function offers(now_ms: number): Later[] {
  const now = new Date(now_ms);
  const evening = at(now, 0, EVENING_HOUR);
  const toMonday = (MONDAY - now.getDay() + 7) % 7 || 7;
  return [
    ...(evening - now_ms >= EVENING_AHEAD_MS ? [{ name: 'evening' as const, at_ms: evening }] : []),
    { name: 'tomorrow', at_ms: at(now, 1, MORNING_HOUR) },
    ...(toMonday > 1 ? [{ name: 'monday' as const, at_ms: at(now, toMonday, MORNING_HOUR) }] : []),
  ];
}

const two = (n: number): string => String(n).padStart(2, '0');

/** As a field of type `datetime-local` has it. */
export function toField(ms: number): string {
  const d = new Date(ms);
  const day = `${String(d.getFullYear()).padStart(4, '0')}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** What such a field says, in milliseconds; what is wrong with it otherwise. */
export function fromField(value: string, now_ms: number): number | 'none' | 'past' {
  const ms = value === '' ? NaN : new Date(value).getTime();
  if (!Number.isFinite(ms)) return 'none';
  return ms > now_ms ? ms : 'past';
}
