// SPDX-License-Identifier: AGPL-3.0-or-later
/** The folder tree: flat by id, and as the tree shows it. */
import { folder as decode, folders as decodeTree, list } from '../api/decode';
import type { Many, WireFolder } from '../api/types';
import { FOLDER, SYSTEM_MAIL_FOLDERS, type Folder } from '../model';
import { Store } from './store';

export interface FolderNode {
  folder: Folder;
  depth: number;
  children: FolderNode[];
}

export class Folders {
  readonly byId = new Store<ReadonlyMap<string, Folder>>(new Map());

  get(id: string): Folder | undefined {
    return this.byId.value.get(id);
  }

  /** The folder right below the root that holds this one: a folder in Trash counts as Trash. */
  top(id: string): string {
    let at = this.get(id);
    for (let depth = 0; at && depth < this.byId.value.size; depth++) {
      if (at.parent === FOLDER.root || at.parent === at.id) return at.id;
      at = this.get(at.parent);
    }
    return id;
  }

  put(folder: Folder): void {
    this.byId.update((map) => new Map(map).set(folder.id, folder));
  }

  reset(all: Folder[]): void {
    this.byId.set(new Map(all.map((f) => [f.id, f])));
  }

  /** Created folders are whole, modified ones carry only what changed. */
  apply(wire: Many<WireFolder> | undefined, kind: Folder['kind']): void {
    const changed = list(wire);
    if (changed.length === 0) return;
    this.byId.update((map) => {
      const next = new Map(map);
      for (const one of changed) {
        const known = next.get(String(one.id));
        if (!known) {
          if (kind === 'folder') for (const f of decodeTree([one])) next.set(f.id, f);
          else next.set(String(one.id), decode(one, kind));
          continue;
        }
        const fresh = decode(one, known.kind);
        next.set(known.id, {
          ...known,
          ...(one.name === undefined ? {} : { name: fresh.name, path: renamed(known.path, fresh.name) }),
          ...(one.absFolderPath === undefined ? {} : { path: fresh.path }),
          ...(one.l === undefined ? {} : { parent: fresh.parent }),
          ...(one.u === undefined ? {} : { unread: fresh.unread }),
          ...(one.n === undefined ? {} : { total: fresh.total }),
          ...(one.query === undefined ? {} : { query: fresh.query }),
          ...(one.color === undefined && one.rgb === undefined
            ? {}
            : { color: fresh.color, colorNumber: fresh.colorNumber }),
          ...(one.acl === undefined ? {} : { grants: fresh.grants }),
        });
      }
      return next;
    });
  }

  remove(ids: readonly string[]): void {
    if (!ids.some((id) => this.byId.value.has(id))) return;
    this.byId.update((map) => new Map([...map].filter(([id]) => !ids.includes(id))));
  }
}

const renamed = (path: string, name: string): string => [...path.split('/').slice(0, -1), name].join('/');

const holdsMail = (f: Folder): boolean => f.view === '' || f.view === 'message' || f.view === 'conversation';

/** Not mail, though some servers give them no view. */
const HIDDEN = new Set(['7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20']);

/** System folders first in their own order, then the user's by name, children under parents. */
export function tree(all: ReadonlyMap<string, Folder>): FolderNode[] {
  const children = new Map<string, Folder[]>();
  for (const f of all.values()) {
    if (f.kind === 'search' || HIDDEN.has(f.id) || !holdsMail(f)) continue;
    const siblings = children.get(f.parent);
    if (siblings) siblings.push(f);
    else children.set(f.parent, [f]);
  }
  const rank = (f: Folder): number => {
    const at = SYSTEM_MAIL_FOLDERS.indexOf(f.id);
    return at < 0 ? SYSTEM_MAIL_FOLDERS.length : at;
  };
  const build = (parent: string, depth: number, seen: ReadonlySet<string>): FolderNode[] =>
    (children.get(parent) ?? [])
      .filter((f) => !seen.has(f.id))
      .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
      .map((f) => ({ folder: f, depth, children: build(f.id, depth + 1, new Set([...seen, f.id])) }));
  return build(FOLDER.root, 0, new Set([FOLDER.root]));
}

/** As the tree is read from above to below. */
export function flatTree(all: ReadonlyMap<string, Folder>): FolderNode[] {
  const flat = (nodes: FolderNode[]): FolderNode[] => nodes.flatMap((n) => [n, ...flat(n.children)]);
  return flat(tree(all));
}

/** Whether `id` lies in `root`, or is it. */
export function isWithin(all: ReadonlyMap<string, Folder>, id: string, root: string): boolean {
  for (let at = all.get(id), steps = 0; at && steps <= all.size; at = all.get(at.parent), steps++) {
    if (at.id === root) return true;
  }
  return false;
}

/** Address books: the system's first, then the person's own and those of others. */
export function books(all: ReadonlyMap<string, Folder>): Folder[] {
  const first: readonly string[] = [FOLDER.contacts, FOLDER.emailedContacts];
  const rank = (f: Folder): number => (first.includes(f.id) ? first.indexOf(f.id) : first.length);
  return [...all.values()]
    .filter((f) => first.includes(f.id) || (f.view === 'contact' && f.kind !== 'search'))
    .filter((f) => !isWithin(all, f.id, FOLDER.trash))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

export const savedSearches = (all: ReadonlyMap<string, Folder>): Folder[] =>
  [...all.values()].filter((f) => f.kind === 'search').sort((a, b) => a.name.localeCompare(b.name));

/** The query that lists a folder. Ids are exact where names need quoting. */
export const folderQuery = (f: Folder): string =>
  f.kind === 'search' ? f.query : `inid:${f.remote?.folder ?? f.id}`;
