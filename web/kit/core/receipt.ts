// SPDX-License-Identifier: AGPL-3.0-or-later
/** Read receipts (RFC 8098): who asks for one, and that it is sent only when the person says so. */
import type { MailApi } from './api/mail';
import { accountOf, type Message, type Person } from './model';
import type { Reader } from './store/reader';
import { Store } from './store/store';

/**
 * Who is to be told that a message was read. Nobody, where the server would send no report: own messages, those of another's mailbox,
 * those that came by a list, and where several addresses are named (RFC 8098 §2.1).
 */
export function receiptTo(m: Message): Person | undefined {
  const [to, ...more] = m.people.filter((p) => p.role === 'receipt' && p.address !== '');
  const foreign = m.state.draft || m.state.sent || accountOf(m.id) !== undefined;
  const byList = m.listId !== '' || m.unsubscribe !== undefined;
  return foreign || byList || more.length > 0 ? undefined : to;
}

export class Receipts {
  /** Messages whose senders are not to be told now; asked again on another day. */
  readonly declined = new Store<ReadonlySet<string>>(new Set());

  constructor(
    private readonly api: MailApi,
    private readonly reader: Reader,
  ) {}

  decline(id: string): void {
    this.declined.update((all) => new Set([...all, id]));
  }

  /** Once at most: the server knows whether it was sent. */
  async send(id: string): Promise<void> {
    await this.api.sendReceipt(id);
    this.reader.patch(id, (m) => ({ ...m, state: { ...m.state, notified: true } }));
  }

  forget(): void {
    this.declined.set(new Set());
  }
}
