// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * The conversation that is open. A few recent ones are kept so that going back is instant; what is kept is
 * shown at once and asked for again behind it.
 */
import { list, state as decodeState } from '../api/decode';
import type { MailApi } from '../api/mail';
import type { Many, WireMessage } from '../api/types';
import type { Conversation, Message } from '../model';
import { Store } from './store';

export interface ReaderState {
  id: string | undefined;
  subject: string;
  messages: readonly Message[];
  expanded: ReadonlySet<string>;
  loading: boolean;
  error: unknown;
}

const EMPTY: ReaderState = {
  id: undefined,
  subject: '',
  messages: [],
  expanded: new Set(),
  loading: false,
  error: undefined,
};
const KEPT_CONVERSATIONS_MAX = 12;
const REFRESH_DELAY_MS = 100;

export class Reader {
  readonly state = new Store<ReaderState>(EMPTY);
  onMessages: (messages: readonly Message[]) => void = () => undefined;
  private readonly kept = new Map<string, { subject: string; messages: readonly Message[] }>();
  private controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: MailApi) {}

  async open(row: Pick<Conversation, 'id' | 'subject' | 'count'>): Promise<void> {
    this.controller.abort();
    this.controller = new AbortController();
    const kept = this.kept.get(row.id);
    this.state.set({
      ...EMPTY,
      id: row.id,
      subject: kept?.subject ?? row.subject,
      messages: kept?.messages ?? [],
      expanded: expandedAtFirst(kept?.messages ?? []),
      loading: !kept,
    });
    await this.load(row.id, row.count);
  }

  close(): void {
    this.controller.abort();
    this.state.set(EMPTY);
  }

  forget(): void {
    this.kept.clear();
    this.close();
  }

  async retry(): Promise<void> {
    const { id, subject, messages } = this.state.value;
    if (id) await this.open({ id, subject, count: Math.max(1, messages.length) });
  }

  toggle(messageId: string): void {
    const expanded = new Set(this.state.value.expanded);
    if (!expanded.delete(messageId)) expanded.add(messageId);
    this.state.patch({ expanded });
    const message = this.state.value.messages.find((m) => m.id === messageId);
    if (expanded.has(messageId) && message && !message.body) void this.loadBody(messageId);
  }

  expandAll(expand: boolean): void {
    const { messages } = this.state.value;
    const last = messages.at(-1);
    this.state.patch({ expanded: new Set(expand ? messages.map((m) => m.id) : last ? [last.id] : []) });
    if (expand) for (const m of messages) if (!m.body) void this.loadBody(m.id);
  }

  /** Flags, tags or place of messages changed, here or elsewhere. */
  applyModified(wire: Many<WireMessage> | undefined): void {
    for (const one of list(wire)) {
      this.patch(String(one.id), (m) => ({
        ...m,
        ...(one.f === undefined ? {} : { state: decodeState(one.f) }),
        ...(one.t === undefined ? {} : { tags: one.t.split(',').filter(Boolean) }),
        ...(one.l === undefined ? {} : { folder: String(one.l) }),
      }));
    }
  }

  /** New or edited content in this conversation. */
  touch(conversationIds: readonly string[]): void {
    for (const id of conversationIds) {
      this.kept.delete(id);
      if (id !== this.state.value.id) continue;
      clearTimeout(this.timer);
      this.timer = setTimeout(
        () => void this.load(id, this.state.value.messages.length + 1),
        REFRESH_DELAY_MS,
      );
    }
  }

  removeMessages(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const [id, kept] of this.kept) {
      this.kept.set(id, { ...kept, messages: kept.messages.filter((m) => !gone.has(m.id)) });
    }
    const { messages } = this.state.value;
    if (messages.some((m) => gone.has(m.id))) {
      this.state.patch({ messages: messages.filter((m) => !gone.has(m.id)) });
    }
  }

  patch(messageId: string, change: (message: Message) => Message): void {
    const apply = (all: readonly Message[]): readonly Message[] =>
      all.some((m) => m.id === messageId) ? all.map((m) => (m.id === messageId ? change(m) : m)) : all;
    for (const [id, kept] of this.kept) this.kept.set(id, { ...kept, messages: apply(kept.messages) });
    const { messages } = this.state.value;
    const next = apply(messages);
    if (next !== messages) this.state.patch({ messages: next });
  }

  /** What is known without asking. */
  known(conversationId: string): readonly Message[] | undefined {
    return this.kept.get(conversationId)?.messages;
  }

  private async load(id: string, count: number): Promise<void> {
    try {
      const got = await this.api.conversation(id, count, { signal: this.controller.signal });
      const messages = [...got.messages].sort((a, b) => a.date_ms - b.date_ms);
      this.keep(id, got.conversation.subject, messages);
      this.onMessages(messages);
      const now = this.state.value;
      if (now.id !== id) return;
      const known = new Set(now.messages.map((m) => m.id));
      const fresh = messages.filter((m) => !known.has(m.id));
      const expanded =
        known.size === 0 ? expandedAtFirst(messages) : new Set([...now.expanded, ...fresh.map((m) => m.id)]);
      this.state.patch({
        subject: got.conversation.subject || now.subject,
        messages,
        expanded,
        loading: false,
        error: undefined,
      });
      for (const m of messages) if (expanded.has(m.id) && !m.body) void this.loadBody(m.id);
    } catch (error) {
      if (this.state.value.id === id && !this.controller.signal.aborted) {
        this.state.patch({ loading: false, error: this.state.value.messages.length > 0 ? undefined : error });
      }
    }
  }

  private async loadBody(id: string): Promise<void> {
    try {
      const got = await this.api.message(id, { signal: this.controller.signal });
      if (got) this.patch(id, (m) => ({ ...m, body: got.body, attachments: got.attachments }));
    } catch (error) {
      if (!this.controller.signal.aborted) this.state.patch({ error });
    }
  }

  private keep(id: string, subject: string, messages: readonly Message[]): void {
    this.kept.delete(id);
    this.kept.set(id, { subject, messages });
    const oldest = this.kept.keys().next();
    if (this.kept.size > KEPT_CONVERSATIONS_MAX && !oldest.done) this.kept.delete(oldest.value);
  }
}

/** What is unread, and the newest. */
function expandedAtFirst(messages: readonly Message[]): ReadonlySet<string> {
  const open = new Set(messages.filter((m) => m.state.unread).map((m) => m.id));
  const last = messages.at(-1);
  if (last) open.add(last.id);
  return open;
}
