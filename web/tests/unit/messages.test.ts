// SPDX-License-Identifier: AGPL-3.0-or-later
/** The message view: rows that are one message each, beside rows that are conversations. */
import { ContactsApi } from '$kit/core/api/contacts';
import { Contacts } from '$kit/core/store/contacts';
import { Toasts } from '$kit/core/store/toasts';
import { describe, expect, it } from 'vitest';
import { MailApi, RESULT_IDS_MAX } from '$kit/core/api/mail';
import { Live } from '$kit/core/live';
import { Folders } from '$kit/core/store/folders';
import { ConversationList } from '$kit/core/store/list';
import { Reader } from '$kit/core/store/reader';
import { Rows } from '$kit/core/store/rows';
import { Selection } from '$kit/core/store/selection';
import { Tags } from '$kit/core/store/tags';
import { conversation } from '$kit/core/api/decode';
import { fakeTransport, until, type Answerer } from './fake';

function setup(answer: Answerer) {
  const fake = fakeTransport(answer);
  const api = new MailApi(fake.transport);
  const stores = {
    api,
    folders: new Folders(),
    tags: new Tags(),
    list: new ConversationList(api),
    reader: new Reader(api),
    contacts: new Contacts(new ContactsApi(fake.transport), new Toasts()),
  };
  return { ...fake, ...stores, live: new Live(stores) };
}

describe('the message view', () => {
  const answer: Answerer = ({ name }) =>
    name === 'Search'
      ? {
          m: [
            { id: '40', cid: '9', f: 'u', su: 'one' },
            { id: '41', cid: '9' },
          ],
          more: false,
        }
      : {
          m: [
            {
              id: '40',
              cid: '9',
              l: '2',
              su: 'one',
              mp: [{ part: '1', ct: 'text/plain', body: true, content: 'x' }],
            },
          ],
        };

  it('asks for messages and opens one alone', async () => {
    const { list, reader, asked } = setup(answer);
    list.by = 'message';
    await list.open('inid:2');
    expect(asked[0]?.body['types']).toBe('message');
    expect(list.rows.ids()).toEqual(['m40', 'm41']);
    await reader.open({ id: 'm40', subject: '', count: 1 });
    expect(asked.map((a) => a.name)).not.toContain('GetConv');
    expect(reader.state.value.messages.map((m) => m.id)).toEqual(['40']);
  });

  it('follows what changes elsewhere, and is not renamed to a conversation', async () => {
    const { list, reader, live } = setup(answer);
    let renamed = false;
    live.onRenamed = () => (renamed = true);
    list.by = 'message';
    await list.open('inid:2');
    await reader.open({ id: 'm40', subject: '', count: 1 });
    live.take({ notify: { seq: 1, modified: { m: [{ id: '40', cid: '9', f: 'f' }] } } });
    expect(list.rows.at(0)?.state).toMatchObject({ flagged: true, unread: false });
    expect(renamed).toBe(false);
    live.take({ notify: { seq: 2, deleted: { id: '41' } } });
    await until(() => list.rows.ids().length === 1);
  });

  it('acts on messages and conversations by the right request, some at a time', async () => {
    const { api, asked } = setup(() => ({}));
    await api.actOnRows(['m1', '-2', 'm3', '4'], { op: 'trash', tcon: '-tjsd' });
    expect(asked.map((a) => [a.name, a.body['action']])).toEqual([
      ['MsgAction', { id: '1,3', op: 'trash' }],
      ['ConvAction', { id: '-2,4', op: 'trash', tcon: '-tjsd' }],
    ]);
    await api.actOnRows(
      Array.from({ length: 1_001 }, (_, i) => String(i)),
      { op: 'read' },
    );
    expect(asked.length).toBe(2 + 3);
  });
});

describe('all results', () => {
  it('are asked for page by page, up to a bound', async () => {
    const { api } = setup(({ body }) => {
      const { offset, limit } = body as { offset: number; limit: number };
      return { hit: Array.from({ length: limit }, (_, i) => ({ id: String(offset + i) })), more: true };
    });
    const ids = await api.ids('is:unread', 'message');
    expect(ids.length).toBe(RESULT_IDS_MAX);
    expect(new Set(ids).size).toBe(RESULT_IDS_MAX);
    expect(ids[0]).toBe('m0');
  });
});

describe('a range', () => {
  const rows = new Rows();
  rows.place(
    0,
    Array.from({ length: 9 }, (_, i) => conversation({ id: String(i) })),
    false,
    9,
  );
  const marked = (s: Selection): string => [...s.state.value.marked].sort().join('');

  it('grows and shrinks from where it began, and leaves other marks alone', () => {
    const selection = new Selection();
    selection.toggle('8');
    selection.toggle('2');
    selection.extend('5', rows);
    expect(marked(selection)).toBe('23458');
    selection.extend('3', rows);
    expect(marked(selection)).toBe('238');
    selection.extend('0', rows);
    expect(marked(selection)).toBe('0128');
  });

  it('begins at the cursor', () => {
    const selection = new Selection();
    selection.moveTo('4');
    selection.extend('5', rows);
    selection.extend('6', rows);
    expect(marked(selection)).toBe('456');
    selection.extend('5', rows);
    expect(marked(selection)).toBe('45');
  });
});
