// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { Actions, classesFor, inClasses } from '$kit/core/actions';
import { folders as decodeFolders } from '$kit/core/api/decode';
import { MailApi } from '$kit/core/api/mail';
import { Folders } from '$kit/core/store/folders';
import { ConversationList } from '$kit/core/store/list';
import { Reader } from '$kit/core/store/reader';
import { Selection } from '$kit/core/store/selection';
import { Tags } from '$kit/core/store/tags';
import { Toasts } from '$kit/core/store/toasts';
import { fakeTransport, until, type Answerer } from './fake';

async function setup(extra: Answerer = () => ({})) {
  const fake = fakeTransport((asked) => {
    if (asked.name === 'Search')
      return { c: ['1', '2', '3'].map((id) => ({ id, n: 1, f: 'u', u: 1 })), more: false };
    return extra(asked);
  });
  const api = new MailApi(fake.transport);
  const stores = {
    api,
    folders: new Folders(),
    list: new ConversationList(api),
    reader: new Reader(api),
    selection: new Selection(),
    tags: new Tags(),
    toasts: new Toasts(),
  };
  stores.folders.reset(
    decodeFolders({
      id: '1',
      folder: [
        { id: '2', l: '1' },
        { id: '3', l: '1', folder: { id: '400', l: '3' } },
        { id: '5', l: '1' },
        { id: '300', l: '1' },
      ],
    }),
  );
  const actions = new Actions(stores);
  actions.folder = () => '2';
  await stores.list.open('inid:2');
  return { ...fake, ...stores, actions };
}

describe('actions', () => {
  it('change the screen before the server has answered', async () => {
    let answer: (value: object) => void = () => undefined;
    const { actions, list } = await setup(() => new Promise((resolve) => (answer = resolve)));
    const done = actions.read(['2'], true);
    expect(list.rows.at(1)?.state.unread).toBe(false);
    await until(() => answer.length >= 0);
    answer({});
    await done;
    expect(list.rows.at(1)?.state.unread).toBe(false);
  });

  it('put the screen back and say why when refused', async () => {
    const { actions, list, toasts } = await setup(() => ({ fault: 'service.PERM_DENIED' }));
    await actions.flag(['2'], true);
    expect(list.rows.at(1)?.state.flagged).toBe(false);
    expect(toasts.all.value.at(-1)).toMatchObject({ kind: 'error', key: 'error.denied' });
    await actions.trash(['1', '3']);
    expect(list.rows.ids()).toEqual(['1', '2', '3']);
  });

  it('undo a move message by message, each to where it lay', async () => {
    const { actions, asked, toasts, list } = await setup(({ name }) =>
      name === 'GetConv'
        ? {
            c: [
              {
                id: '2',
                m: [
                  { id: '20', l: '2' },
                  { id: '21', l: '300' },
                  { id: '22', l: '5' },
                  { id: '23', l: '400' },
                ],
              },
            ],
          }
        : {},
    );
    await actions.trash(['2']);
    expect(list.rows.ids()).toEqual(['1', '3']);
    expect(asked.find((a) => a.name === 'ConvAction')?.body).toMatchObject({
      action: { id: '2', op: 'trash', tcon: '-tjsd' },
    });
    toasts.undoLast();
    expect(list.rows.ids()).toEqual(['1', '2', '3']);
    await until(() => asked.filter((a) => a.name === 'MsgAction').length === 2);
    // Neither the one in Sent nor the one in a folder of Trash had moved.
    expect(asked.filter((a) => a.name === 'MsgAction').map((a) => a.body['action'])).toEqual([
      { id: '20', op: 'move', l: '2' },
      { id: '21', op: 'move', l: '300' },
    ]);
  });

  it('tag, and take the tag off again where it was put', async () => {
    const { actions, asked, tags, toasts, list } = await setup();
    tags.put({ id: '64', name: 'Todo', color: '', colorNumber: 0, unread: 0 });
    list.patch('1', (row) => ({ ...row, tags: ['64'] }));
    await actions.tagAndTell(['1', '2'], '64', true);
    toasts.undoLast();
    await until(() => asked.filter((a) => a.name === 'ConvAction').length === 2);
    expect(asked.at(-1)?.body['action']).toMatchObject({ id: '2', op: '!tag', tn: 'Todo' });
    expect(list.rows.at(0)?.tags).toEqual(['64']);
  });

  it('offer the way back in the order of what was done, and take it away when refused', async () => {
    const { actions, toasts } = await setup(({ name }) => (name === 'ConvAction' ? { fault: 'x.Y' } : {}));
    const flagged = actions.flagAndTell(['1'], true);
    const read = actions.readAndTell(['2'], true);
    expect(toasts.all.value.map((t) => t.key)).toEqual(['toast.flagged', 'toast.read']);
    await Promise.all([flagged, read]);
    expect(toasts.all.value.map((t) => t.kind)).toEqual(['error', 'error']);
  });

  it('read a whole folder, and remember what was unread', async () => {
    const { actions, asked, toasts } = await setup(() => ({}));
    await actions.readFolder('2');
    expect(asked.at(-1)).toMatchObject({ name: 'FolderAction', body: { action: { id: '2', op: 'read' } } });
    expect(toasts.all.value.at(-1)).toMatchObject({ key: 'toast.folderRead' });
  });

  it('delete for good without a way back', async () => {
    const { actions, toasts, names } = await setup();
    await actions.destroy(['1']);
    expect(toasts.all.value.at(-1)?.undo).toBeUndefined();
    expect(names()).not.toContain('GetConv');
  });

  it('mean the messages of the folder that is looked at', () => {
    expect(classesFor('2')).toBe('-tjsd');
    expect(classesFor('3')).toBe('t');
    expect(classesFor(undefined)).toBeUndefined();
    expect(inClasses('5', '-tjsd')).toBe(false);
    expect(inClasses('300', '-tjsd')).toBe(true);
    expect(inClasses('3', 't')).toBe(true);
  });
});
