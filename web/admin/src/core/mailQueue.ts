// SPDX-License-Identifier: AGPL-3.0-or-later
/** What waits to be sent, and what the scanner withheld. */
import { list, text, truthy } from '$kit/core/api/decode';
import type { Many, Text } from '$kit/core/api/types';
import type { Admin } from './api';

export const QUEUES = ['deferred', 'incoming', 'active', 'hold'] as const;
export type QueueName = (typeof QUEUES)[number];
export const QUEUE_FIELDS = ['reason', 'todomain', 'fromdomain', 'to', 'from'] as const;
export type QueueField = (typeof QUEUE_FIELDS)[number];
export const QUEUE_ACTIONS = ['hold', 'release', 'requeue', 'delete'] as const;
export type QueueAction = (typeof QUEUE_ACTIONS)[number];

export interface QueueInfo {
  /** There is an MTA of this system's. */
  installed: boolean;
  counts: Record<QueueName, number>;
}

export interface Waiting {
  id: string;
  /** Milliseconds since 1970. */
  arrived: number;
  size: number;
  from: string;
  to: string[];
  /** How many recipients there are. */
  recipients: number;
  reason: string;
}

export interface QueuePage {
  messages: Waiting[];
  total: number;
  more: boolean;
  /** That the server did not look at, since there are too many. */
  unknown: number;
  groups: Record<QueueField, { value: string; count: number }[]>;
}

export type QueueFilter = Partial<Record<QueueField, string>>;

interface WireQueue {
  name?: string;
  n?: number | string;
  total?: number | string;
  more?: boolean | string | number;
  unknown?: number | string;
  qs?: Many<{ type?: string; qsi?: Many<{ n?: number | string; t?: string }> }>;
  qi?: Many<Record<string, string | number | undefined>>;
}
type WireServer = { server?: Many<{ name?: string; installed?: boolean; queue?: Many<WireQueue> }> };

const said = (value: string | number | undefined): string => (value === undefined ? '' : String(value));

function query(filter: QueueFilter): object {
  const fields = Object.entries(filter).filter(([, value]) => value !== undefined);
  return { field: fields.map(([name, value]) => ({ name, match: { value } })) };
}

export class MailQueue {
  constructor(private readonly admin: Admin) {}

  /** As the server calls itself. */
  private host = '';

  private async server(): Promise<string> {
    if (this.host === '') await this.info();
    return this.host;
  }

  async info(): Promise<QueueInfo> {
    const answer = await this.admin.ask<WireServer>('GetMailQueueInfo');
    const [server] = list(answer.server);
    this.host = server?.name ?? '';
    const of = (name: QueueName): number =>
      Number(list(server?.queue).find((queue) => queue.name === name)?.n ?? 0);
    return {
      installed: truthy(server?.installed),
      counts: { deferred: of('deferred'), incoming: of('incoming'), active: of('active'), hold: of('hold') },
    };
  }

  async page(name: QueueName, filter: QueueFilter, offset: number, limit: number): Promise<QueuePage> {
    const answer = await this.admin.ask<WireServer>('GetMailQueue', {
      server: {
        name: await this.server(),
        queue: { name, scan: '1', query: { offset, limit, ...query(filter) } },
      },
    });
    const [queue] = list(list(answer.server)[0]?.queue);
    const group = (type: QueueField): { value: string; count: number }[] =>
      list(list(queue?.qs).find((one) => one.type === type)?.qsi).map(({ n, t }) => ({
        value: t ?? '',
        count: Number(n ?? 0),
      }));
    return {
      messages: list(queue?.qi).map((one) => ({
        id: said(one['id']),
        arrived: Number(one['time'] ?? 0),
        size: Number(one['size'] ?? 0),
        from: said(one['from']),
        to: said(one['to']).split(',').filter(Boolean),
        recipients: Number(one['recipients'] ?? 0),
        reason: said(one['reason']),
      })),
      total: Number(queue?.total ?? 0),
      more: truthy(queue?.more),
      unknown: Number(queue?.unknown ?? 0),
      groups: {
        reason: group('reason'),
        todomain: group('todomain'),
        fromdomain: group('fromdomain'),
        to: group('to'),
        from: group('from'),
      },
    };
  }

  /** These, or all that a filter finds. Answers how many there were. */
  async act(name: QueueName, op: QueueAction, what: readonly string[] | QueueFilter): Promise<number> {
    const action = Array.isArray(what)
      ? { op, by: 'id', _content: what.join(',') }
      : { op, by: 'query', query: query(what as QueueFilter) };
    const answer = await this.admin.ask<WireServer>('MailQueueAction', {
      server: { name: await this.server(), queue: { name, action } },
    });
    return Number(list(list(answer.server)[0]?.queue)[0]?.n ?? 0);
  }

  async flush(): Promise<void> {
    await this.admin.ask('MailQueueFlush', { server: { name: await this.server() } });
  }
}

export interface Withheld {
  id: number;
  /** Milliseconds since 1970. */
  date: number;
  from: string;
  to: string[];
  /** In the scanner's words. */
  why: string;
  subject: string;
  size: number;
  released: boolean;
}
export interface Shown extends Withheld {
  text: string;
  source: string;
  scanner: string;
  /** Octets of the source that are not shown. */
  leftOut: number;
  attachments: { name: string; type: string; size: number }[];
}

type WireWithheld = Record<
  'date' | 'from' | 'to' | 'why' | 'subject' | 'size',
  string | number | undefined
> & {
  id?: number | string;
  released?: boolean | string | number;
};
type WireShown = WireWithheld & {
  text?: Many<Text>;
  message?: Many<Text>;
  scanner?: Many<Text>;
  leftOut?: number | string;
  attachment?: Many<{ filename?: string; ct?: string; s?: number | string }>;
};

const withheld = (wire: WireWithheld): Withheld => ({
  id: Number(wire.id ?? 0),
  date: Number(wire.date ?? 0),
  from: said(wire.from),
  to: said(wire.to).split(',').filter(Boolean),
  why: said(wire.why),
  subject: said(wire.subject),
  size: Number(wire.size ?? 0),
  released: truthy(wire.released),
});

export class Quarantine {
  constructor(private readonly admin: Admin) {}

  /** Undefined: nothing is withheld on this system. */
  async list(search: string): Promise<{ messages: Withheld[]; more: boolean } | undefined> {
    const answer = await this.admin.ask<{ exists?: boolean; more?: boolean; message?: Many<WireWithheld> }>(
      'GetQuarantine',
      search === '' ? {} : { query: search },
    );
    if (!truthy(answer.exists)) return undefined;
    return { messages: list(answer.message).map(withheld), more: truthy(answer.more) };
  }

  async show(id: number): Promise<Shown> {
    const answer = await this.admin.ask<{ message?: Many<WireShown> }>('GetQuarantineMessage', { id });
    const [wire] = list(answer.message);
    if (!wire) throw new Error('no message');
    const of = (one: Many<Text> | undefined): string => text(list(one)[0]);
    return {
      ...withheld(wire),
      text: of(wire.text),
      source: of(wire.message),
      scanner: of(wire.scanner),
      leftOut: Number(wire.leftOut ?? 0),
      attachments: list(wire.attachment).map(({ filename, ct, s }) => ({
        name: filename ?? '',
        type: ct ?? '',
        size: Number(s ?? 0),
      })),
    };
  }

  /** Answers what was not let go, and why. */
  async release(ids: readonly number[]): Promise<{ id: number; why: string }[]> {
    const answer = await this.admin.ask<{ failed?: Many<{ id?: number | string; why?: string }> }>(
      'QuarantineAction',
      { action: { op: 'release', ids: ids.join(',') } },
    );
    return list(answer.failed).map(({ id, why }) => ({ id: Number(id ?? 0), why: why ?? '' }));
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.admin.ask('QuarantineAction', { action: { op: 'delete', ids: ids.join(',') } });
  }
}
