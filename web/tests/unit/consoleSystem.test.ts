// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { known } from '$admin/core/config';
import { grouped, matching, SETTING_GROUPS } from '$admin/core/settings';
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
