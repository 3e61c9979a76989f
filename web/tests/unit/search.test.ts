// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { folder, tag } from '$kit/core/api/decode';
import { accept, suggest, termAt } from '$kit/core/search/suggest';

const context = {
  folders: [
    folder({ id: 2, name: 'Inbox', absFolderPath: '/Inbox' }),
    folder({ id: 256, absFolderPath: '/Work/New York' }),
  ],
  tags: [tag({ id: 64, name: 'To do' })],
  people: (text: string) => ('bob'.startsWith(text) ? [{ name: 'Bob Baker', address: 'bob@x.test' }] : []),
};
const labels = (text: string) => suggest(text, text.length, context).map((s) => s.label);

describe('search suggestions', () => {
  it.each([
    ['', 'from:'],
    ['sub', 'subject:'],
    ['is:un', 'is:unread'],
    ['lunch (has:', 'has:attachment'],
    ['-in:york', 'in:Work/New York'],
    ['tag:"to', 'tag:To do'],
    ['from:bo', 'from:Bob Baker <bob@x.test>'],
  ])('%s offers %s', (text, label) => expect(labels(text)).toContain(label));

  it('quotes values with blanks and leaves the rest of the text alone', () => {
    const text = 'lunch in:yor is:unread';
    const [first] = suggest(text, 'lunch in:yor'.length, context);
    expect(first && accept(text, first)).toEqual({
      text: 'lunch in:"Work/New York" is:unread',
      caret: 'lunch in:"Work/New York" '.length,
    });
  });

  it('knows the term at the caret', () => {
    expect(termAt('a "b c" d', 5)).toEqual({ from: 2, to: 7, term: '"b ' });
    expect(termAt('(-from:x)', 8)).toEqual({ from: 2, to: 8, term: 'from:x' });
  });
});
