// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * What a person does to conversations. Each action changes the screen first, then asks the server; a refusal
 * puts the screen back and says why. What can be taken back offers it in a toast.
 *
 * A move is undone message by message: before it, the client asks where each message lies, because a
 * conversation's messages lie in several folders and a move gathers them.
 */
import type { MailApi } from './api/mail';
import type { ActionOp, WireAction } from './api/types';
import { FOLDER, messageOfRow, type Conversation, type State } from './model';
import type { Folders } from './store/folders';
import type { ConversationList } from './store/list';
import type { Reader } from './store/reader';
import type { Selection } from './store/selection';
import type { Tags } from './store/tags';
import type { Toasts } from './store/toasts';

/** Beyond this many conversations a move can't be taken back message by message, so no undo is offered. */
export const UNDO_CONVERSATIONS_MAX = 100;
const PLACES_AT_ONCE = 6;

export interface ActionStores {
  api: MailApi;
  folders: Folders;
  list: ConversationList;
  reader: Reader;
  selection: Selection;
  tags: Tags;
  toasts: Toasts;
}

type Places = Map<string, string[]>;

const CLASS: Record<string, string> = {
  [FOLDER.trash]: 't',
  [FOLDER.junk]: 'j',
  [FOLDER.sent]: 's',
  [FOLDER.drafts]: 'd',
};

/**
 * Which messages of a conversation an action from this folder means (`tcon`): not those in Trash, Junk, Sent
 * and Drafts, unless one is looking at that very folder. From a search: all.
 */
export function classesFor(topFolder: string | undefined): string | undefined {
  return topFolder === undefined ? undefined : (CLASS[topFolder] ?? '-tjsd');
}

export class Actions {
  /** The folder on screen, if the list shows one and not a search. */
  folder: () => string | undefined = () => undefined;
  /** Told before rows leave the list, so that the view can open the next one. */
  onLeaving: (ids: ReadonlySet<string>) => void = () => undefined;

  constructor(private readonly stores: ActionStores) {}

  read(ids: readonly string[], read: boolean): Promise<boolean> {
    return this.flip(ids, read ? 'read' : '!read', (s) => ({ ...s, unread: !read }));
  }

  flag(ids: readonly string[], flagged: boolean): Promise<boolean> {
    return this.flip(ids, flagged ? 'flag' : '!flag', (s) => ({ ...s, flagged }));
  }

  /** A read or flag that the person asked for by a key or a menu: with a way back. */
  readAndTell(ids: readonly string[], read: boolean): Promise<void> {
    const key = read ? 'toast.read' : 'toast.unread';
    return this.tell(this.read(ids, read), key, { count: ids.length }, () => this.read(ids, !read));
  }

  flagAndTell(ids: readonly string[], flagged: boolean): Promise<void> {
    const key = flagged ? 'toast.flagged' : 'toast.unflagged';
    return this.tell(this.flag(ids, flagged), key, { count: ids.length }, () => this.flag(ids, !flagged));
  }

  /** As above, with a way back: only rows that changed are changed again. */
  tagAndTell(ids: readonly string[], tagId: string, on: boolean): Promise<void> {
    const { list, tags } = this.stores;
    const changed = ids.filter((id) => list.rows.at(list.rows.indexOf(id))?.tags.includes(tagId) !== on);
    const params = { name: tags.get(tagId)?.name ?? '', count: ids.length };
    const key = on ? 'toast.tagged' : 'toast.untagged';
    return this.tell(this.tag(ids, tagId, on), key, params, () => this.tag(changed, tagId, !on));
  }

  async tag(ids: readonly string[], tagId: string, on: boolean): Promise<boolean> {
    const tag = this.stores.tags.get(tagId);
    if (!tag) return false;
    const done = this.optimistic(
      ids,
      (row) => ({
        ...row,
        tags: on ? [...new Set([...row.tags, tagId])] : row.tags.filter((t) => t !== tagId),
      }),
      { op: on ? 'tag' : '!tag', tn: tag.name },
    );
    this.tagMessages(ids, tagId, on);
    return done;
  }

  move(ids: readonly string[], target: string, name: string): Promise<void> {
    return this.leave(ids, { op: 'move', l: target }, target, { key: 'toast.moved', params: { name } });
  }

  trash(ids: readonly string[]): Promise<void> {
    return this.leave(ids, { op: 'trash' }, FOLDER.trash, { key: 'toast.trashed', params: {} });
  }

  spam(ids: readonly string[], spam: boolean): Promise<void> {
    return this.leave(ids, { op: spam ? 'spam' : '!spam' }, spam ? FOLDER.junk : FOLDER.inbox, {
      key: spam ? 'toast.spam' : 'toast.notSpam',
      params: {},
    });
  }

  /** For good: the caller has asked the person. */
  destroy(ids: readonly string[]): Promise<void> {
    return this.leave(ids, { op: 'delete' }, undefined, { key: 'toast.destroyed', params: {} });
  }

  async messages(ids: readonly string[], op: ActionOp, l?: string): Promise<boolean> {
    try {
      await this.stores.api.actOnMessages(ids, { op, ...(l ? { l } : {}) });
      return true;
    } catch (error) {
      this.stores.toasts.error(error);
      return false;
    }
  }

  /** One message of a conversation to Trash; back to where it lay. */
  async trashMessage(id: string, from: string): Promise<void> {
    if (!(await this.messages([id], 'trash'))) return;
    this.stores.toasts.done('toast.messageTrashed', {}, () => void this.messages([id], 'move', from));
  }

  /** A whole folder; what was unread is remembered, so that it can be again. */
  async readFolder(folder: string): Promise<void> {
    const { api, toasts } = this.stores;
    try {
      const unread = (await api.ids(`inid:${folder} is:unread`, 'message')).flatMap(
        (id) => messageOfRow(id) ?? [],
      );
      await api.actOnFolder({ id: folder, op: 'read' });
      toasts.done('toast.folderRead', { count: unread.length }, () => void this.messages(unread, '!read'));
    } catch (error) {
      toasts.error(error);
    }
  }

  /** Below another folder; back to where it was. */
  async moveFolder(id: string, from: string, to: string, name: string): Promise<void> {
    const { api, toasts } = this.stores;
    try {
      await api.actOnFolder({ id, op: 'move', l: to });
      toasts.done(
        'toast.folderMoved',
        { name },
        () => void api.actOnFolder({ id, op: 'move', l: from }).catch((e: unknown) => toasts.error(e)),
      );
    } catch (error) {
      toasts.error(error);
    }
  }

  async trashFolder(id: string, parent: string, name: string): Promise<boolean> {
    const { api, toasts } = this.stores;
    try {
      await api.actOnFolder({ id, op: 'trash' });
      toasts.done(
        'toast.folderTrashed',
        { name },
        () => void api.actOnFolder({ id, op: 'move', l: parent }).catch((e: unknown) => toasts.error(e)),
      );
      return true;
    } catch (error) {
      toasts.error(error);
      return false;
    }
  }

  /**
   * In the order in which things were done, not in which the server answered: "undo" means the last of them. What
   * is taken back waits for what it takes back.
   */
  private async tell(
    work: Promise<boolean>,
    key: string,
    params: Record<string, string | number>,
    undo: () => Promise<boolean>,
  ): Promise<void> {
    const toast = this.stores.toasts.done(key, params, () => void work.then(undo));
    if (!(await work)) this.stores.toasts.dismiss(toast);
  }

  private flip(ids: readonly string[], op: ActionOp, change: (state: State) => State): Promise<boolean> {
    const { reader } = this.stores;
    for (const id of ids) {
      for (const m of reader.known(id) ?? [])
        reader.patch(m.id, (old) => ({ ...old, state: change(old.state) }));
    }
    return this.optimistic(ids, (row) => ({ ...row, state: change(row.state) }), { op });
  }

  private tagMessages(ids: readonly string[], tagId: string, on: boolean): void {
    const { reader } = this.stores;
    for (const id of ids) {
      for (const m of reader.known(id) ?? []) {
        reader.patch(m.id, (old) => ({
          ...old,
          tags: on ? [...new Set([...old.tags, tagId])] : old.tags.filter((t) => t !== tagId),
        }));
      }
    }
  }

  private async optimistic(
    ids: readonly string[],
    change: (row: Conversation) => Conversation,
    action: Omit<WireAction, 'id'>,
  ): Promise<boolean> {
    if (ids.length === 0) return true;
    const { api, list, toasts } = this.stores;
    const before = ids.map((id) => list.rows.at(list.rows.indexOf(id)));
    for (const id of ids) list.patch(id, change);
    try {
      await list.during(() => api.actOnRows(ids, action));
      return true;
    } catch (error) {
      for (const row of before) if (row) list.patch(row.id, () => row);
      toasts.error(error);
      return false;
    }
  }

  private async leave(
    ids: readonly string[],
    action: Omit<WireAction, 'id'>,
    target: string | undefined,
    told: { key: string; params: Record<string, string> },
  ): Promise<void> {
    if (ids.length === 0) return;
    const { api, list, selection, toasts } = this.stores;
    const from = this.folder();
    const tcon = classesFor(from === undefined ? undefined : this.stores.folders.top(from));
    this.onLeaving(new Set(ids));
    const taken = ids.flatMap((id) => {
      const at = list.rows.indexOf(id);
      const item = list.rows.at(at);
      return item ? [{ at, item }] : [];
    });
    list.change((rows) => rows.remove(ids));
    selection.drop(ids);

    const undoable = target !== undefined && ids.length <= UNDO_CONVERSATIONS_MAX;
    const work = list.during(async () => {
      const places = undoable ? await this.places(ids, tcon, target) : new Map();
      await api.actOnRows(ids, { ...action, ...(tcon ? { tcon } : {}) });
      return places as Places;
    });
    const putBack = (): void => list.change((rows) => rows.restore(taken));
    const undo = (): void => {
      putBack();
      void list
        .during(async () => {
          for (const [folder, messages] of await work) {
            await api.actOnMessages(messages, { op: 'move', l: folder });
          }
        })
        .then(() => list.revalidate())
        .catch((error: unknown) => {
          list.revalidate();
          toasts.error(error);
        });
    };
    const toast = toasts.done(told.key, { ...told.params, count: ids.length }, undoable ? undo : undefined);
    try {
      await work;
    } catch (error) {
      toasts.dismiss(toast);
      putBack();
      toasts.error(error);
    }
  }

  /** Folder to messages: those which the action is about to move, and where they lie now. */
  private async places(ids: readonly string[], tcon: string | undefined, target: string): Promise<Places> {
    const places: Places = new Map();
    const topFolder = (id: string): string => this.stores.folders.top(id);
    const queue = [...ids];
    const worker = async (): Promise<void> => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        for (const m of await this.stores.api.places(id)) {
          if (m.folder === target || !inClasses(topFolder(m.folder), tcon)) continue;
          places.set(m.folder, [...(places.get(m.folder) ?? []), m.id]);
        }
      }
    };
    await Promise.all(Array.from({ length: PLACES_AT_ONCE }, worker));
    return places;
  }
}

export function inClasses(topFolder: string, tcon: string | undefined): boolean {
  if (tcon === undefined) return true;
  const own = CLASS[topFolder] ?? 'o';
  return tcon.startsWith('-') ? !tcon.includes(own) : tcon.includes(own);
}
