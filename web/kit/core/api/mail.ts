// SPDX-License-Identifier: AGPL-3.0-or-later
/** The requests of the mail client, one function a request, model in and model out. */
import type { Conversation, Folder, Message, Tag } from '../model';
import { conversation, folder, folders, list, message, tag, text, truthy } from './decode';
import type { CallOptions, Transport } from './transport';
import type { Many, WireAction, WireOutgoing } from './types';

export interface SearchPage {
  items: Conversation[];
  more: boolean;
  /** Known only if the server says so. */
  total: number | undefined;
}

export interface Account {
  id: string;
  name: string;
  displayName: string;
  locale: string;
  version: string;
}

/** How long the server may hold a NoOp, and the patience on top before the connection counts as lost. */
export const LONG_POLL_S = 55;
const PING_TIMEOUT_MS = 10_000;
const LONG_POLL_GRACE_MS = 15_000;

/** Conversations up to this length come whole; of longer ones only what is unread. */
const WHOLE_CONVERSATION_MESSAGES = 30;

const first = (value: Many<string> | undefined): string => list(value)[0] ?? '';

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

  async account(): Promise<Account> {
    const info = await this.transport.call('GetInfo', { sections: 'mbox,prefs,attrs' });
    const attrs = info.attrs?._attrs ?? {};
    return {
      id: info.id ?? '',
      name: info.name ?? '',
      displayName: first(attrs['displayName']) || first(attrs['cn']),
      locale: first(info.prefs?._attrs?.['zimbraPrefLocale']),
      version: info.version ?? '',
    };
  }

  async folders(): Promise<Folder[]> {
    return folders((await this.transport.call('GetFolder', {})).folder);
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

  async search(query: string, offset: number, limit: number, options?: CallOptions): Promise<SearchPage> {
    const answer = await this.transport.call(
      'Search',
      {
        query: { _content: query },
        types: 'conversation',
        sortBy: 'dateDesc',
        offset,
        limit,
        fetch: 'none',
        recip: '2',
      },
      options,
    );
    return {
      items: list(answer.c).map(conversation),
      more: truthy(answer.more),
      total: typeof answer.total === 'number' ? answer.total : undefined,
    };
  }

  async conversation(
    id: string,
    count: number,
    options?: CallOptions,
  ): Promise<{ conversation: Conversation; messages: Message[] }> {
    const fetch = count <= WHOLE_CONVERSATION_MESSAGES ? 'all' : 'u';
    const answer = await this.transport.call(
      'GetConv',
      { c: { id, fetch, html: '1', needExp: '1' } },
      options,
    );
    const wire = list(answer.c)[0] ?? { id };
    const messages = list(wire.m).map(message);
    return { conversation: conversation({ n: messages.length, ...wire }), messages };
  }

  /** Where the messages of a conversation lie, without their bodies. */
  async places(id: string): Promise<{ id: string; folder: string }[]> {
    const answer = await this.transport.call('GetConv', {
      c: { id, fetch: 'none', html: '1', needExp: '1' },
    });
    return list(list(answer.c)[0]?.m)
      .map(message)
      .map((m) => ({ id: m.id, folder: m.folder }));
  }

  async message(id: string, options?: CallOptions): Promise<Message | undefined> {
    const answer = await this.transport.call('GetMsg', { m: { id, html: '1', needExp: '1' } }, options);
    const wire = list(answer.m)[0];
    return wire ? message(wire) : undefined;
  }

  actOnConversations = async (action: WireAction): Promise<void> => {
    await this.transport.call('ConvAction', { action });
  };

  actOnMessages = async (action: WireAction): Promise<void> => {
    await this.transport.call('MsgAction', { action });
  };

  actOnFolder = async (action: WireAction): Promise<void> => {
    await this.transport.call('FolderAction', { action });
  };

  actOnTag = async (action: WireAction): Promise<void> => {
    await this.transport.call('TagAction', { action });
  };

  async createFolder(name: string, parent: string): Promise<Folder | undefined> {
    const answer = await this.transport.call('CreateFolder', {
      folder: { name, l: parent, view: 'message' },
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

  async send(m: WireOutgoing, once: string): Promise<void> {
    await this.transport.call('SendMsg', { m, suid: once });
  }
}
