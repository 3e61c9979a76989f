// SPDX-License-Identifier: AGPL-3.0-or-later
/** Requests about contacts, groups, the directory's list, and completion of addresses. */
import { parseChips } from '../compose/addresses';
import type { Contact, Member, Person } from '../model';
import { list, text, truthy } from './decode';
import type { Transport } from './transport';
import type { ActionOp, WireContact } from './types';

/** What a list needs; a contact that is opened is fetched whole. */
const LISTED = ['type', 'firstName', 'lastName', 'fullName', 'nickname', 'company', 'email', 'email2'];
const GAL_MAX = 200;

const KINDS: Record<string, Member['kind']> = { C: 'contact', G: 'gal', I: 'inline' };
const LETTERS: Record<Member['kind'], string> = { contact: 'C', gal: 'G', inline: 'I' };

/** Somebody or a group that completes what was typed. */
export interface Match {
  person: Person;
  /** A group of one's own, by its contact; it stands for its members. */
  group: string | undefined;
}

/** Each address and group once, and none that is there already. */
export function distinct(matches: readonly Match[], taken: ReadonlySet<string>): Match[] {
  const seen = new Set(taken);
  return matches.filter(({ person, group }) => {
    const key = group === undefined ? person.address.toLowerCase() : `group ${group}`;
    return !seen.has(key) && seen.add(key);
  });
}

export function contact(wire: WireContact): Contact {
  const attrs = Object.fromEntries(
    Object.entries(wire._attrs ?? {}).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
  return {
    id: String(wire.id ?? ''),
    folder: String(wire.l ?? ''),
    name: wire.fileAsStr || attrs['fullName'] || attrs['email'] || '',
    isGroup: attrs['type'] === 'group',
    attrs,
    members: list(wire.m).flatMap((m) => {
      const kind = KINDS[m.type ?? ''];
      return kind && m.value ? [{ kind, value: m.value }] : [];
    }),
    tags: (wire.t ?? '').split(',').filter(Boolean),
  };
}

const wireAttrs = (attrs: Contact['attrs']) =>
  Object.entries(attrs).map(([n, value]) => ({ n, _content: value }));
const wireMembers = (members: readonly Member[]) =>
  members.map((m) => ({ type: LETTERS[m.kind], value: m.value }));

/** As one would be written to: given name first, whatever it is filed under. */
export function calledName(attrs: Contact['attrs']): string {
  const parts = [attrs['firstName'], attrs['middleName'], attrs['lastName']].filter(Boolean).join(' ');
  return attrs['fullName'] || parts || attrs['nickname'] || attrs['company'] || '';
}

/** Addresses of a contact, the first one first. */
export const emailsOf = (attrs: Contact['attrs']): string[] =>
  Object.entries(attrs)
    .filter(([name, value]) => /^(?:email|workEmail|homeEmail)\d*$/.test(name) && value !== '')
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([, value]) => value);

export class ContactsApi {
  constructor(private readonly transport: Transport) {}

  async all(): Promise<Contact[]> {
    const answer = await this.transport.call('GetContacts', { a: LISTED.map((n) => ({ n })) });
    return list(answer.cn).map(contact);
  }

  /** What stands in another's address book, by its link. Their ids are written with their account. */
  async behind(link: string): Promise<Contact[]> {
    const answer = await this.transport.call('GetContacts', { l: link, a: LISTED.map((n) => ({ n })) });
    return list(answer.cn).map(contact);
  }

  async one(id: string): Promise<Contact | undefined> {
    const answer = await this.transport.call('GetContacts', { cn: { id } });
    return list(answer.cn).map(contact)[0];
  }

  async create(folder: string, attrs: Contact['attrs'], members: readonly Member[] = []): Promise<Contact> {
    const made = await this.transport.call('CreateContact', {
      cn: { l: folder, a: wireAttrs(attrs), ...(members.length > 0 ? { m: wireMembers(members) } : {}) },
    });
    return contact(list(made.cn)[0] ?? {});
  }

  /** An empty value takes a field away. With `members` these are all of the group. */
  async modify(id: string, attrs: Contact['attrs'], members?: readonly Member[]): Promise<Contact> {
    const done = await this.transport.call('ModifyContact', {
      replace: '0',
      cn: {
        id,
        a: wireAttrs(attrs),
        ...(members
          ? { m: [{ op: 'reset' }, ...wireMembers(members).map((m) => ({ op: '+' as const, ...m }))] }
          : {}),
      },
    });
    return contact(list(done.cn)[0] ?? {});
  }

  async addMembers(group: string, members: readonly Member[]): Promise<Contact> {
    const done = await this.transport.call('ModifyContact', {
      replace: '0',
      cn: { id: group, a: [], m: wireMembers(members).map((m) => ({ op: '+', ...m })) },
    });
    return contact(list(done.cn)[0] ?? {});
  }

  act = (ids: readonly string[], op: ActionOp, l?: string): Promise<object> =>
    this.transport.call('ContactAction', { action: { id: ids.join(','), op, ...(l ? { l } : {}) } });

  /** How many came in. */
  async import(format: 'csv' | 'vcf', folder: string, aid: string): Promise<number> {
    const done = await this.transport.call('ImportContacts', { ct: format, l: folder, content: { aid } });
    return Number(list(done.cn)[0]?.n ?? 0);
  }

  async export(format: 'csv' | 'vcf', folder: string | undefined): Promise<string> {
    const done = await this.transport.call('ExportContacts', {
      ct: format,
      ...(folder ? { l: folder } : {}),
    });
    return text(done.content);
  }

  async gal(name: string): Promise<{ found: Contact[]; more: boolean }> {
    const answer = await this.transport.call('SearchGal', { name, type: 'all', limit: GAL_MAX });
    return { found: list(answer.cn).map(contact), more: truthy(answer.more) };
  }

  async complete(name: string, signal: AbortSignal): Promise<Match[]> {
    const answer = await this.transport.call('AutoComplete', { name }, { signal });
    return list(answer.match).flatMap((m): Match[] => {
      if (truthy(m.isGroup) && !m.email)
        return [{ person: { address: '', name: m.display ?? m.fileas ?? '' }, group: String(m.id ?? '') }];
      const [chip] = parseChips(m.email ?? '');
      return chip ? [{ person: { address: chip.address, name: chip.name }, group: undefined }] : [];
    });
  }

  /** Everybody in a group, each once, by their first address. */
  async expand(group: string): Promise<Person[]> {
    const answer = await this.transport.call('GetContacts', { cn: { id: group }, derefGroupMember: '1' });
    const members = list(list(answer.cn)[0]?.m);
    return members.flatMap((m): Person[] => {
      if (m.type === 'I') return parseChips(m.value ?? '').map(({ address, name }) => ({ address, name }));
      if (m.type === 'G') {
        const address = galAddress(m.value ?? '');
        return address ? [{ address, name: '' }] : [];
      }
      const inner = list(m.cn).map(contact)[0];
      const address = inner && emailsOf(inner.attrs)[0];
      return address ? [{ address, name: calledName(inner.attrs) }] : [];
    });
  }
}

/** `uid=ann,ou=people,dc=example,dc=org` or an address. */
export function galAddress(reference: string): string | undefined {
  if (reference.includes('@')) return reference;
  const parts = reference.split(',').map((p) => p.trim().split('='));
  const local = parts.find(([name]) => name?.toLowerCase() === 'uid' || name?.toLowerCase() === 'cn')?.[1];
  const domain = parts.filter(([name]) => name?.toLowerCase() === 'dc').map(([, value]) => value);
  return local && domain.length > 0 ? `${local}@${domain.join('.')}` : undefined;
}
