// SPDX-License-Identifier: AGPL-3.0-or-later
/** Out of office, as the server keeps it in preferences. */
export type Outsiders = 'same' | 'other' | 'none';

export interface Away {
  on: boolean;
  text: string;
  /** Days as people write them (YYYY-MM-DD), first and last; empty for no bound. */
  from: string;
  until: string;
  outsiders: Outsiders;
  outsideText: string;
}

const NAME = 'zimbraPrefOutOfOffice';
type Pref = (name: string) => string;

/** Generalized time in UTC (RFC 4517 §3.3.13) of a day's first or last second here. */
export function toWireTime(day: string, end: 'first' | 'last'): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return '';
  const time = new Date(`${day}T${end === 'first' ? '00:00:00' : '23:59:59'}`);
  return Number.isNaN(time.getTime()) ? '' : `${time.toISOString().replace(/[-:T]|\.\d+Z$/g, '')}Z`;
}

/** The day here in which that time lies. */
export function toDay(wire: string): string {
  const m = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})/.exec(wire);
  if (!m) return '';
  const [year, month, day, hour, minute, second] = m.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

export function readAway(pref: Pref): Away {
  const is = (name: string): boolean => pref(`${NAME}${name}`) === 'TRUE';
  return {
    on: is('ReplyEnabled'),
    text: pref(`${NAME}Reply`),
    from: toDay(pref(`${NAME}FromDate`)),
    until: toDay(pref(`${NAME}UntilDate`)),
    outsiders: is('SuppressExternalReply') ? 'none' : is('ExternalReplyEnabled') ? 'other' : 'same',
    outsideText: pref(`${NAME}ExternalReply`),
  };
}

export const writeAway = (away: Away): Record<string, string> => ({
  [`${NAME}ReplyEnabled`]: away.on ? 'TRUE' : 'FALSE',
  [`${NAME}Reply`]: away.text.trim(),
  [`${NAME}FromDate`]: toWireTime(away.from, 'first'),
  [`${NAME}UntilDate`]: toWireTime(away.until, 'last'),
  [`${NAME}SuppressExternalReply`]: away.outsiders === 'none' ? 'TRUE' : 'FALSE',
  [`${NAME}ExternalReplyEnabled`]: away.outsiders === 'other' ? 'TRUE' : 'FALSE',
  [`${NAME}ExternalReply`]: away.outsideText.trim(),
});

/** Whether answers go out at this moment. */
export function isAway(pref: Pref, now_ms: number): boolean {
  const wire = new Date(now_ms).toISOString().replace(/[-:T]|\.\d+Z$/g, '');
  const from = pref(`${NAME}FromDate`).slice(0, wire.length);
  const until = pref(`${NAME}UntilDate`).slice(0, wire.length);
  return (
    pref(`${NAME}ReplyEnabled`) === 'TRUE' &&
    pref(`${NAME}Reply`).trim() !== '' &&
    (from === '' || from <= wire) &&
    (until === '' || wire <= until)
  );
}

export type AwayProblem = 'noText' | 'noOutsideText' | 'dates';

export function problemOfAway(away: Away): AwayProblem | undefined {
  if (!away.on) return undefined;
  if (away.text.trim() === '') return 'noText';
  if (away.outsiders === 'other' && away.outsideText.trim() === '') return 'noOutsideText';
  return away.from !== '' && away.until !== '' && away.until < away.from ? 'dates' : undefined;
}
