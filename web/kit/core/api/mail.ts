// SPDX-License-Identifier: AGPL-3.0-or-later
/** The requests of the mail client, one function a request, model in and model out. */
import {
  accountOf,
  messageOfRow,
  messageRowId,
  type Conversation,
  type Folder,
  type Grouping,
  type Message,
  type Person,
  type Tag,
} from '../model';
import { conversation, folder, folders, list, message, messageRow, tag, text, truthy } from './decode';
import type { CallOptions, Transport } from './transport';
import type { WireAction, WireOutgoing } from './types';

export interface SearchPage {
  items: Conversation[];
  more: boolean;
  /** Known only if the server says so. */
  total: number | undefined;
}

/** How long the server may hold a NoOp, and the patience on top before the connection counts as lost. */
export const LONG_POLL_S = 55;
const PING_TIMEOUT_MS = 10_000;
/** Deleted messages that are shown at once; a query finds the others. */
const DELETED_MAX = 200;
const LONG_POLL_GRACE_MS = 15_000;

/** Conversations up to this length come whole; of longer ones only what is unread. */
const WHOLE_CONVERSATION_MESSAGES = 30;

/** Ids that one action may carry; more go in several requests. */
const ACTION_IDS_MAX = 500;
const IDS_PAGE = 1_000;
/** "Select all results" takes no more than this. */
export const RESULT_IDS_MAX = 10_000;

const HEADERS = [{ n: 'List-Unsubscribe' }, { n: 'List-Id' }];

const chunks = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / ACTION_IDS_MAX) }, (_, i) =>
    ids.slice(i * ACTION_IDS_MAX, (i + 1) * ACTION_IDS_MAX),
  );

export class MailApi {
  constructor(readonly transport: Transport) {}

  async signIn(name: string, password: string): Promise<void> {
    const answer = await this.transport.call('Auth', {
      account: { by: 'name', _content: name },
      password: { _content: password },
      csrfTokenSecured: '1',
    });
    this.transport.csrfToken = text(answer.csrfToken) || undefined;
  }

  /** Asks whether the cookie of an earlier page is still good, and for a CSRF token that goes with it. */
  async resume(): Promise<void> {
    const answer = await this.transport.call('Auth', { csrfTokenSecured: '1' });
    this.transport.csrfToken = text(answer.csrfToken) || undefined;
  }

  signOut = (): Promise<object> => this.transport.call('EndSession', { logoff: '1' });

  async folders(): Promise<Folder[]> {
    return folders((await this.transport.call('GetFolder', {})).folder);
  }

  /** What somebody shares with this person, as a tree. */
  async sharedBy(owner: string): Promise<Folder[]> {
    return folders((await this.transport.call('GetFolder', {}, { account: owner })).folder);
  }

  async mount(name: string, parent: string, remote: Folder, view: string): Promise<Folder | undefined> {
    const account = accountOf(remote.id);
    const answer = await this.transport.call('CreateMountpoint', {
      link: {
        name,
        l: parent,
        zid: account ?? '',
        rid: remote.id.slice(remote.id.lastIndexOf(':') + 1),
        ...(view ? { view } : {}),
      },
    });
    const wire = list(answer.link)[0];
    return wire && folder(wire, 'link');
  }

  /** With its grants as they are now. */
  async folder(id: string): Promise<Folder | undefined> {
    return folders((await this.transport.call('GetFolder', { folder: { l: id } })).folder)[0];
  }

  async tags(): Promise<Tag[]> {
    return list((await this.transport.call('GetTag', {})).tag).map(tag);
  }

  ping = (signal: AbortSignal): Promise<object> =>
    this.transport.call('NoOp', {}, { signal, timeout_ms: PING_TIMEOUT_MS });

  /** Blocks until something changes or the time is over; changes come in the context. */
  wait = (signal: AbortSignal): Promise<object> =>
    this.transport.call(
      'NoOp',
      { wait: '1', timeout: LONG_POLL_S, limitToOneBlocked: '1' },
      { signal, timeout_ms: LONG_POLL_S * 1000 + LONG_POLL_GRACE_MS },
    );

  async search(
    query: string,
    offset: number,
    limit: number,
    by: Grouping = 'conversation',
    options?: CallOptions,
  ): Promise<SearchPage> {
    const answer = await this.transport.call(
      'Search',
      {
        ...this.searchBody(query, offset, limit, by),
      },
      options,
    );
    return {
      items: by === 'message' ? list(answer.m).map(messageRow) : list(answer.c).map(conversation),
      more: truthy(answer.more),
      total: typeof answer.total === 'number' ? answer.total : undefined,
    };
  }

  /** All that a search finds, as row ids, up to a bound. */
  async ids(query: string, by: Grouping, account?: string): Promise<string[]> {
    const found: string[] = [];
    for (let more = true; more && found.length < RESULT_IDS_MAX;) {
      const answer = await this.transport.call(
        'Search',
        { ...this.searchBody(query, found.length, IDS_PAGE, by), resultMode: 'IDS' },
        { account },
      );
      const page = list(answer.hit).map((h) => String(h.id));
      found.push(...(by === 'message' ? page.map(messageRowId) : page));
      more = truthy(answer.more) && page.length > 0;
    }
    return found.slice(0, RESULT_IDS_MAX);
  }

  /** Deleted messages that can still be had back, newest first; those that a query finds, or all. */
  async deleted(query: string): Promise<SearchPage> {
    const answer = await this.transport.call('Search', {
      ...this.searchBody(query, 0, DELETED_MAX, 'message'),
      inDumpster: '1',
    });
    return { items: list(answer.m).map(messageRow), more: truthy(answer.more), total: undefined };
  }

  /** Back from among the deleted, as new messages of a folder. */
  recover = (rows: readonly string[], folder: string): Promise<void> =>
    this.actOnMessages(
      rows.flatMap((id) => messageOfRow(id) ?? []),
      { op: 'recover', l: folder },
    );

  private searchBody(query: string, offset: number, limit: number, by: Grouping) {
    return {
      query: { _content: query },
      types: by,
      sortBy: 'dateDesc',
      offset,
      limit,
      fetch: 'none' as const,
      recip: '2' as const,
      // Days in a query are the person's days.
      tz: { id: Intl.DateTimeFormat().resolvedOptions().timeZone, stdoff: -new Date().getTimezoneOffset() },
    };
  }

  async conversation(
    id: string,
    count: number,
    options?: CallOptions,
  ): Promise<{ conversation: Conversation; messages: Message[] }> {
    const alone = messageOfRow(id);
    if (alone !== undefined) {
      const only = await this.message(alone, options);
      return {
        conversation: conversation({ id, n: 1, su: only?.subject ?? '' }),
        messages: only ? [only] : [],
      };
    }
    const fetch = count <= WHOLE_CONVERSATION_MESSAGES ? 'all' : 'u';
    const answer = await this.transport.call(
      'GetConv',
      { c: { id, fetch, html: '1', needExp: '1', header: HEADERS } },
      options,
    );
    const wire = list(answer.c)[0] ?? { id };
    const messages = list(wire.m).map(message);
    return { conversation: conversation({ n: messages.length, ...wire }), messages };
  }

  /** Where the messages of a conversation lie, without their bodies. */
  async places(id: string): Promise<{ id: string; folder: string }[]> {
    const alone = messageOfRow(id);
    if (alone !== undefined) {
      const answer = await this.transport.call('GetMsg', {
        m: { id: alone, html: '1', needExp: '1', max: 1 },
      });
      return list(answer.m).map((m) => ({ id: String(m.id), folder: String(m.l ?? '') }));
    }
    const answer = await this.transport.call('GetConv', {
      c: { id, fetch: 'none', html: '1', needExp: '1' },
    });
    return list(list(answer.c)[0]?.m)
      .map(message)
      .map((m) => ({ id: m.id, folder: m.folder }));
  }

  async message(id: string, options?: CallOptions): Promise<Message | undefined> {
    const answer = await this.transport.call(
      'GetMsg',
      { m: { id, html: '1', needExp: '1', header: HEADERS } },
      options,
    );
    const wire = list(answer.m)[0];
    return wire ? message(wire) : undefined;
  }

  /** Whose own ids are written without an account. */
  ownId = '';

  /** Of what lies in another's mailbox, a bare folder id would be one of theirs. */
  private target(ids: readonly string[], action: Omit<WireAction, 'id'>): Omit<WireAction, 'id'> {
    const { l } = action;
    const foreign = l !== undefined && !l.includes(':') && ids.some((id) => accountOf(id) !== undefined);
    return foreign ? { ...action, l: `${this.ownId}:${l}` } : action;
  }

  /** What the rows stand for: conversations, messages, or some of each. */
  actOnRows = async (ids: readonly string[], wanted: Omit<WireAction, 'id'>): Promise<void> => {
    const action = this.target(ids, wanted);
    // Which messages of a conversation are meant is no question for a message.
    const forMessages = { ...action, tcon: undefined };
    await this.actOnMessages(
      ids.flatMap((id) => messageOfRow(id) ?? []),
      forMessages,
    );
    for (const some of chunks(ids.filter((id) => messageOfRow(id) === undefined))) {
      await this.transport.call('ConvAction', { action: { id: some.join(','), ...action } });
    }
  };

  actOnMessages = async (ids: readonly string[], action: Omit<WireAction, 'id'>): Promise<void> => {
    for (const some of chunks(ids)) {
      await this.transport.call('MsgAction', {
        action: { id: some.join(','), ...this.target(some, action) },
      });
    }
  };

  actOnFolder = async (action: WireAction): Promise<void> => {
    await this.transport.call('FolderAction', { action });
  };

  actOnTag = async (action: WireAction): Promise<void> => {
    await this.transport.call('TagAction', { action });
  };

  async createFolder(
    name: string,
    parent: string,
    color = 0,
    view: 'message' | 'contact' = 'message',
  ): Promise<Folder | undefined> {
    const answer = await this.transport.call('CreateFolder', {
      folder: { name, l: parent, view, ...(color > 0 ? { color } : {}) },
    });
    const wire = list(answer.folder)[0];
    return wire && folder(wire);
  }

  async saveSearch(name: string, query: string): Promise<void> {
    await this.transport.call('CreateSearchFolder', {
      search: { name, query, types: 'conversation', l: '1' },
    });
  }

  async createTag(name: string, color: number): Promise<Tag | undefined> {
    const wire = list((await this.transport.call('CreateTag', { tag: { name, color } })).tag)[0];
    return wire && tag(wire);
  }

  async saveDraft(m: WireOutgoing): Promise<Message | undefined> {
    const wire = list((await this.transport.call('SaveDraft', { m })).m)[0];
    return wire && message(wire);
  }

  sendReceipt = (id: string): Promise<object> => this.transport.call('SendDeliveryReport', { mid: id });

  /** As it is, to others. */
  redirect = (id: string, to: readonly Person[]): Promise<object> =>
    this.transport.call('BounceMsg', {
      m: { id, e: to.map((p) => ({ t: 't', a: p.address, ...(p.name ? { p: p.name } : {}) })) },
    });

  async send(m: WireOutgoing, once: string): Promise<void> {
    await this.transport.call('SendMsg', { m, suid: once });
  }
}
