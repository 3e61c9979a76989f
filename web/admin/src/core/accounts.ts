// SPDX-License-Identifier: AGPL-3.0-or-later
/** What only accounts have: passwords, use of their mailboxes, lists they are in. And members of lists. */
import { list, text, truthy } from '$kit/core/api/decode';
import type { Many, Text } from '$kit/core/api/types';
import type { Admin } from './api';

export interface Usage {
  used: number;
  /** 0: no limit. */
  limit: number;
}

export interface Reindexing {
  isRunning: boolean;
  done: number;
  left: number;
}

export interface Membership {
  id: string;
  name: string;
  via: string;
}

export class Accounts {
  constructor(private readonly admin: Admin) {}

  async setPassword(id: string, newPassword: string): Promise<void> {
    await this.admin.ask('SetPassword', { id, newPassword });
  }

  /** Of those of the accounts whose use may be seen. */
  async usage(ids: readonly string[]): Promise<Map<string, Usage>> {
    if (ids.length === 0) return new Map();
    const answer = await this.admin.ask<{ account?: Many<{ id?: string; used?: number; limit?: number }> }>(
      'GetQuotaUsage',
      { account: ids.map((id) => ({ by: 'id', _content: id })) },
    );
    return new Map(
      list(answer.account).map((a) => [
        a.id ?? '',
        { used: Number(a.used ?? 0), limit: Number(a.limit ?? 0) },
      ]),
    );
  }

  async memberships(id: string): Promise<Membership[]> {
    const answer = await this.admin.ask<{ dl?: Many<{ id?: string; name?: string; via?: string }> }>(
      'GetAccountMembership',
      { account: { by: 'id', _content: id } },
    );
    return list(answer.dl).map(({ id: dl = '', name = '', via = '' }) => ({ id: dl, name, via }));
  }

  /** From now on the web client in this browser is its owner's. The server notes in its audit log who asked for it. */
  async enter(id: string): Promise<void> {
    await this.admin.ask('DelegateAuth', { setCookie: '1', account: { by: 'id', _content: id } });
  }

  async reindex(id: string, action: 'start' | 'status' | 'cancel'): Promise<Reindexing> {
    const answer = await this.admin.ask<{
      status?: string;
      progress?: Many<{ numSucceeded?: number; numRemaining?: number }>;
    }>('ReIndex', { action, mbox: { id } });
    const [progress] = list(answer.progress);
    return {
      isRunning: answer.status === 'running' || answer.status === 'started',
      done: Number(progress?.numSucceeded ?? 0),
      left: Number(progress?.numRemaining ?? 0),
    };
  }

  async purge(id: string): Promise<void> {
    await this.admin.ask('PurgeMessages', { mbox: { id } });
  }
}

export class Members {
  constructor(private readonly admin: Admin) {}

  async page(
    id: string,
    offset: number,
    limit: number,
  ): Promise<{ members: string[]; total: number; more: boolean }> {
    const answer = await this.admin.ask<{
      dl?: Many<{ dlm?: Many<Text> }>;
      total?: number;
      more?: boolean;
    }>('GetDistributionList', { dl: { by: 'id', _content: id }, offset, limit });
    return {
      members: list(list(answer.dl)[0]?.dlm as Many<string>).map((member) => text(member)),
      total: Number(answer.total ?? 0),
      more: truthy(answer.more),
    };
  }

  async add(id: string, members: readonly string[]): Promise<void> {
    await this.admin.ask('AddDistributionListMember', { id, dlm: members.map((_content) => ({ _content })) });
  }

  async remove(id: string, members: readonly string[]): Promise<void> {
    await this.admin.ask('RemoveDistributionListMember', {
      id,
      dlm: members.map((_content) => ({ _content })),
    });
  }
}

/** Where the web client is, seen from this page: on the same host, since its cookie is this host's. */
export function clientUrl(publicUrl: string, hostname: string): string {
  const HTTPS = '443';
  const port = URL.canParse(publicUrl) ? new URL(publicUrl).port || HTTPS : HTTPS;
  return `https://${hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname}${port === HTTPS ? '' : `:${port}`}/`;
}
