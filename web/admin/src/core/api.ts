// SPDX-License-Identifier: AGPL-3.0-or-later
/** Requests of urn:zimbraAdmin, by what they are about. The shapes of the wire end here. */
import { list, text, truthy } from '$kit/core/api/decode';
import { Fault } from '$kit/core/api/fault';
import type { Transport } from '$kit/core/api/transport';
import type { Many, Text, WireAttrs } from '$kit/core/api/types';
import { readAttrs, writeAttrs, type Attrs, type WireAttr } from './attrs';
import { readHeld, Rights, type Held, type WireRights, type WireTarget } from './powers';

const ADMIN = 'urn:zimbraAdmin';
const ACCOUNT = 'urn:zimbraAccount';

export interface Entry {
  id: string;
  name: string;
  attrs: Attrs;
}

export interface Me {
  id: string;
  name: string;
  displayName: string;
  isGlobal: boolean;
  /** Where the web client is, as the server says. */
  publicUrl: string;
}

export type SearchType = 'accounts' | 'resources' | 'distributionlists' | 'aliases' | 'domains' | 'coses';
export interface Search {
  types: SearchType;
  query: string;
  domain?: string;
  offset: number;
  limit: number;
  attrs: readonly string[];
  sortBy?: string;
  ascending?: boolean;
}
export interface Found {
  entries: Entry[];
  total: number;
  more: boolean;
}

export interface WireEntry {
  id?: string;
  name?: string;
  a?: Many<WireAttr>;
}

export const entry = (wire: WireEntry): Entry => ({
  id: wire.id ?? '',
  name: wire.name ?? '',
  attrs: readAttrs(wire.a),
});

/** How an answer names what it holds. */
const ELEMENTS: Record<SearchType, string> = {
  accounts: 'account',
  resources: 'calresource',
  distributionlists: 'dl',
  aliases: 'alias',
  domains: 'domain',
  coses: 'cos',
};

export type TargetType = 'account' | 'calresource' | 'cos' | 'dl' | 'domain' | 'server' | 'config' | 'global';
export const TARGET_TYPES: readonly TargetType[] = [
  'domain',
  'account',
  'dl',
  'calresource',
  'cos',
  'server',
  'config',
  'global',
];

/** The rights on one entry, and what each attribute would be if the entry said nothing. */
export interface Effective {
  rights: Rights;
  inherited: Attrs;
}

export class Admin {
  constructor(readonly transport: Transport) {}

  ask<T extends object>(name: string, body: object = {}): Promise<T> {
    return this.transport.send<T>(ADMIN, name, body);
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.auth({ name, password });
  }

  /** With the cookie of a session that may still be good. */
  async resume(): Promise<void> {
    await this.auth({});
  }

  private async auth(who: object): Promise<void> {
    const answer = await this.ask<{ csrfToken?: Text }>('Auth', { ...who, csrfTokenSecured: '1' });
    this.transport.csrfToken = text(answer.csrfToken) || undefined;
  }

  async signOut(): Promise<void> {
    await this.transport.send(ACCOUNT, 'EndSession', { logoff: '1' });
  }

  async me(): Promise<Me> {
    const answer = await this.transport.send<{
      id?: string;
      name?: string;
      publicURL?: string;
      attrs?: Many<WireAttrs>;
    }>(ACCOUNT, 'GetInfo', { sections: 'attrs' });
    const attrs = list(answer.attrs)[0]?._attrs ?? {};
    const value = (name: string): string => list(attrs[name])[0] ?? '';
    return {
      id: answer.id ?? '',
      name: answer.name ?? '',
      displayName: value('displayName'),
      isGlobal: value('zimbraIsAdminAccount') === 'TRUE',
      publicUrl: answer.publicURL ?? '',
    };
  }

  async held(grantee?: string): Promise<Held[]> {
    const who = grantee === undefined ? {} : { grantee: { type: 'usr', by: 'name', _content: grantee } };
    return readHeld((await this.ask<{ target?: Many<WireTarget> }>('GetAllEffectiveRights', who)).target);
  }

  async effective(type: TargetType, id: string): Promise<Effective> {
    const answer = await this.ask<{ target?: Many<WireRights> }>('GetEffectiveRights', {
      target: { type, by: 'id', _content: id },
      expandAllAttrs: 'getAttrs',
    });
    const [target] = list(answer.target);
    const inherited: Record<string, string[]> = {};
    for (const a of list(list(target?.getAttrs)[0]?.a)) {
      const values = list(list(a.default)[0]?.v).map((v) => text(v));
      if (a.n !== undefined && values.length > 0) inherited[a.n] = values;
    }
    return { rights: Rights.of(target), inherited };
  }

  async search({ types, query, domain, offset, limit, attrs, sortBy, ascending }: Search): Promise<Found> {
    const answer = await this.ask<
      Record<string, Many<WireEntry> | undefined> & { searchTotal?: number; more?: boolean }
    >('SearchDirectory', {
      types,
      query,
      offset,
      limit,
      attrs: attrs.join(','),
      ...(domain ? { domain } : {}),
      ...(sortBy ? { sortBy, sortAscending: ascending === false ? '0' : '1' } : {}),
    });
    return {
      entries: list(answer[ELEMENTS[types]]).map(entry),
      total: Number(answer.searchTotal ?? 0),
      more: truthy(answer.more),
    };
  }

  /** Everything by pages; for what there is little of, or what is exported. */
  async searchAll(wanted: Omit<Search, 'offset' | 'limit'>, most = 5_000): Promise<Entry[]> {
    const PAGE = 500;
    const entries: Entry[] = [];
    for (;;) {
      const page = await this.search({ ...wanted, offset: entries.length, limit: PAGE });
      entries.push(...page.entries);
      if (!page.more || page.entries.length === 0 || entries.length >= most) return entries;
    }
  }

  /** Undefined where there is none, or none that may be seen. */
  async found<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof Fault && (/NO_SUCH/.test(error.code) || error.code === 'service.PERM_DENIED'))
        return undefined;
      throw error;
    }
  }

  async count(type: 'userAccount' | 'alias' | 'dl' | 'domain' | 'cos' | 'calresource'): Promise<number> {
    return Number((await this.ask<{ num?: number }>('CountObjects', { type })).num ?? 0);
  }
}

/** What a form can change. */
export interface Editable {
  readonly target: TargetType;
  get(id: string, own?: boolean): Promise<Entry>;
  modify(id: string, changes: Attrs): Promise<unknown>;
}

/** One kind of entry that is made, read, changed, renamed and deleted in the same way. */
export class Entries implements Editable {
  constructor(
    private readonly admin: Admin,
    /** As requests name it: "Domain" for GetDomainRequest. */
    private readonly noun: string,
    /** The element that holds it, and that names it in requests. */
    private readonly element: string,
    readonly target: TargetType,
  ) {}

  private one(answer: Record<string, Many<WireEntry> | undefined>): Entry {
    return entry(list(answer[this.element])[0] ?? {});
  }

  /** `own`: without what is inherited. */
  async get(id: string, own = false): Promise<Entry> {
    const selector = { [this.element]: { by: 'id', _content: id } };
    const plain = own ? { applyCos: '0', applyConfig: '0' } : {};
    return this.one(await this.admin.ask(`Get${this.noun}`, { ...selector, ...plain }));
  }

  async getByName(name: string): Promise<Entry> {
    return this.one(
      await this.admin.ask(`Get${this.noun}`, { [this.element]: { by: 'name', _content: name } }),
    );
  }

  async all(): Promise<Entry[]> {
    const plural = this.noun === 'Cos' ? 'GetAllCos' : `GetAll${this.noun}s`;
    const answer = await this.admin.ask<Record<string, Many<WireEntry> | undefined>>(plural);
    return list(answer[this.element]).map(entry);
  }

  async create(name: string, attrs: Attrs = {}, more: object = {}): Promise<Entry> {
    return this.one(await this.admin.ask(`Create${this.noun}`, { name, ...more, a: writeAttrs(attrs) }));
  }

  async modify(id: string, changes: Attrs): Promise<Entry> {
    return this.one(await this.admin.ask(`Modify${this.noun}`, { id, a: writeAttrs(changes) }));
  }

  async rename(id: string, newName: string): Promise<void> {
    await this.admin.ask(`Rename${this.noun}`, { id, newName });
  }

  async remove(id: string): Promise<void> {
    await this.admin.ask(`Delete${this.noun}`, { id });
  }

  /** Of classes of service: a new one with what this one has. */
  async copy(id: string, name: string): Promise<Entry> {
    return this.one(
      await this.admin.ask(`Copy${this.noun}`, { name, [this.element]: { by: 'id', _content: id } }),
    );
  }

  async addAlias(id: string, alias: string): Promise<void> {
    await this.admin.ask(`Add${this.noun}Alias`, { id, alias });
  }

  async removeAlias(id: string, alias: string): Promise<void> {
    await this.admin.ask(`Remove${this.noun}Alias`, { id, alias });
  }
}
