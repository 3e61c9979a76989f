// SPDX-License-Identifier: AGPL-3.0-or-later
import { ContactsApi } from '$kit/core/api/contacts';
import { Contacts } from '$kit/core/store/contacts';
import { Toasts } from '$kit/core/store/toasts';
import { describe, expect, it } from 'vitest';
import { MailApi } from '$kit/core/api/mail';
import { Folders } from '$kit/core/store/folders';
import { ConversationList } from '$kit/core/store/list';
import { Reader } from '$kit/core/store/reader';
import { Tags } from '$kit/core/store/tags';
import { Live } from '$kit/core/live';
import { fakeTransport, until } from './fake';

function setup(ids: () => number[]) {
  const fake = fakeTransport(({ name, body }) => {
    if (name !== 'Search') return {};
    const { offset, limit } = body as { offset: number; limit: number };
    const all = ids();
    return {
      c: all.slice(offset, offset + limit).map((id) => ({ id: String(id), n: 1, su: `s${id}` })),
      more: offset + limit < all.length,
    };
  });
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

describe('the list', () => {
  it('fetches only the pages that are shown, each once', async () => {
    const { list, asked } = setup(() => Array.from({ length: 1_000 }, (_, i) => i));
    await list.open('inid:2');
    list.show(0, 20);
    list.show(90, 120);
    list.show(95, 125);
    await until(() => list.rows.at(120) !== undefined);
    expect(asked.map((a) => a.body['offset'])).toEqual([0, 100]);
  });

  it('shows new mail by itself, once', async () => {
    let ids = [1, 2, 3];
    const { list, live } = setup(() => ids);
    await list.open('inid:2');
    ids = [9, 1, 2, 3];
    live.take({ notify: [{ seq: 1, created: { m: [{ id: '90', cid: '9', l: '2' }], c: [{ id: '9' }] } }] });
    await until(() => list.rows.indexOf('9') === 0);
    expect(list.rows.ids()).toEqual(['9', '1', '2', '3']);
  });

  it('takes each notification block once', () => {
    const { live, folders } = setup(() => []);
    folders.reset([]);
    live.take({ notify: { seq: 1, created: { folder: { id: '300', name: 'A', l: '1', u: 1 } } } });
    live.take({ notify: { seq: 2, modified: { folder: { id: '300', u: 5 } } } });
    live.take({ notify: { seq: 1, created: { folder: { id: '300', name: 'Old', l: '1', u: 1 } } } });
    expect(folders.get('300')).toMatchObject({ name: 'A', unread: 5 });
  });

  it('patches a row in place', async () => {
    const { list, live } = setup(() => [1, 2]);
    await list.open('inid:2');
    live.take({ notify: { seq: 1, modified: { c: { id: '2', f: 'f', u: 0 } } } });
    expect(list.rows.at(1)?.state).toMatchObject({ flagged: true, unread: false });
  });

  it('drops what is gone', async () => {
    let ids = [1, 2, 3];
    const { list, live } = setup(() => ids);
    await list.open('inid:2');
    ids = [1, 3];
    live.take({ notify: { seq: 1, deleted: { id: '2' } } });
    expect(list.rows.ids()).toEqual(['1', '3']);
  });

  it('asks for everything again when the session was replaced', async () => {
    const { live, names, transport } = setup(() => []);
    live.take({ session: { id: 'a' } });
    live.take({ notify: { seq: 7 }, session: { id: 'a' } });
    expect(transport.notifySeq).toBe(7);
    live.take({ session: { id: 'b' } });
    expect(transport.notifySeq).toBe(0);
    await until(() => names().includes('GetTag'));
    expect(names()).toContain('GetFolder');
  });

  it('says when an open conversation gets another id', async () => {
    const { live, reader } = setup(() => []);
    reader.state.patch({ id: '-257', messages: [] });
    const told: string[] = [];
    live.onRenamed = (from, to) => told.push(`${from}>${to}`);
    reader.state.patch({
      messages: [(await import('$kit/core/api/decode')).message({ id: '257', cid: '-257', l: '2' })],
    });
    live.take({ notify: { seq: 1, modified: { m: { id: '257', cid: '259' } } } });
    expect(told).toEqual(['-257>259']);
  });
});
