// SPDX-License-Identifier: AGPL-3.0-or-later
/** Wires the core of the console together: one object that the views are given. */
import type { TokenShelf } from '$kit/core/app';
import { Transport, type Fetch } from '$kit/core/api/transport';
import { Store } from '$kit/core/store/store';
import { Toasts } from '$kit/core/store/toasts';
import { Accounts, Members } from './accounts';
import { Admin, Entries, type Me } from './api';
import { BackupJobs } from './backups';
import { Config } from './config';
import { explain } from './fault';
import { Grants } from './grants';
import { Logs } from './logs';
import { MailQueue, Quarantine } from './mailQueue';
import { areasFor, Powers, type Area } from './powers';
import { Statistics } from './statistics';
import { Storage } from './storage';
import { System } from './system';

export type SessionState =
  | { phase: 'starting' }
  | { phase: 'signedOut'; expired: boolean }
  | { phase: 'signedIn'; me: Me; powers: Powers; areas: Area[] };

export class Console {
  readonly transport: Transport;
  readonly admin: Admin;
  readonly account: Entries;
  readonly domain: Entries;
  readonly cos: Entries;
  readonly list: Entries;
  readonly resource: Entries;
  readonly accounts: Accounts;
  readonly members: Members;
  readonly grants: Grants;
  readonly server: Entries;
  readonly config: Config;
  readonly storage: Storage;
  readonly backups: BackupJobs;
  readonly mailQueue: MailQueue;
  readonly quarantine: Quarantine;
  readonly statistics: Statistics;
  readonly logs: Logs;
  readonly system: System;
  readonly toasts = new Toasts(explain);
  readonly session = new Store<SessionState>({ phase: 'starting' });
  readonly reachable = new Store(true);

  constructor(
    fetch: Fetch,
    private readonly shelf: TokenShelf,
  ) {
    this.transport = new Transport(fetch, '/service/admin/soap/');
    this.transport.onSignedOut = () => this.lostSession();
    this.transport.onReachable = (is) => {
      if (this.reachable.value !== is) this.reachable.set(is);
    };
    this.admin = new Admin(this.transport);
    this.account = new Entries(this.admin, 'Account', 'account', 'account');
    this.domain = new Entries(this.admin, 'Domain', 'domain', 'domain');
    this.cos = new Entries(this.admin, 'Cos', 'cos', 'cos');
    this.list = new Entries(this.admin, 'DistributionList', 'dl', 'dl');
    this.resource = new Entries(this.admin, 'CalendarResource', 'calresource', 'calresource');
    this.accounts = new Accounts(this.admin);
    this.members = new Members(this.admin);
    this.grants = new Grants(this.admin);
    this.server = new Entries(this.admin, 'Server', 'server', 'server');
    this.config = new Config(this.admin);
    this.storage = new Storage(this.admin);
    this.backups = new BackupJobs(this.admin);
    this.mailQueue = new MailQueue(this.admin);
    this.quarantine = new Quarantine(this.admin);
    this.statistics = new Statistics(this.admin);
    this.logs = new Logs(this.admin);
    this.system = new System(this.admin);
  }

  get powers(): Powers {
    const session = this.session.value;
    return session.phase === 'signedIn' ? session.powers : new Powers(false, []);
  }

  /** The page was opened: is there still a session in the cookie? */
  async resume(): Promise<void> {
    try {
      this.transport.csrfToken = this.shelf.load();
      // A tab of its own has no token yet, but the cookie may still be good for one.
      if (this.transport.csrfToken === undefined) await this.admin.resume();
      await this.begin();
    } catch {
      this.forget();
      this.session.set({ phase: 'signedOut', expired: false });
    }
  }

  async signIn(name: string, password: string): Promise<void> {
    // A token of the session before says nothing about this one.
    this.transport.csrfToken = undefined;
    await this.admin.signIn(name, password);
    await this.begin();
  }

  async signOut(): Promise<void> {
    await this.admin.signOut().catch(() => undefined);
    this.forget();
    this.session.set({ phase: 'signedOut', expired: false });
  }

  private async begin(): Promise<void> {
    this.shelf.save(this.transport.csrfToken);
    const me = await this.admin.me();
    // Who may do everything needs no list of it.
    const powers = new Powers(me.isGlobal, me.isGlobal ? [] : await this.admin.held());
    this.session.set({ phase: 'signedIn', me, powers, areas: areasFor(powers) });
  }

  private lostSession(): void {
    if (this.session.value.phase !== 'signedIn') return;
    this.forget();
    this.session.set({ phase: 'signedOut', expired: true });
  }

  private forget(): void {
    this.shelf.save(undefined);
    this.transport.csrfToken = undefined;
  }
}
