// SPDX-License-Identifier: AGPL-3.0-or-later
/** Who did what, what components wrote, and what the DNS says of a domain. */
import { list, text, truthy } from '$kit/core/api/decode';
import type { Many, Text } from '$kit/core/api/types';
import type { Admin } from './api';

export interface AuditLine {
  /** Milliseconds since 1970; 0: the line does not say. */
  at: number;
  /** What happened: login, ModifyAccount. */
  what: string;
  facts: { name: string; value: string }[];
  level: string;
}

/** `login protocol="soap" account=ann@a.test peer=Some(192.0.2.1:5)`: words, then facts. */
export function readAudit(time: string, level: string, line: string): AuditLine {
  const facts: AuditLine['facts'] = [];
  const FACT = /(?:^|\s)([a-z_][\w.]*)=("(?:[^"\\]|\\.)*"|\S*)/g;
  const first = line.search(FACT);
  const what = first < 0 ? line : line.slice(0, first);
  for (const [, name = '', raw = ''] of line.slice(Math.max(0, first)).matchAll(FACT))
    facts.push({ name, value: plain(raw) });
  return {
    at: Date.parse(time) || 0,
    what: what.trim(),
    facts: facts.filter(({ value }) => value !== ''),
    level,
  };
}

function plain(raw: string): string {
  const quoted = /^"(.*)"$/s.exec(raw)?.[1]?.replace(/\\(["\\])/g, '$1') ?? raw;
  const some = /^Some\((.*)\)$/s.exec(quoted)?.[1] ?? quoted;
  return some === 'None' ? '' : some;
}

export interface DnsRecord {
  name: string;
  type: string;
  /** Empty: whoever knows the address fills it in. */
  value: string;
  why: string;
  verdict: 'good' | 'missing' | 'other' | 'unknown';
  seen: string[];
}

export class Logs {
  constructor(private readonly admin: Admin) {}

  async audit(query: string, offset: number, limit: number): Promise<{ lines: AuditLine[]; more: boolean }> {
    const answer = await this.admin.ask<{
      more?: boolean;
      line?: Many<{ time?: string; level?: string; _content?: string }>;
    }>('GetAuditLog', { query, offset, limit });
    return {
      lines: list(answer.line).map((line) =>
        readAudit(line.time ?? '', line.level ?? '', line._content ?? ''),
      ),
      more: truthy(answer.more),
    };
  }

  /** Empty: only which there are. */
  async component(
    name: string,
    query: string,
    limit: number,
  ): Promise<{ components: string[]; lines: string[] }> {
    const answer = await this.admin.ask<{ component?: Many<{ name?: string }>; line?: Many<Text> }>(
      'GetComponentLog',
      { component: name, query, limit },
    );
    return {
      components: list(answer.component).map((one) => one.name ?? ''),
      lines: list(answer.line).map((line) => text(line)),
    };
  }

  async dns(domain: string): Promise<{ records: DnsRecord[]; notes: string[] }> {
    const answer = await this.admin.ask<{
      record?: Many<{
        name?: string;
        type?: string;
        value?: string;
        why?: string;
        verdict?: string;
        seen?: Many<Text>;
      }>;
      note?: Many<Text>;
    }>('GetDomainDns', { domain: { by: 'id', _content: domain } });
    const VERDICTS = ['good', 'missing', 'other', 'unknown'] as const;
    return {
      records: list(answer.record).map(({ name, type, value, why, verdict, seen }) => ({
        name: name ?? '',
        type: type ?? '',
        value: value ?? '',
        why: why ?? '',
        verdict: VERDICTS.find((one) => one === verdict) ?? 'unknown',
        seen: list(seen).map((one) => text(one)),
      })),
      notes: list(answer.note).map((one) => text(one)),
    };
  }
}
