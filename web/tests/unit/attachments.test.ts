// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { decodeText, viewKind } from '$kit/core/attachments';

describe('attachments', () => {
  it.each([
    ['image/png', 'a.png', 'image'],
    ['application/pdf', 'a', 'pdf'],
    ['text/plain', '', 'text'],
    ['text/csv', 'a.csv', 'text'],
    ['application/json', 'a.json', 'text'],
    ['message/rfc822', 'a.eml', 'text'],
    ['text/html', 'a.html', 'html'],
    ['application/octet-stream', 'Report.PDF', 'pdf'],
    ['application/octet-stream', 'notes.txt', 'text'],
    // These could run something, or are no pictures as the server sees it.
    ['image/svg+xml', 'a.svg', undefined],
    ['application/octet-stream', 'a.png', undefined],
    ['application/octet-stream', 'a.html', undefined],
    ['application/zip', 'a.txt', undefined],
    ['text/calendar', 'a.ics', undefined],
  ])('%s called %s is looked at as %s', (type, name, kind) => {
    expect(viewKind({ type, name })).toBe(kind);
  });

  it('are read in their own character set, unknown ones as well as it goes', () => {
    const bytes = Uint8Array.from([0x67, 0x72, 0xfc, 0x6e]).buffer;
    expect(decodeText(bytes, 'text/plain; charset="iso-8859-1"')).toBe('grün');
    expect(decodeText(bytes, 'text/plain; charset=klingon')).toContain('gr');
  });
});
