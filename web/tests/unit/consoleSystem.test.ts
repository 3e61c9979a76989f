// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { isOverdue, partDone, readStatus } from '$admin/core/backups';
import { known } from '$admin/core/config';
import { readAudit } from '$admin/core/logs';
import { grouped, matching, SETTING_GROUPS } from '$admin/core/settings';
import { line, readFigures, ticks, timeTicks, usualGap } from '$admin/core/statistics';
import { parsePolicy, writePolicy } from '$admin/core/storage';

describe('policies of what moves', () => {
  it.each([
    'message,document: before:-90day',
    'message: before:-365day larger:200k -> archive',
    'all: is:anywhere',
    'document: larger:5M -in:inbox',
  ])('go through the form as they are: %s', (text) => {
    const policy = parsePolicy(text);
    expect(policy && writePolicy(policy)).toBe(text);
  });

  it('are taken apart', () => {
    expect(parsePolicy('message:before:-1days in:sent larger:200k->cold')).toEqual({
      kinds: ['message'],
      days: '1',
      larger: '200k',
      query: 'in:sent',
      volume: 'cold',
    });
    expect(parsePolicy('all: before:-1year')).toMatchObject({ days: '', query: 'before:-1year' });
  });

  it('keep a query that is more than words together', () => {
    const text = 'message: before:-9day or (larger:1M is:read)';
    expect(parsePolicy(text)).toMatchObject({ days: '', query: 'before:-9day or (larger:1M is:read)' });
    expect(
      writePolicy({ ...(parsePolicy(text) as NonNullable<ReturnType<typeof parsePolicy>>), days: '3' }),
    ).toBe('message: before:-3day (before:-9day or (larger:1M is:read))');
  });

  it.each(['', 'is:read', 'mails: is:read', 'before:-9day'])('say what is none: %j', (text) =>
    expect(parsePolicy(text)).toBeUndefined(),
  );
});

describe('settings', () => {
  const told = [
    known({ n: 'zimbraMtaMaxMessageSize', type: 'number', desc: 'a number' }),
    known({ n: 'zimbraSomething', type: 'enum', values: 'a,b', desc: 'one of a, b' }),
    known({ n: 'zimbraMany', type: 'text', multi: '1' }),
    known({ n: 'zimbraId', type: 'text', readOnly: true }),
    known({ n: 'zimbraHsmPolicy', type: 'text', multi: true }),
  ];

  it('are grouped, once each, without what nobody sets here', () => {
    const groups = grouped(told, SETTING_GROUPS);
    expect(groups.map(({ key, fields }) => [key, fields.map(({ name, kind }) => `${name} ${kind}`)])).toEqual(
      [
        ['mta', ['zimbraMtaMaxMessageSize size']],
        ['others', ['zimbraSomething choice', 'zimbraMany lines']],
      ],
    );
    const names = SETTING_GROUPS.flatMap(({ fields }) => fields.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  it('are found by every word of what is written about them', () => {
    const groups = grouped(told, SETTING_GROUPS);
    const about = (name: string, group: { about: Readonly<Record<string, string>> }): string =>
      `${name} ${group.about[name] ?? ''}`;
    const names = (text: string): string[] =>
      matching(groups, text, about).flatMap(({ fields }) => fields.map(({ name }) => name));
    expect(names('ONE of')).toEqual(['zimbraSomething']);
    expect(names('one zimbraMany')).toEqual([]);
    expect(names('')).toHaveLength(3);
    expect(matching(groups, '', about, (name) => name === 'zimbraMany')).toHaveLength(1);
  });
});

describe('what waits in the queue, and backups', () => {
  it('are read as they come, or as nothing', () => {
    expect(readStatus({})).toMatchObject({ enabled: false, last: 0, hasGap: false });
    expect(readStatus({}).run).toBeUndefined();
    const status = readStatus({
      enabled: true,
      last: 5,
      archive: { behind: 3, lost: true },
      verified: { at: 7, clean: false, problems: 2 },
      run: { method: 'verify', running: '1', start: 1, progress: 'mailbox 9 (2 of 7)' },
    });
    expect(status).toMatchObject({ behind: 3, hasGap: true, verified: { problems: 2 } });
    expect(status.run).toMatchObject({ method: 'verify', isRunning: true, error: '' });
    expect(partDone(status.run?.progress ?? '')).toEqual({ done: 2, all: 7 });
    for (const word of ['', 'old backups', '8 of 7', 'x of y']) expect(partDone(word)).toBeUndefined();
  });

  it('are overdue a day and some hours after the last one', () => {
    const at = (last: number) => readStatus({ enabled: true, last });
    const NOW = 1_800_000_000_000;
    expect(isOverdue(at(0), NOW)).toBe(true);
    expect(isOverdue(at(NOW - 86_400_000), NOW)).toBe(false);
    expect(isOverdue(at(NOW - 2 * 86_400_000), NOW)).toBe(true);
    expect(isOverdue({ ...at(0), enabled: false }, NOW)).toBe(false);
  });
});

describe('lines of the audit log', () => {
  it('are taken apart, whatever is in them', () => {
    const line =
      'login protocol="soap" account=ann@a.test peer=Some(192.0.2.1:5) why="a \\"b\\" c=d" none=None';
    expect(readAudit('2026-11-30T17:20:00.5Z', 'INFO', line)).toEqual({
      at: Date.UTC(2026, 10, 30, 17, 20, 0, 500),
      what: 'login',
      level: 'INFO',
      facts: [
        { name: 'protocol', value: 'soap' },
        { name: 'account', value: 'ann@a.test' },
        { name: 'peer', value: '192.0.2.1:5' },
        { name: 'why', value: 'a "b" c=d' },
      ],
    });
    expect(readAudit('', '', 'only words')).toEqual({ at: 0, what: 'only words', level: '', facts: [] });
    expect(readAudit('x', 'INFO', '').facts).toEqual([]);
    expect(readAudit('x', 'INFO', 'a volume was added volume=cold id=3').what).toBe('a volume was added');
  });
});

describe('charts', () => {
  it('have round axes that hold everything', () => {
    expect(ticks(0)).toEqual([0, 1]);
    expect(ticks(Number.NaN)).toEqual([0, 1]);
    expect(ticks(7)).toEqual([0, 2, 4, 6, 8]);
    expect(ticks(100)).toEqual([0, 25, 50, 75, 100]);
    expect(ticks(271e9, 1024)).toEqual([0, 100e9, 200e9, 300e9]);
    for (const most of [0.003, 0.7, 13, 999, 12_345, 8e12]) {
      const all = ticks(most);
      expect(all.at(-1)).toBeGreaterThanOrEqual(most * 0.999999);
      expect(all.length).toBeLessThanOrEqual(6);
    }
  });

  it('mark full hours or midnights, and not too many', () => {
    const from = new Date(2026, 10, 29, 13, 20).getTime();
    const day = timeTicks(from, from + 86_400_000, 8);
    expect(day.length).toBeLessThanOrEqual(9);
    expect(day.every((t) => new Date(t).getMinutes() === 0)).toBe(true);
    const month = timeTicks(from, from + 30 * 86_400_000, 6);
    expect(month.length).toBeLessThanOrEqual(9);
    expect(month.every((t) => new Date(t).getHours() === 0)).toBe(true);
  });

  it('draw no line across what is not known', () => {
    const [x, y] = [(t: number): number => t, (v: number): number => v];
    expect(line([0, 1, 2, 3], [5, 6, undefined, 7], x, y, 2)).toBe('M0.0 5.0h0.01L1.0 6.0M3.0 7.0h0.01');
    expect(line([0, 9], [1, 2], x, y, 2)).toBe('M0.0 1.0h0.01M9.0 2.0h0.01');
    expect(line([], [], x, y, 1)).toBe('');
    expect(usualGap([0, 1, 2, 3, 50])).toBe(2.5);
    expect(usualGap([])).toBe(0);
  });

  it('are read from what the server tells', () => {
    const figures = readFigures({
      name: 'mail',
      values: [
        { t: 60, stat: [{ name: 'delivered', value: 3 }] },
        {
          t: '120',
          stat: [
            { name: 'delivered', value: '1.5' },
            { name: 'deferred', value: 0 },
          ],
        },
        { t: 180 },
      ],
    });
    expect(figures).toEqual({
      name: 'mail',
      times: [60_000, 120_000, 180_000],
      series: [
        { name: 'delivered', values: [3, 1.5, undefined] },
        { name: 'deferred', values: [undefined, 0, undefined] },
      ],
    });
    expect(readFigures({})).toEqual({ name: '', times: [], series: [] });
  });
});
