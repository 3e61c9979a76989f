// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * New things appear by themselves: one NoOp always waits at the server, and what comes in the context of any
 * answer goes to the stores here. When the server can't be reached the wait is tried again with growing
 * pauses, at once when the browser says that the network is back. A new session id means that blocks may have
 * been missed: everything is asked for again.
 */
import { list } from './api/decode';
import type { MailApi } from './api/mail';
import type { WireContext, WireItems } from './api/types';
import type { ConversationList } from './store/list';
import { messageOfRow, messageRowId } from './model';
import type { Contacts } from './store/contacts';
import type { Folders } from './store/folders';
import type { Reader } from './store/reader';
import { Store } from './store/store';
import type { Tags } from './store/tags';
import { folders as decodeFolders, tag as decodeTag } from './api/decode';

export type Connection = 'online' | 'lost';

const RETRY_FIRST_MS = 1_000;
const WATCH_INTERVAL_MS = 15_000;
const RETRY_MAX_MS = 30_000;
/** A server that answers a wait at once (it can't block, or is shutting down) is not asked in a tight loop. */
const POLL_INTERVAL_MIN_MS = 500;

export interface LiveStores {
  api: MailApi;
  folders: Folders;
  tags: Tags;
  list: ConversationList;
  reader: Reader;
  contacts: Contacts;
}

export class Live {
  readonly connection = new Store<Connection>('online');
  /** The open conversation has another id from now on. */
  onRenamed: (from: string, to: string) => void = () => undefined;
  private controller: AbortController | undefined;
  private poll: AbortController | undefined;
  private watched = false;
  private watching: ReturnType<typeof setInterval> | undefined;
  private wake: () => void = () => undefined;

  constructor(private readonly stores: LiveStores) {
    const { transport } = stores.api;
    transport.onContext = (context) => this.take(context);
    transport.onReachable = (reachable) => {
      if (reachable === (this.connection.value === 'online')) return;
      this.connection.set(reachable ? 'online' : 'lost');
      if (reachable) this.stores.list.revalidate();
      // Another request found out first: the wait that still hangs on the dead line is given up.
      else this.poll?.abort();
    };
  }

  start(): void {
    if (this.controller) return;
    this.controller = new AbortController();
    this.watch(this.watched);
    void this.loop(this.controller.signal);
  }

  /** Nobody tells of changes in another's mailbox: while it is on screen it is asked for again and again. */
  watch(on: boolean): void {
    this.watched = on;
    clearInterval(this.watching);
    // Without a session nothing is asked; what is on screen then is watched when it comes back.
    this.watching =
      on && this.controller ? setInterval(() => this.stores.list.revalidate(), WATCH_INTERVAL_MS) : undefined;
  }

  stop(): void {
    this.controller?.abort();
    this.controller = undefined;
    clearInterval(this.watching);
  }

  /** The network is back, or the person is impatient. */
  retryNow(): void {
    this.poll?.abort();
    this.wake();
  }

  take(context: WireContext): void {
    const { api, folders, tags } = this.stores;
    const session = list(context.session)[0];
    const id = session?.id ?? session?._content;
    if (id !== undefined && String(id) !== api.transport.sessionId) {
      const replaced = api.transport.sessionId !== undefined;
      api.transport.forgetSession();
      api.transport.sessionId = String(id);
      if (replaced) this.resync();
    }
    for (const refresh of list(context.refresh)) {
      if (refresh.folder) folders.reset(decodeFolders(refresh.folder));
      const all = list(refresh.tags).flatMap((t) => list(t.tag));
      if (all.length > 0) tags.reset(all.map(decodeTag));
    }
    for (const notify of list(context.notify)) {
      const seq = notify.seq ?? 0;
      if (seq > 0 && seq <= api.transport.notifySeq) continue;
      if (seq > 0) api.transport.notifySeq = seq;
      this.deleted(list(notify.deleted).flatMap((d) => (d.id ?? '').split(',').filter(Boolean)));
      for (const items of list(notify.created)) this.created(items);
      for (const items of list(notify.modified)) this.modified(items);
    }
  }

  private created(items: WireItems): void {
    this.applyContainers(items);
    const messages = list(items.m);
    if (messages.length > 0 || list(items.c).length > 0) {
      this.stores.list.revalidate();
      this.stores.reader.touch([
        ...messages.map((m) => String(m.cid ?? '')),
        ...list(items.c).map((c) => String(c.id)),
      ]);
    }
  }

  private modified(items: WireItems): void {
    const { list: rows, reader } = this.stores;
    this.applyContainers(items);
    reader.applyModified(items.m);
    for (const c of list(items.c)) rows.applyModified(c);
    for (const m of list(items.m)) rows.applyModified({ id: messageRowId(String(m.id)), f: m.f, t: m.t });
    // A message that was alone got company: what is open goes on under its new id.
    const open = reader.state.value;
    const moved = list(items.m).find(
      (m) =>
        m.cid !== undefined && String(m.cid) !== open.id && open.messages.some((o) => o.id === String(m.id)),
    );
    const alone = open.id !== undefined && messageOfRow(open.id) !== undefined;
    if (open.id !== undefined && !alone && moved?.cid !== undefined)
      this.onRenamed(open.id, String(moved.cid));
    // A message that moved, got content, or changed flags that a search may ask for.
    const messages = list(items.m);
    if (messages.length > 0 || list(items.c).length > 0) rows.revalidate();
    const edited = messages.filter((m) => m.su !== undefined || m.fr !== undefined || m.mp !== undefined);
    reader.touch(edited.flatMap((m) => [String(m.cid ?? ''), messageRowId(String(m.id))]));
  }

  private deleted(ids: string[]): void {
    if (ids.length === 0) return;
    const { folders, tags, list: rows, reader } = this.stores;
    folders.remove(ids);
    tags.remove(ids);
    reader.removeMessages(ids);
    this.stores.contacts.remove(ids);
    rows.change((r) => r.remove([...ids, ...ids.map(messageRowId)]));
    rows.revalidate();
  }

  private applyContainers(items: WireItems): void {
    this.stores.contacts.apply(items.cn);
    this.stores.folders.apply(items.folder, 'folder');
    this.stores.folders.apply(items.search, 'search');
    this.stores.folders.apply(items.link, 'link');
    this.stores.tags.apply(items.tag);
  }

  private resync(): void {
    const { api, folders, tags, list: rows } = this.stores;
    void Promise.all([
      api.folders().then((all) => folders.reset(all)),
      api.tags().then((all) => tags.reset(all)),
    ]).catch(() => undefined); // the loop below sees the same trouble and shows it
    if (this.stores.contacts.state.value.loaded) void this.stores.contacts.load();
    rows.revalidate();
  }

  private async loop(signal: AbortSignal): Promise<void> {
    const { api } = this.stores;
    let pause = RETRY_FIRST_MS;
    while (!signal.aborted) {
      const began = Date.now();
      this.poll = new AbortController();
      try {
        // A wait answers only when something happens; whether the server is back is asked plainly.
        if (this.connection.value === 'lost') await api.ping(signal);
        pause = RETRY_FIRST_MS;
        await api.wait(AbortSignal.any([signal, this.poll.signal]));
        const early = POLL_INTERVAL_MIN_MS - (Date.now() - began);
        if (early > 0) await this.sleep(early, signal);
      } catch {
        if (signal.aborted) return;
        if (this.poll.signal.aborted) continue;
        await this.sleep(pause, signal);
        pause = Math.min(pause * 2, RETRY_MAX_MS);
      }
    }
  }

  private sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', this.wake, { once: true });
    });
  }
}
