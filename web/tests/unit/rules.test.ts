// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { newRule, problemOf, readRule, writeRule, type Rule, type WireRule } from '$kit/core/rules';

const WIRE: WireRule = {
  name: 'Lists',
  active: true,
  filterTests: [
    {
      condition: 'allof',
      headerTest: [{ index: 1, header: 'Subject', stringComparison: 'contains', value: 'x', negative: '1' }],
      addressTest: [{ index: 0, header: 'from', part: 'all', stringComparison: 'is', value: 'a@x' }],
      dateTest: [{ index: 2, dateComparison: 'before', d: 1 }],
      sizeTest: { index: 3, numberComparison: 'over', s: '5m' },
    },
  ],
  filterActions: [
    {
      actionFileInto: [{ index: 0, folderPath: '/Lists/Dev' }],
      actionStop: [{ index: 2 }],
      actionNotify: [{ index: 1, a: 'x@y' }],
    },
  ],
  filterVariables: [{ filterVariable: [{ name: 'v', value: '1' }] }],
};

describe('a filter rule', () => {
  it('is read in its order; what has no picture is kept', () => {
    expect(readRule(WIRE)).toEqual({
      name: 'Lists',
      active: true,
      join: 'allof',
      tests: [
        { kind: 'from', how: 'is', value: 'a@x', not: false },
        { kind: 'subject', how: 'contains', value: 'x', not: true },
        { kind: 'raw', name: 'dateTest', wire: { index: 2, dateComparison: 'before', d: 1 } },
        { kind: 'larger', value: '5M', not: false },
      ],
      actions: [
        { kind: 'fileInto', path: 'Lists/Dev' },
        { kind: 'raw', name: 'actionNotify', wire: { index: 1, a: 'x@y' } },
        { kind: 'stop' },
      ],
      rest: { filterVariables: [{ filterVariable: [{ name: 'v', value: '1' }] }] },
    });
  });

  it('says the same after it was written', () => {
    const once = readRule(WIRE);
    const twice = readRule(writeRule(once));
    expect(twice).toEqual(once);
    const every: Rule = {
      ...newRule(),
      name: 'Every',
      tests: [
        ...(['from', 'to', 'cc', 'toOrCc', 'subject'] as const).map((kind) => ({
          kind,
          how: 'matches' as const,
          value: '*a*',
          not: true,
        })),
        { kind: 'header', header: 'List-Id', how: 'contains', value: 'dev', not: false },
        { kind: 'body', value: 'word', not: true },
        ...(['attachment', 'toMe', 'known', 'list'] as const).map((kind) => ({ kind, not: true })),
      ],
      actions: [
        { kind: 'tag', name: 'To do' },
        { kind: 'redirect', address: 'a@b' },
        ...(['flag', 'read', 'keep', 'discard', 'stop'] as const).map((kind) => ({ kind })),
      ],
    };
    expect(readRule(writeRule(every))).toEqual(every);
  });

  it('does not turn what it can not show into something else', () => {
    const odd = (name: string, part: object): unknown =>
      readRule({ filterTests: [{ condition: 'anyof', [name]: [part as Record<string, unknown>] }] }).tests[0]
        ?.kind;
    expect(
      odd('headerTest', { header: 'subject', stringComparison: 'is', value: 'A', caseSensitive: '1' }),
    ).toBe('raw');
    expect(odd('addressTest', { header: 'from', part: 'domain', stringComparison: 'is', value: 'x' })).toBe(
      'raw',
    );
    expect(odd('headerTest', { header: 'a,b', stringComparison: 'is', value: 'x' })).toBe('raw');
    expect(odd('headerTest', { header: 'a', countComparison: 'gt', value: '2' })).toBe('raw');
    expect(odd('sizeTest', { numberComparison: 'under', s: '5M' })).toBe('raw');
  });

  it('that looks at the whole line of an address field goes on doing so', () => {
    const headerTest = [{ index: 0, header: 'from', stringComparison: 'contains', value: 'Bob Smith' }];
    const rule = readRule({ name: 'Bob', filterTests: [{ condition: 'anyof', headerTest }] });
    expect(rule.tests).toEqual([
      { kind: 'header', header: 'from', how: 'contains', value: 'Bob Smith', not: false },
    ]);
    expect(writeRule(rule).filterTests).toEqual([{ condition: 'anyof', headerTest }]);
  });

  it('is complete before it is saved', () => {
    const good: Rule = {
      ...newRule(),
      name: 'A',
      tests: [{ kind: 'subject', how: 'is', value: 'x', not: false }],
      actions: [{ kind: 'stop' }],
    };
    expect(problemOf(good, ['B'])).toBeUndefined();
    expect(problemOf({ ...good, name: ' ' }, [])).toBe('name');
    expect(problemOf(good, ['a'])).toBe('taken');
    expect(problemOf({ ...good, tests: [] }, [])).toBe('noTest');
    expect(problemOf({ ...good, actions: [] }, [])).toBe('noAction');
    expect(problemOf(newRule(), [])).toBe('name');
    expect(problemOf({ ...newRule(), name: 'A' }, [])).toBe('value');
    expect(problemOf({ ...good, tests: [{ kind: 'larger', value: 'big', not: false }] }, [])).toBe('value');
    expect(problemOf({ ...good, actions: [{ kind: 'redirect', address: 'x' }] }, [])).toBe('value');
  });
});
