// SPDX-License-Identifier: AGPL-3.0-or-later
/** The person's contacts, all of them, once their page was opened; kept up by what the server tells. */
import { contact as decode, type ContactsApi } from '../api/contacts';
import { list } from '../api/decode';
import type { Many, WireContact } from '../api/types';
import { FOLDER, type Contact, type Member } from '../model';
import { Store } from './store';
import type { Toasts } from './toasts';

export interface ContactsState {
  byId: ReadonlyMap<string, Contact>;
  /** Undefined until the first answer. */
  loaded: boolean;
  error: unknown;
  /** Those of others, by the link to their address book. Nobody tells of changes there: asked for when it is opened. */
  shared: ReadonlyMap<string, readonly Contact[]>;
}

const EMPTY: ContactsState = { byId: new Map(), loaded: false, error: undefined, shared: new Map() };

export class Contacts {
  readonly state = new Store<ContactsState>(EMPTY);

  constructor(
    readonly api: ContactsApi,
    private readonly toasts: Toasts,
  ) {}

  async load(): Promise<void> {
    try {
      const all = await this.api.all();
      this.state.patch({ byId: new Map(all.map((c) => [c.id, c])), loaded: true, error: undefined });
    } catch (error) {
      this.state.patch({ error });
    }
  }

  async loadShared(link: string): Promise<void> {
    const all = await this.api.behind(link);
    this.state.update((s) => ({ ...s, shared: new Map(s.shared).set(link, all) }));
  }

  /** For good: the caller has asked the person. */
  async destroy(ids: readonly string[]): Promise<void> {
    try {
      await this.api.act(ids, 'delete');
      this.remove(ids);
      this.toasts.done('toast.contactsDestroyed', { count: ids.length });
    } catch (error) {
      this.toasts.error(error);
    }
  }

  forget(): void {
    this.state.set(EMPTY);
  }

  put(changed: Contact): void {
    this.state.update((s) => ({ ...s, byId: new Map(s.byId).set(changed.id, changed) }));
  }

  /** Created ones are whole, changed ones carry what changed. */
  apply(wire: Many<WireContact> | undefined): void {
    const changed = list(wire);
    if (changed.length === 0 || !this.state.value.loaded) return;
    this.state.update((s) => {
      const byId = new Map(s.byId);
      for (const one of changed) {
        const fresh = decode(one);
        const known = byId.get(fresh.id);
        byId.set(
          fresh.id,
          known
            ? {
                ...known,
                ...(one.l === undefined ? {} : { folder: fresh.folder }),
                ...(one.t === undefined ? {} : { tags: fresh.tags }),
                ...(one.fileAsStr === undefined ? {} : { name: fresh.name }),
                ...(one._attrs === undefined
                  ? {}
                  : { attrs: fresh.attrs, isGroup: fresh.isGroup, members: fresh.members }),
              }
            : fresh,
        );
      }
      return { ...s, byId };
    });
  }

  remove(ids: readonly string[]): void {
    if (!ids.some((id) => this.state.value.byId.has(id))) return;
    this.state.update((s) => ({ ...s, byId: new Map([...s.byId].filter(([id]) => !ids.includes(id))) }));
  }

  /** To another address book, or to Trash: on screen at once, and back. */
  async move(ids: readonly string[], folder: string, name: string): Promise<void> {
    const before = ids.flatMap((id) => this.state.value.byId.get(id) ?? []);
    const moved = before.filter((c) => c.folder !== folder);
    if (moved.length === 0) return;
    for (const c of moved) this.put({ ...c, folder });
    const key = folder === FOLDER.trash ? 'toast.contactsTrashed' : 'toast.contactsMoved';
    const work = this.api.act(
      moved.map((c) => c.id),
      'move',
      folder,
    );
    const toast = this.toasts.done(
      key,
      { count: moved.length, name },
      () => void work.then(() => this.back(moved)),
    );
    try {
      await work;
    } catch (error) {
      this.toasts.dismiss(toast);
      for (const c of moved) this.put(c);
      this.toasts.error(error);
    }
  }

  private async back(before: readonly Contact[]): Promise<void> {
    try {
      for (const folder of new Set(before.map((c) => c.folder))) {
        const these = before.filter((c) => c.folder === folder);
        await this.api.act(
          these.map((c) => c.id),
          'move',
          folder,
        );
        for (const c of these) this.put(c);
      }
    } catch (error) {
      this.toasts.error(error);
    }
  }

  async addToGroup(group: string, ids: readonly string[]): Promise<void> {
    const known = this.state.value.byId.get(group);
    const has = new Set(known?.members.map((m) => m.value));
    const members = ids
      .filter((id) => id !== group && !has.has(id) && this.state.value.byId.get(id)?.isGroup === false)
      .map((value): Member => ({ kind: 'contact', value }));
    if (!known || members.length === 0) return;
    try {
      await this.api.addMembers(group, members);
      this.put({ ...known, members: [...known.members, ...members] });
      this.toasts.done('toast.addedToGroup', { count: members.length, name: known.name });
    } catch (error) {
      this.toasts.error(error);
    }
  }
}

/** By name as people of this language sort them, groups among them. */
export function listed(state: ContactsState, folder: string | undefined, text: string): Contact[] {
  const wanted = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const shared = folder === undefined ? undefined : state.shared.get(folder);
  const here = (c: Contact): boolean =>
    folder === undefined ? c.folder !== FOLDER.trash && c.folder !== FOLDER.junk : c.folder === folder;
  return (shared ?? [...state.byId.values()].filter(here))
    .filter((c) => {
      if (wanted.length === 0) return true;
      const words = `${c.name} ${Object.values(c.attrs).join(' ')}`.toLowerCase();
      return wanted.every((w) => words.includes(w));
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}
