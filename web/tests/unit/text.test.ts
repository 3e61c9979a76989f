// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { blocks, inline, quoteLines } from '$kit/core/text/plain';
import { fileSize, shortDate } from '$kit/core/text/format';
import { initials, rowPeople } from '$kit/core/text/people';

const links = (line: string) => inline(line).flatMap((p) => (p.kind === 'link' ? [p.href] : []));

describe('plain text', () => {
  it('finds links without what ends a sentence', () => {
    expect(links('see https://a.test/x(1), (www.b.test) and <mailto:c@d.test>.')).toEqual([
      'https://a.test/x(1)',
      'https://www.b.test',
      'mailto:c@d.test',
    ]);
    expect(links('write to bob@x.test!')).toEqual(['mailto:bob@x.test']);
    expect(links('javascript:alert(1) data:text/html,x')).toEqual([]);
  });

  it('loses no character', () => {
    const line = 'a https://x.test/?q=1&r=2) b@c.de. end';
    expect(
      inline(line)
        .map((p) => p.text)
        .join(''),
    ).toBe(line);
  });

  it('folds quotes with their first line', () => {
    const all = blocks('Hi\n\nOn Monday, Bob wrote:\n> a\n> b\n\nBye');
    expect(all.map((b) => [b.quoted, b.lines.length])).toEqual([
      [false, 2],
      [true, 3],
      [false, 2],
    ]);
  });

  it('quotes', () => expect(quoteLines('a\n> b\n')).toBe('> a\n>> b'));

  it('is quick on hostile text', () => {
    const began = Date.now();
    blocks('a.'.repeat(200_000) + '@');
    inline('http://' + '('.repeat(100_000) + ')'.repeat(100_000));
    expect(Date.now() - began).toBeLessThan(3_000);
  });
});

describe('people and numbers', () => {
  it('has initials in any script', () => {
    expect(initials({ name: 'Bob Baker', address: '' })).toBe('BB');
    expect(initials({ name: '', address: 'carol.chen@x' })).toBe('CC');
    expect(initials({ name: '渡辺 健', address: '' })).toBe('渡健');
    expect(initials({ name: '', address: '' })).toBe('?');
  });

  it('shows receivers of what I sent', () => {
    const people = [
      { role: 'from' as const, address: 'a', name: '' },
      { role: 'to' as const, address: 'b', name: '' },
    ];
    expect(rowPeople([{ role: 'from', address: 'a', name: '' }], true)).toEqual([]);
    expect(rowPeople(people, true).map((p) => p.address)).toEqual(['b']);
    expect(rowPeople(people, false).map((p) => p.address)).toEqual(['a']);
  });

  it('shortens dates by how far they are', () => {
    const now = new Date(2026, 5, 15, 12).getTime();
    expect(shortDate(new Date(2026, 5, 15, 9, 5).getTime(), now, 'de')).toBe('09:05');
    expect(shortDate(new Date(2026, 5, 12).getTime(), now, 'en')).toBe('Fri');
    expect(shortDate(new Date(2026, 0, 12).getTime(), now, 'en')).toBe('Jan 12');
    expect(shortDate(new Date(2024, 0, 12).getTime(), now, 'de')).toBe('12.01.2024');
  });

  it('rounds sizes', () => {
    expect(fileSize(0, 'en')).toBe('0 bytes');
    expect(fileSize(1_234_567, 'en')).toBe('1.2 MB');
  });
});
