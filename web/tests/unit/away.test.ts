// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { isAway, problemOfAway, readAway, toDay, toWireTime, writeAway, type Away } from '$kit/core/away';

const AWAY: Away = {
  on: true,
  text: 'Back soon',
  from: '2026-12-01',
  until: '2026-12-24',
  outsiders: 'other',
  outsideText: 'Closed',
};
const from = (prefs: Record<string, string>) => (name: string) => prefs[name] ?? '';

describe('out of office', () => {
  it('says the same after it was kept', () => {
    for (const outsiders of ['same', 'other', 'none'] as const) {
      const away = { ...AWAY, outsiders };
      expect(readAway(from(writeAway(away)))).toEqual(away);
    }
    expect(readAway(from({}))).toMatchObject({ on: false, text: '', from: '', until: '', outsiders: 'same' });
  });

  it('has days of the person, kept in UTC', () => {
    for (const day of ['2026-01-01', '2026-03-29', '2028-02-29']) {
      expect(toDay(toWireTime(day, 'first'))).toBe(day);
      expect(toDay(toWireTime(day, 'last'))).toBe(day);
    }
    expect(toWireTime('2026-12-01', 'first')).toMatch(/^\d{14}Z$/);
    expect(toWireTime('soon', 'first')).toBe('');
    expect(toDay('never')).toBe('');
  });

  it('holds between its days', () => {
    const pref = from(writeAway(AWAY));
    const at = (time: string): boolean => isAway(pref, new Date(time).getTime());
    expect(at('2026-11-30T12:00:00')).toBe(false);
    expect(at('2026-12-01T00:00:01')).toBe(true);
    expect(at('2026-12-24T23:59:58')).toBe(true);
    expect(at('2026-12-25T12:00:00')).toBe(false);
    expect(isAway(from(writeAway({ ...AWAY, on: false })), new Date('2026-12-05').getTime())).toBe(false);
    expect(isAway(from(writeAway({ ...AWAY, from: '', until: '' })), 0)).toBe(true);
  });

  it('needs words, and days in their order', () => {
    expect(problemOfAway(AWAY)).toBeUndefined();
    expect(problemOfAway({ ...AWAY, text: ' ' })).toBe('noText');
    expect(problemOfAway({ ...AWAY, outsideText: '' })).toBe('noOutsideText');
    expect(problemOfAway({ ...AWAY, until: '2026-11-30' })).toBe('dates');
    expect(problemOfAway({ ...AWAY, on: false, text: '' })).toBeUndefined();
  });
});
