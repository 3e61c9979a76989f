// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { contact, ContactsApi, emailsOf, galAddress } from '$kit/core/api/contacts';
import { folders } from '$kit/core/api/decode';
import { changedFields, splitName } from '$kit/core/fields';
import { Contacts, listed } from '$kit/core/store/contacts';
import { books } from '$kit/core/store/folders';
import { Toasts } from '$kit/core/store/toasts';
import { fakeTransport, type Answerer } from './fake';

const WIRE = [
  {
    id: '300',
    l: '7',
    fileAsStr: 'Other, Ann',
    _attrs: { firstName: 'Ann', email: 'ann@x.test', email2: 'a@y.test' },
  },
  { id: '301', l: '13', fileAsStr: 'bob@x.test', _attrs: { email: 'bob@x.test' } },
  { id: '302', l: '3', fileAsStr: 'Gone', _attrs: { company: 'Old' } },
  {
    id: '303',
    l: '7',
    fileAsStr: 'Team',
    _attrs: { type: 'group', nickname: 'Team' },
    m: [
      { type: 'C', value: '300' },
      { type: 'I', value: 'Carl <carl@x.test>' },
      { type: '?', value: 'x' },
    ],
  },
];

async function setup(answer: Answerer = () => ({})) {
  const fake = fakeTransport((asked) => (asked.name === 'GetContacts' ? { cn: WIRE } : answer(asked)));
  const contacts = new Contacts(new ContactsApi(fake.transport), new Toasts());
  await contacts.load();
  return { ...fake, contacts };
}
const names = (contacts: Contacts, folder?: string, text = ''): string[] =>
  listed(contacts.state.value, folder, text).map((c) => c.name);

describe('contacts', () => {
  it('are listed by name, all but those in Trash, or one address book, or what is looked for', async () => {
    const { contacts } = await setup();
    expect(names(contacts)).toEqual(['bob@x.test', 'Other, Ann', 'Team']);
    expect(names(contacts, '7')).toEqual(['Other, Ann', 'Team']);
    expect(names(contacts, '3')).toEqual(['Gone']);
    expect(names(contacts, undefined, 'ann Y.TEST')).toEqual(['Other, Ann']);
  });

  it('have addresses in their order, and groups members of three kinds', () => {
    expect(emailsOf({ email10: 'c', email: 'a', workEmail: 'w', email2: 'b', emailx: 'no' })).toEqual([
      'a',
      'b',
      'c',
      'w',
    ]);
    expect(contact(WIRE[3] ?? {})).toMatchObject({
      isGroup: true,
      members: [
        { kind: 'contact', value: '300' },
        { kind: 'inline', value: 'Carl <carl@x.test>' },
      ],
    });
    expect(galAddress('uid=ann,ou=people,dc=x,dc=test')).toBe('ann@x.test');
    expect(galAddress('nonsense')).toBeUndefined();
  });

  it('change as the server tells, in part or whole', async () => {
    const { contacts } = await setup();
    contacts.apply({ id: '300', l: '13' });
    expect(contacts.state.value.byId.get('300')).toMatchObject({ folder: '13', name: 'Other, Ann' });
    contacts.apply([{ id: '300', l: '7', fileAsStr: 'Ann', _attrs: { firstName: 'Ann' } }]);
    expect(contacts.state.value.byId.get('300')?.attrs).toEqual({ firstName: 'Ann' });
    contacts.apply({ id: '400', l: '7', fileAsStr: 'New', _attrs: {} });
    contacts.remove(['301']);
    expect(names(contacts)).toEqual(['Ann', 'New', 'Team']);
  });

  it('move at once, and come back when the server refuses', async () => {
    const { contacts } = await setup(() => ({ fault: 'service.PERM_DENIED' }));
    const work = contacts.move(['300'], '3', 'Trash');
    expect(names(contacts)).not.toContain('Other, Ann');
    await work;
    expect(names(contacts)).toContain('Other, Ann');
  });

  it('are deleted for good in Trash', async () => {
    const { contacts, asked } = await setup();
    await contacts.destroy(['302']);
    expect(asked.at(-1)).toMatchObject({
      name: 'ContactAction',
      body: { action: { id: '302', op: 'delete' } },
    });
    expect(names(contacts, '3')).toEqual([]);
  });

  it('of others are listed under the link to their address book alone', async () => {
    const THEIRS = { cn: [{ id: 'id-bob:300', l: 'id-bob:7', fileAsStr: 'Zoe', _attrs: { email: 'z@x' } }] };
    const fake = fakeTransport(({ body }) => (body['l'] === '262' ? THEIRS : { cn: WIRE }));
    const contacts = new Contacts(new ContactsApi(fake.transport), new Toasts());
    await contacts.loadShared('262');
    await contacts.load();
    expect(names(contacts, '262')).toEqual(['Zoe']);
    expect(names(contacts, '262', 'nobody')).toEqual([]);
    expect(names(contacts)).toEqual(['bob@x.test', 'Other, Ann', 'Team']);
    contacts.forget();
    expect(names(contacts, '262')).toEqual([]);
  });

  it('join a group once, and groups do not', async () => {
    const { contacts, asked } = await setup(() => ({ cn: [] }));
    await contacts.addToGroup('303', ['300', '301', '303']);
    expect(asked.at(-1)?.body).toMatchObject({
      cn: { id: '303', m: [{ type: 'C', value: '301', op: '+' }] },
    });
    await contacts.addToGroup('303', ['300', '301']);
    expect(asked.filter((a) => a.name === 'ModifyContact')).toHaveLength(1);
  });

  it('of a group are all written to, each by the first address', async () => {
    const { transport } = fakeTransport(() => ({
      cn: [
        {
          id: '303',
          m: [
            { type: 'C', value: '300', cn: [WIRE[0]] },
            { type: 'I', value: '"Carl" <carl@x.test>' },
            { type: 'G', value: 'uid=dan,ou=people,dc=x,dc=test' },
            { type: 'C', value: '999' },
          ],
        },
      ],
    }));
    expect(await new ContactsApi(transport).expand('303')).toEqual([
      { address: 'ann@x.test', name: 'Ann' },
      { address: 'carl@x.test', name: 'Carl' },
      { address: 'dan@x.test', name: '' },
    ]);
  });

  it('complete what is typed', async () => {
    const { transport } = fakeTransport(() => ({
      match: [
        { email: '"Ann Other" <ann@x.test>', type: 'contact', isGroup: false },
        { type: 'contact', isGroup: true, id: '303', display: 'Team' },
        { email: 'list@x.test', type: 'gal', isGroup: true },
      ],
    }));
    expect(await new ContactsApi(transport).complete('a', new AbortController().signal)).toEqual([
      { person: { address: 'ann@x.test', name: 'Ann Other' }, group: undefined },
      { person: { address: '', name: 'Team' }, group: '303' },
      { person: { address: 'list@x.test', name: '' }, group: undefined },
    ]);
  });
});

describe('fields', () => {
  it('say what changed', () => {
    expect(changedFields({ a: '1', b: '2' }, { a: '1', b: ' ', c: ' 3 ' })).toEqual({ b: '', c: '3' });
  });

  it('of a name', () => {
    expect(splitName('Ann Other', 'x@y')).toEqual({ firstName: 'Ann', lastName: 'Other' });
    expect(splitName('Other, Ann', 'x@y')).toEqual({ firstName: 'Ann', lastName: 'Other' });
    expect(splitName('', 'ann.b.other@y')).toEqual({ firstName: 'ann b', lastName: 'other' });
    expect(splitName('Ann', 'x@y')).toEqual({ firstName: 'Ann' });
  });
});

describe('address books', () => {
  it('are the two of the system, then one\u2019s own and those of others; none in Trash', () => {
    const all = folders({
      id: 1,
      folder: [
        { id: 2, name: 'Inbox' },
        { id: 3, name: 'Trash', folder: { id: 260, name: 'Old', view: 'contact' } },
        { id: 7, name: 'Contacts', view: 'contact' },
        { id: 13, name: 'Emailed Contacts', view: 'contact' },
        { id: 261, name: 'Club', view: 'contact' },
      ],
      link: { id: 262, name: 'Boss', view: 'contact' },
    });
    expect(books(new Map(all.map((f) => [f.id, f]))).map((f) => f.id)).toEqual(['7', '13', '262', '261']);
  });
});
