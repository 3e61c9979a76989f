// SPDX-License-Identifier: AGPL-3.0-or-later
/** Wires the core together: one object that the views are given. */
import { Actions } from './actions';
import { isSignedOut } from './api/fault';
import { AccountApi, type Account } from './api/account';
import { FiltersApi } from './api/filters';
import { ContactsApi } from './api/contacts';
import { SourcesApi } from './api/sources';
import { MailApi } from './api/mail';
import { Transport, type Fetch } from './api/transport';
import type { Upload } from './api/upload';
import { Composers } from './compose/composers';
import { Live } from './live';
import { needles, type Needle } from './search/highlight';
import { RecentSearches } from './search/recent';
import { Receipts } from './receipt';
import { FOLDER, type Folder, type Grouping, type Tag } from './model';
import { Contacts } from './store/contacts';
import { folderQuery, Folders } from './store/folders';
import { ConversationList } from './store/list';
import { People } from './store/people';
import { Profile } from './store/profile';
import { Reader } from './store/reader';
import { Selection } from './store/selection';
import { Store } from './store/store';
import { tagQuery, Tags } from './store/tags';
import { Toasts } from './store/toasts';

export type SessionState =
  { phase: 'starting' } | { phase: 'signedOut'; expired: boolean } | { phase: 'signedIn'; account: Account };

/** What the list shows. */
export type Place =
  { kind: 'folder'; folder: string } | { kind: 'tag'; tag: string } | { kind: 'search'; query: string };

/** Where the CSRF token outlives a reload of this tab; it is worth nothing without the HttpOnly cookie. */
export interface TokenShelf {
  load: () => string | undefined;
  save: (token: string | undefined) => void;
}

export class App {
  readonly transport: Transport;
  readonly api: MailApi;
  readonly account: AccountApi;
  readonly profile: Profile;
  readonly session = new Store<SessionState>({ phase: 'starting' });
  readonly place = new Store<Place>({ kind: 'folder', folder: FOLDER.inbox });
  readonly folders = new Folders();
  readonly tags = new Tags();
  readonly list: ConversationList;
  readonly selection = new Selection();
  readonly reader: Reader;
  readonly receipts: Receipts;
  readonly people = new People();
  readonly recent = new RecentSearches();
  /** What the search on screen looks for, to be marked where it stands. */
  readonly needles = new Store<readonly Needle[]>([]);
  readonly toasts = new Toasts();
  readonly filters: FiltersApi;
  readonly sources: SourcesApi;
  readonly contacts: Contacts;
  readonly upload: Upload;
  readonly composers: Composers;
  readonly actions: Actions;
  readonly live: Live;

  /** What the views hold of this person goes, too. */
  onForget: () => void = () => undefined;

  /** What a row stands for, but among drafts: each of those is a letter of its own, with its own time. */
  private grouping: Grouping = 'conversation';

  /** Whose things are on this page; known until it is closed. */
  private owner: string | undefined;

  constructor(
    fetch: Fetch,
    uploader: (csrf: () => string | undefined) => Upload,
    private readonly shelf: TokenShelf,
  ) {
    this.transport = new Transport(fetch);
    this.api = new MailApi(this.transport);
    this.account = new AccountApi(this.transport);
    this.profile = new Profile(this.account);
    this.filters = new FiltersApi(this.transport);
    this.sources = new SourcesApi(this.transport);
    this.contacts = new Contacts(new ContactsApi(this.transport), this.toasts);
    this.list = new ConversationList(this.api);
    this.reader = new Reader(this.api);
    this.receipts = new Receipts(this.api, this.reader);
    this.upload = uploader(() => this.transport.csrfToken);
    this.composers = new Composers(this.api, this.upload, this.toasts);
    this.live = new Live(this);
    this.actions = new Actions(this);
    this.actions.folder = () => (this.place.value.kind === 'folder' ? this.place.value.folder : undefined);
    this.transport.onSignedOut = () => this.lostSession();
    this.list.onArrived = (rows) => this.people.learn(rows.flatMap((r) => r.people));
    this.reader.onMessages = (messages) => this.people.learn(messages.flatMap((m) => m.people));
  }

  /** The page was opened: is there still a session in the cookie? */
  async resume(): Promise<void> {
    try {
      this.transport.csrfToken = this.shelf.load();
      // A tab of its own has no token yet, but the cookie may still be good for one.
      if (this.transport.csrfToken === undefined) await this.api.resume();
      await this.begin();
    } catch {
      this.transport.wantSession = false;
      this.transport.csrfToken = undefined;
      this.transport.forgetSession();
      this.session.set({ phase: 'signedOut', expired: false });
    }
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.api.signIn(name, password);
    await this.begin();
  }

  /** Who has no session yet, as the password has expired. */
  async renewPassword(name: string, old: string, next: string): Promise<void> {
    await this.account.changePassword(name, old, next);
    await this.signIn(name, next);
  }

  /** Every older session ends with it, the one of this page too: it gets another. */
  async changePassword(name: string, old: string, next: string): Promise<void> {
    this.live.stop();
    try {
      await this.account.changePassword(name, old, next);
      this.transport.forgetSession();
      await this.api.resume();
      this.shelf.save(this.transport.csrfToken);
    } finally {
      this.live.start();
    }
  }

  /** Nothing that was written is lost by it: what can't be kept keeps the session. */
  async signOut(): Promise<void> {
    try {
      await this.composers.settle();
    } catch (error) {
      this.toasts.error(error);
      return;
    }
    this.live.stop();
    await this.api.signOut().catch(() => undefined);
    this.forgetAll();
    this.session.set({ phase: 'signedOut', expired: false });
  }

  async show(place: Place): Promise<void> {
    this.place.set(place);
    this.selection.reset();
    this.reader.close();
    if (place.kind === 'search') this.recent.learn(place.query);
    this.needles.set(this.needlesOf(place));
    const shared = place.kind === 'folder' ? this.folders.get(place.folder)?.remote : undefined;
    this.live.watch(shared !== undefined);
    this.list.by = place.kind === 'folder' && place.folder === FOLDER.drafts ? 'message' : this.grouping;
    await this.list.open(this.queryOf(place), shared?.account);
  }

  /** Conversations, or each message in a row of its own. */
  async group(by: Grouping): Promise<void> {
    if (this.grouping === by) return;
    this.grouping = by;
    if (this.session.value.phase === 'signedIn') await this.show(this.place.value);
  }

  queryOf(place: Place): string {
    if (place.kind === 'search') return place.query;
    if (place.kind === 'tag') {
      const tag: Tag | undefined = this.tags.get(place.tag);
      return tag ? tagQuery(tag) : `inid:${FOLDER.inbox}`;
    }
    const folder: Folder | undefined = this.folders.get(place.folder);
    return folder ? folderQuery(folder) : `inid:${place.folder}`;
  }

  private needlesOf(place: Place): Needle[] {
    if (place.kind === 'search') return needles(place.query);
    const folder = place.kind === 'folder' ? this.folders.get(place.folder) : undefined;
    return folder?.kind === 'search' ? needles(folder.query) : [];
  }

  private async begin(): Promise<void> {
    this.transport.wantSession = true;
    this.shelf.save(this.transport.csrfToken);
    // The first answer brings the session that the others name: three at once would open three.
    const { account, profile } = await this.account.info();
    // Somebody else at the same screen: what is open here is not theirs, and nothing of it may act from now on.
    if (this.owner !== undefined && this.owner !== account.id) this.forgetOpen();
    this.owner = account.id;
    this.api.ownId = account.id;
    this.profile.reset(profile);
    const [folders, tags] = await Promise.all([this.api.folders(), this.api.tags()]);
    const { phase } = this.session.value;
    this.folders.reset(folders);
    this.tags.reset(tags);
    this.session.set({ phase: 'signedIn', account });
    this.people.learn([{ address: account.name, name: account.displayName }]);
    this.live.start();
    // Signed in again over an expired session: what was on screen stays.
    if (phase !== 'signedIn') await this.show(this.place.value);
  }

  private lostSession(): void {
    if (this.session.value.phase !== 'signedIn') return;
    this.live.stop();
    this.transport.wantSession = false;
    this.transport.forgetSession();
    this.session.set({ phase: 'signedOut', expired: true });
  }

  private forgetAll(): void {
    this.shelf.save(undefined);
    this.transport.wantSession = false;
    this.transport.csrfToken = undefined;
    this.transport.forgetSession();
    this.folders.reset([]);
    this.tags.reset([]);
    this.profile.reset();
    this.selection.reset();
    this.forgetOpen();
    this.place.set({ kind: 'folder', folder: FOLDER.inbox });
  }

  private forgetOpen(): void {
    this.reader.forget();
    this.receipts.forget();
    this.people.clear();
    this.recent.clear();
    this.contacts.forget();
    this.composers.forget();
    this.toasts.clear();
    this.onForget();
  }
}

export { isSignedOut };
