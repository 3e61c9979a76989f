// SPDX-License-Identifier: AGPL-3.0-or-later
/** What the server says of itself. Each answer needs a right of its own, so each is asked alone. */
import { list, text, truthy } from '$kit/core/api/decode';
import type { Many } from '$kit/core/api/types';
import type { Admin } from './api';

export interface Service {
  server: string;
  name: string;
  runs: boolean;
}
export interface ServiceStatus {
  services: Service[];
  alerts: string[];
  /** When the supervisor wrote it, in milliseconds since 1970. */
  at: number;
}
export interface Largest {
  id: string;
  name: string;
  used: number;
  limit: number;
}

export class System {
  constructor(private readonly admin: Admin) {}

  async status(): Promise<ServiceStatus> {
    const answer = await this.admin.ask<{
      status?: Many<{ server?: string; service?: string; t?: number; _content?: string }>;
      alert?: Many<{ _content?: string } | string>;
    }>('GetServiceStatus');
    const services = list(answer.status);
    return {
      services: services.map((s) => ({
        server: s.server ?? '',
        name: s.service ?? '',
        runs: truthy(text(s)),
      })),
      alerts: list(answer.alert).map((a) => text(a)),
      at: Math.max(0, ...services.map((s) => Number(s.t ?? 0))) * 1000,
    };
  }

  async isHealthy(): Promise<boolean> {
    return truthy((await this.admin.ask<{ healthy?: boolean }>('CheckHealth')).healthy);
  }

  async version(): Promise<{ version: string; host: string }> {
    const answer = await this.admin.ask<{ info?: Many<{ version?: string; host?: string }> }>(
      'GetVersionInfo',
    );
    const [info] = list(answer.info);
    return { version: info?.version ?? '', host: info?.host ?? '' };
  }

  async mailboxes(): Promise<{ count: number; octets: number }> {
    const answer = await this.admin.ask<{ stats?: Many<{ numMboxes?: number; totalSize?: number }> }>(
      'GetMailboxStats',
    );
    const [stats] = list(answer.stats);
    return { count: Number(stats?.numMboxes ?? 0), octets: Number(stats?.totalSize ?? 0) };
  }

  async byDomain(): Promise<{ name: string; used: number }[]> {
    const answer = await this.admin.ask<{ domain?: Many<{ name?: string; used?: number }> }>(
      'ComputeAggregateQuotaUsage',
    );
    return list(answer.domain).map((d) => ({ name: d.name ?? '', used: Number(d.used ?? 0) }));
  }

  /** The fullest first, or the largest. Without a domain only for who may do everything. */
  async largest(by: 'percentUsed' | 'totalUsed', limit: number, domain?: string): Promise<Largest[]> {
    const answer = await this.admin.ask<{
      account?: Many<{ id?: string; name?: string; used?: number; limit?: number }>;
    }>('GetQuotaUsage', { sortBy: by, limit, offset: 0, sortAscending: '0', ...(domain ? { domain } : {}) });
    return list(answer.account).map((a) => ({
      id: a.id ?? '',
      name: a.name ?? '',
      used: Number(a.used ?? 0),
      limit: Number(a.limit ?? 0),
    }));
  }

  async sessions(): Promise<{ name: string; count: number }[]> {
    const answer = await this.admin.ask<{
      soap?: Many<{ zid?: Many<{ name?: string; s?: Many<object> }> }>;
    }>('DumpSessions', { listSessions: '1', groupByAccount: '1' });
    return list(list(answer.soap)[0]?.zid).map((z) => ({ name: z.name ?? '', count: list(z.s).length }));
  }

  /** Accounts of a domain by class of service. */
  async countByCos(domain: string): Promise<{ id: string; name: string; count: number }[]> {
    const answer = await this.admin.ask<{
      cos?: Many<{ id?: string; name?: string; _content?: string | number }>;
    }>('CountAccount', { domain: { by: 'id', _content: domain } });
    return list(answer.cos).map((c) => ({
      id: c.id ?? '',
      name: c.name ?? '',
      count: Number(c._content ?? 0),
    }));
  }
}
