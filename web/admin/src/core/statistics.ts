// SPDX-License-Identifier: AGPL-3.0-or-later
/** The server's own figures over time, and what a chart of them is drawn from. */
import { list } from '$kit/core/api/decode';
import type { Many } from '$kit/core/api/types';
import type { Admin } from './api';

export const SPANS = { day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 } as const;
export type Span = keyof typeof SPANS;

export interface Series {
  name: string;
  /** One for each time; undefined: it was not known then. */
  values: (number | undefined)[];
}
export interface Figures {
  name: string;
  /** Milliseconds since 1970. */
  times: number[];
  series: Series[];
}

interface WireStats {
  name?: string;
  values?: Many<{ t?: number | string; stat?: Many<{ name?: string; value?: number | string }> }>;
}

export function readFigures({ name = '', values }: WireStats): Figures {
  const points = list(values).map(({ t, stat }) => ({
    t: Number(t ?? 0) * 1000,
    of: new Map(list(stat).map((one) => [one.name ?? '', Number(one.value)])),
  }));
  const names = [...new Set(points.flatMap(({ of }) => [...of.keys()]))];
  return {
    name,
    times: points.map(({ t }) => t),
    series: names.map((one) => ({
      name: one,
      values: points.map(({ of }) => {
        const value = of.get(one);
        return value === undefined || Number.isNaN(value) ? undefined : value;
      }),
    })),
  };
}

export class Statistics {
  constructor(private readonly admin: Admin) {}

  async read(span: Span, now: number, points = 180): Promise<Figures[]> {
    const answer = await this.admin.ask<{ hostname?: Many<{ stats?: Many<WireStats> }> }>('GetLoggerStats', {
      stats: { name: '', limit: points },
      startTime: { time: now - SPANS[span] },
      endTime: { time: now },
    });
    return list(list(answer.hostname)[0]?.stats).map(readFigures);
  }
}

/** Round numbers from 0 to at least the most. */
export function ticks(most: number, base: 10 | 1024 = 10): number[] {
  if (!(most > 0)) return [0, 1];
  const COUNT = 4;
  const unit = base === 1024 ? 1000 ** Math.floor(Math.log(most) / Math.log(1000)) : 1;
  const rough = most / unit / COUNT;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((n) => n * power >= rough) ?? 10) * power * unit;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, n) => n * step);
}

/** Of the time axis: full hours, or midnights, of whoever looks. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const HOUR = 3_600_000;
  const hours = [1, 2, 3, 6, 12, 24, 48, 96, 168].find((n) => (to - from) / (n * HOUR) <= most) ?? 168;
  const found: number[] = [];
  const at = new Date(from);
  at.setMinutes(0, 0, 0);
  at.setHours(hours >= 24 ? 0 : Math.floor(at.getHours() / hours) * hours);
  while (at.getTime() <= to) {
    if (at.getTime() >= from) found.push(at.getTime());
    if (hours >= 24) at.setDate(at.getDate() + hours / 24);
    else at.setHours(at.getHours() + hours);
  }
  return found;
}

/** The d of an SVG path; where nothing was known, or nothing was counted for longer than `gap`, the line ends and begins anew. */
export function line(
  times: readonly number[],
  values: readonly (number | undefined)[],
  x: (t: number) => number,
  y: (value: number) => number,
  gap: number,
): string {
  let path = '';
  let last: number | undefined;
  times.forEach((t, at) => {
    const value = values[at];
    if (value === undefined) {
      last = undefined;
      return;
    }
    const begins = last === undefined || t - last > gap;
    path += `${begins ? 'M' : 'L'}${x(t).toFixed(1)} ${y(value).toFixed(1)}`;
    // A lone point is seen as well.
    if (begins) path += 'h0.01';
    last = t;
  });
  return path;
}

/** Between two points at most, as the most of them are. */
export function usualGap(times: readonly number[]): number {
  const gaps = times.slice(1).map((t, at) => t - (times[at] ?? t));
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  return middle * 2.5;
}
