// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import {
  emptyBlock,
  emptyGroup,
  hasBlock,
  parseBlocks,
  printBlocks,
  toggleBlock,
  type Block,
} from '$kit/core/search/blocks';
import { needles, split } from '$kit/core/search/highlight';
import { RecentSearches } from '$kit/core/search/recent';

const words = (text: string, not = false): Block => ({ kind: 'words', text, not });
const field = (name: string, value: string, not = false): Block =>
  ({ kind: 'field', field: name, value, not }) as Block;
const group = (join: 'and' | 'or', blocks: Block[], not = false): Block => ({
  kind: 'group',
  join,
  blocks,
  not,
});
const raw = (text: string): Block => ({ kind: 'raw', text });

describe('a query as blocks', () => {
  it.each<[string, Block[]]>([
    ['', []],
    ['lunch tomorrow', [words('lunch tomorrow')]],
    ['"new york" hotel', [words('"new york" hotel')]],
    ['from:bob is:unread invoice', [field('from', 'bob'), field('is', 'unread'), words('invoice')]],
    ['-from:bob NOT is:unread', [field('from', 'bob', true), field('is', 'unread', true)]],
    ['!-from:bob', [field('from', 'bob')]],
    ['in:"Work/New York"', [field('in', 'Work/New York')]],
    ['in:{a b} SUBJECT: "say \\"hi\\""', [field('in', 'a b'), field('subject', 'say "hi"')]],
    ['bigger:5mb', [field('larger', '5mb')]],
    ['http://example.test/a:b', [words('http://example.test/a:b')]],
    ['a - b & c', [words('a - b & c')]],
    [
      'from:bob (in:inbox OR in:sent)',
      [field('from', 'bob'), group('or', [field('in', 'inbox'), field('in', 'sent')])],
    ],
    ['-(a b) inid:2', [group('and', [words('a b')], true), raw('inid:2')]],
    [
      'a (b OR (from:c is:unread))',
      [words('a'), group('or', [words('b'), group('and', [field('from', 'c'), field('is', 'unread')])])],
    ],
    ['a ()', [words('a'), raw('()')]],
    ['a (b OR)', [words('a'), raw('(b OR)')]],
    // Deeper than anybody looks.
    [
      'x (((((y)))))',
      [words('x'), group('and', [group('and', [group('and', [group('and', [raw('(y)')])])])])],
    ],
    ['subject:(a OR b)', [raw('subject:(a OR b)')]],
    // Not to be understood, or more than blocks can show: kept whole.
    ['subject:(', [raw('subject:(')]],
    ['from:bob "unclosed', [raw('from:bob "unclosed')]],
    ['a OR', [raw('a OR')]],
  ])('%s', (text, blocks) => expect(parseBlocks(text)).toEqual({ join: 'and', blocks }));

  it('any of: alternatives of one condition each', () => {
    expect(parseBlocks('from:bob OR from:carol || hello world')).toEqual({
      join: 'or',
      blocks: [field('from', 'bob'), field('from', 'carol'), words('hello world')],
    });
  });

  it('alternatives of several conditions are groups, brackets around everything are none', () => {
    expect(parseBlocks('a from:b OR c')).toEqual({
      join: 'or',
      blocks: [group('and', [words('a'), field('from', 'b')]), words('c')],
    });
    expect(parseBlocks('(a OR from:b)')).toEqual({ join: 'or', blocks: [words('a'), field('from', 'b')] });
  });

  it('prints groups, and no empty ones', () => {
    const inner = group(
      'or',
      [field('from', 'bob'), group('and', [words('a'), field('is', 'unread')])],
      true,
    );
    const text = printBlocks({ join: 'and', blocks: [words('x'), inner, emptyGroup('or')] });
    expect(text).toBe('x -(from:bob OR (a is:unread))');
    expect(parseBlocks(text).blocks[1]).toEqual(inner);
  });

  it('prints values so that they come back', () => {
    for (const value of ['a', 'a b', 'a"b', 'a\\b', '(x)', 'a{b', 'ümläut', 'x:y', '-7d']) {
      const text = printBlocks({ join: 'and', blocks: [field('subject', value)] });
      expect([value, parseBlocks(text).blocks]).toEqual([value, [field('subject', value)]]);
    }
  });

  it('prints what is not wanted word by word', () => {
    expect(printBlocks({ join: 'and', blocks: [words('a "b c"', true), words('d')] })).toBe('-a -"b c" d');
  });

  it('keeps an OR together when something joins it', () => {
    const blocks = [raw('a from:b OR c'), field('is', 'unread')];
    expect(printBlocks({ join: 'and', blocks })).toBe('(a from:b OR c) is:unread');
  });

  it('leaves out what says nothing yet', () => {
    expect(
      printBlocks({ join: 'or', blocks: [emptyBlock('from'), words('  '), field('is', 'unread')] }),
    ).toBe('is:unread');
  });

  /** There and back again, for random queries: the second text is the first one's normal form. */
  it('is stable under parsing and printing', () => {
    const pieces = [
      ...[
        'a',
        'b"',
        '"c d"',
        '-',
        '!',
        'NOT',
        'OR',
        'and',
        '(',
        ')',
        '(x OR y)',
        'from:bob',
        'in:"a b"',
        '-is:unread',
      ],
      ...[
        'has:attachment',
        'size:>1mb',
        'subject:(a b)',
        '{q r}',
        '||',
        '+z',
        'tag:ö',
        'http://h/x',
        '\\',
        'to:',
      ],
    ];
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
    for (let i = 0; i < 3_000; i++) {
      const text = Array.from({ length: 1 + random(6) }, () => pieces[random(pieces.length)]).join(' ');
      const once = printBlocks(parseBlocks(text));
      const twice = printBlocks(parseBlocks(once));
      expect([text, twice]).toEqual([text, once]);
      const letters = (t: string): string => t.replace(/[^a-zö0-9]/gi, '').toLowerCase();
      // AND is what stands side by side means anyhow; NOT prints as a minus. No other letter may be lost.
      const bare = (t: string): string => letters(t.replace(/(^|[\s(!+-])(?:and|not)(?=$|[\s()"])/gi, '$1'));
      expect([text, bare(once)]).toEqual([text, bare(text)]);
    }
  });

  it('toggles one condition', () => {
    const unread = field('is', 'unread');
    expect(toggleBlock('lunch', unread)).toBe('lunch is:unread');
    expect(toggleBlock('lunch IS:unread', unread)).toBe('lunch');
    expect(toggleBlock('a OR b', unread)).toBe('(a OR b) is:unread');
    expect(hasBlock('x is:unread', unread)).toBe(true);
    expect(hasBlock('x OR is:unread', unread)).toBe(false);
  });
});

const marked = (query: string, text: string): string =>
  split(text, needles(query))
    .map((p) => (p.hit ? `[${p.text}]` : p.text))
    .join('');

describe('hits in a text', () => {
  it.each([
    ['cafe', 'Das Café am Café', 'Das [Café] am [Café]'],
    ['inv*', 'invoice inventory ainv', '[invoice] [inventory] ainv'],
    ['invoice', 'invoices invoice', 'invoices [invoice]'],
    ['"new york"', 'New  York, new Jersey', '[New  York], new Jersey'],
    ['-lunch from:bob is:unread', 'lunch bob', 'lunch [bob]'],
    ['a.c', 'abc a.c', 'abc [a.c]'],
    ['b<img', 'x b<img src=x>', 'x [b<img] src=x>'],
    ['straße', 'Die STRASSE, die Straße', 'Die STRASSE, die [Straße]'],
    ['日本', '東京 日本', '東京 [日本]'],
    ['', 'nothing', 'nothing'],
  ])('%s in %s', (query, text, wanted) => expect(marked(query, text)).toBe(wanted));

  it('loses no character', () => {
    for (const text of ['', 'e\u0301a 🎉 ﬀ İx', '👩‍👩‍👧 lunch']) {
      expect(
        split(text, needles('lunch ea'))
          .map((p) => p.text)
          .join(''),
      ).toBe(text);
    }
  });
});

describe('recent searches', () => {
  it('come newest first, once each', () => {
    const recent = new RecentSearches();
    for (const query of ['a', 'b', ' a ', '']) recent.learn(query);
    expect(recent.all.value).toEqual(['a', 'b']);
    recent.forget('a');
    expect(recent.all.value).toEqual(['b']);
  });
});
