// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { conversation, folders, list, message, text } from '$kit/core/api/decode';
import { tree } from '$kit/core/store/folders';

describe('wire to model', () => {
  it('takes one child as an object or an array', () => {
    expect(list(undefined)).toEqual([]);
    expect(list({ a: 1 })).toEqual([{ a: 1 }]);
    expect(text([{ _content: 'x' }])).toBe('x');
    expect(text({ _content: 'x' })).toBe('x');
  });

  it('reads a conversation hit', () => {
    const c = conversation({
      id: -257,
      n: 1,
      u: 1,
      f: 'ua',
      d: 1_700_000_000_000,
      t: '64,65',
      su: 'Lunch',
      fr: 'Are you free',
      e: [{ a: 'bob@example.test', d: 'Bob', p: 'Bob Baker', t: 'f' }],
    });
    expect(c).toMatchObject({ id: '-257', subject: 'Lunch', tags: ['64', '65'], count: 1 });
    expect(c.state).toMatchObject({ unread: true, attachment: true, flagged: false });
    expect(c.people).toEqual([{ role: 'from', address: 'bob@example.test', name: 'Bob Baker' }]);
  });

  it('finds body and attachments in a nested tree', () => {
    const m = message({
      id: '257',
      cid: '-257',
      l: '2',
      mp: [
        {
          part: '',
          ct: 'multipart/mixed',
          mp: [
            {
              part: '1',
              ct: 'multipart/alternative',
              mp: [
                { part: '1.1', ct: 'text/plain', s: 3 },
                { part: '1.2', ct: 'text/html', body: true, content: '<b>hi</b>' },
              ],
            },
            { part: '2', ct: 'application/pdf', filename: 'a.pdf', s: 9, cd: 'attachment' },
            { part: '3', ct: 'message/rfc822', s: 5, mp: [{ part: '3.1', ct: 'text/plain' }] },
          ],
        },
      ],
    });
    expect(m.body?.html).toBe('<b>hi</b>');
    expect(m.attachments.map((a) => a.part)).toEqual(['2', '3']);
  });

  it('has no body before it was fetched', () => {
    expect(message({ id: '1', su: 'x' }).body).toBeUndefined();
  });

  it('survives nonsense', () => {
    expect(() => conversation({ id: 'x', d: Number.NaN, e: {} })).not.toThrow();
    expect(() => message({ id: 'x', mp: [{}] })).not.toThrow();
  });

  it('nests folders, system ones first, and leaves out what holds no mail', () => {
    const all = folders([
      {
        id: '1',
        name: 'USER_ROOT',
        folder: [
          { id: '300', name: 'Zoo', l: '1', folder: [{ id: '301', name: 'Apes', l: '300' }] },
          { id: '3', name: 'Trash', l: '1' },
          { id: '2', name: 'Inbox', l: '1', u: 3 },
          { id: '7', name: 'Contacts', l: '1', view: 'contact' },
        ],
        search: [{ id: '310', name: 'Big', l: '1', query: 'larger:1mb' }],
      },
    ]);
    const nodes = tree(new Map(all.map((f) => [f.id, f])));
    expect(nodes.map((n) => n.folder.name)).toEqual(['Inbox', 'Trash', 'Zoo']);
    expect(nodes[2]?.children[0]).toMatchObject({ depth: 1, folder: { name: 'Apes' } });
  });
});
