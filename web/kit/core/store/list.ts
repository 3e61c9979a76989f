// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * The conversation list on screen: one query, its rows, which pages are on their way.
 *
 * Changes from elsewhere come in two kinds. What changed *in* a row is patched in place at once. What may have
 * changed *which* rows there are (new mail, a move) makes the list fetch its visible window again, quietly, a
 * moment later, and not while own actions are under way, whose rows are already gone on screen.
 */
import { state as decodeState } from '../api/decode';
import type { MailApi } from '../api/mail';
import type { WireConversation } from '../api/types';
import type { Conversation, Grouping } from '../model';
import { PAGE_ROWS, Rows, ROWS_HELD_MAX } from './rows';
import { Store } from './store';

export interface ListState {
  query: string;
  /** Whose mailbox, if it is not one's own. */
  account: string | undefined;
  rows: Rows;
  /** The first page of a new query is on its way. */
  loading: boolean;
  error: unknown;
}

export const REVALIDATE_DELAY_MS = 150;

export class ConversationList {
  readonly state = new Store<ListState>({
    query: '',
    account: undefined,
    rows: new Rows(),
    loading: false,
    error: undefined,
  });
  /** Told after a quiet refetch: by how many rows the first visible row has moved. */
  onShift: (rows: number) => void = () => undefined;
  onArrived: (items: readonly Conversation[]) => void = () => undefined;

  /** What a row stands for; a change counts from the next `open`. */
  by: Grouping = 'conversation';

  private generation = 0;
  private readonly inFlight = new Set<number>();
  private window = { first: 0, last: PAGE_ROWS - 1 };
  private busy = 0;
  private stale = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private controller = new AbortController();

  constructor(private readonly api: MailApi) {}

  get rows(): Rows {
    return this.state.value.rows;
  }

  async open(query: string, account?: string): Promise<void> {
    this.generation++;
    this.controller.abort();
    this.controller = new AbortController();
    this.inFlight.clear();
    this.stale = false;
    clearTimeout(this.timer);
    this.window = { first: 0, last: PAGE_ROWS - 1 };
    this.state.set({ query, account, rows: new Rows(), loading: true, error: undefined });
    await this.fetchPage(0);
  }

  reload(): Promise<void> {
    return this.open(this.state.value.query, this.state.value.account);
  }

  /** The view shows these positions now. */
  show(first: number, last: number): void {
    this.window = { first, last };
    for (const page of this.rows.missing(first, last)) void this.fetchPage(page);
    if (this.rows.held > ROWS_HELD_MAX) {
      this.rows.keepOnly(first - ROWS_HELD_MAX / 4, last + ROWS_HELD_MAX / 4);
    }
  }

  change(change: (rows: Rows) => void): void {
    change(this.rows);
    this.state.patch({});
  }

  patch(id: string, change: (row: Conversation) => Conversation): void {
    const row = this.rows.at(this.rows.indexOf(id));
    if (row) this.change((rows) => rows.replaceRow(change(row)));
  }

  /** A conversation changed somewhere: what the block says about it is true now. */
  applyModified(wire: WireConversation): void {
    this.patch(String(wire.id), (row) => {
      const flags = wire.f === undefined ? undefined : decodeState(wire.f);
      const unread = wire.u === undefined ? flags?.unread : wire.u > 0 || flags?.unread === true;
      return {
        ...row,
        state: { ...row.state, ...flags, ...(unread === undefined ? {} : { unread }) },
        ...(wire.t === undefined ? {} : { tags: wire.t.split(',').filter(Boolean) }),
        ...(wire.n === undefined ? {} : { count: wire.n }),
      };
    });
  }

  /** Runs an own action: no quiet refetch before it is over. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work();
    } finally {
      this.busy--;
      if (this.busy === 0 && this.stale) this.revalidate();
    }
  }

  revalidate(): void {
    this.stale = true;
    if (this.busy > 0 || this.state.value.query === '') return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refetch(), REVALIDATE_DELAY_MS);
  }

  private async refetch(): Promise<void> {
    if (this.busy > 0) return;
    this.stale = false;
    const generation = this.generation;
    const { first, last } = this.window;
    const from = Math.floor(first / PAGE_ROWS) * PAGE_ROWS;
    const limit = (Math.floor(last / PAGE_ROWS) + 1) * PAGE_ROWS - from;
    const { query, account } = this.state.value;
    try {
      const page = await this.api.search(query, from, limit, this.by, {
        signal: this.controller.signal,
        account,
      });
      if (generation !== this.generation) return;
      if (this.busy > 0) {
        this.stale = true;
        return;
      }
      const anchor = this.rows.at(first);
      const fresh = new Rows();
      fresh.length = page.more ? this.rows.length : 0;
      fresh.place(from, page.items, page.more, page.total);
      this.state.patch({ rows: fresh, error: undefined, loading: false });
      const moved = anchor ? fresh.indexOf(anchor.id) : -1;
      if (moved >= 0 && moved !== first) this.onShift(moved - first);
      this.onArrived(page.items);
    } catch {
      // Nobody asked for this fetch: the connection banner tells if the server is away.
      if (generation === this.generation) this.stale = true;
    }
  }

  private async fetchPage(page: number): Promise<void> {
    if (this.inFlight.has(page)) return;
    const generation = this.generation;
    this.inFlight.add(page);
    const offset = page * PAGE_ROWS;
    try {
      const { query, account } = this.state.value;
      const got = await this.api.search(query, offset, PAGE_ROWS, this.by, {
        signal: this.controller.signal,
        account,
      });
      if (generation !== this.generation) return;
      this.rows.place(offset, got.items, got.more, got.total);
      this.state.patch({ loading: false, error: undefined });
      this.onArrived(got.items);
    } catch (error) {
      if (generation === this.generation) this.state.patch({ loading: false, error });
    } finally {
      if (generation === this.generation) this.inFlight.delete(page);
    }
  }
}
