// SPDX-License-Identifier: AGPL-3.0-or-later
/** Requests about mail from accounts elsewhere (Zimbra's data sources). A password goes to the server, and never comes back. */
import { list, text, truthy } from './decode';
import type { Transport } from './transport';
import type { WireSource, WireSources, WireSourceStatus } from './types';

export const KINDS = ['imap', 'pop3'] as const;
export type SourceKind = (typeof KINDS)[number];
export const SECURITIES = ['ssl', 'tls', 'tls_if_available', 'cleartext'] as const;
export type Security = (typeof SECURITIES)[number];

export interface Source {
  /** Empty: not stored yet. */
  id: string;
  kind: SourceKind;
  name: string;
  host: string;
  port: number;
  security: Security;
  user: string;
  folder: string;
  enabled: boolean;
  /** As `30m`, `12h`, `1d`; `0`: only when asked; empty: as the class of service says. */
  interval: string;
  /** POP3. */
  leaveOnServer: boolean;
  /** The last failure, in the server's words, and since when; empty if the last pass went well. */
  error: string;
  failingSince_ms: number;
}

export interface SourceStatus {
  running: boolean;
  error: string;
}

const PORTS: Record<SourceKind, Record<'ssl' | 'other', number>> = {
  imap: { ssl: 993, other: 143 },
  pop3: { ssl: 995, other: 110 },
};

/** RFC 8314 §7.3, RFC 1939, RFC 9051. */
export const usualPort = (kind: SourceKind, security: Security): number =>
  PORTS[kind][security === 'ssl' ? 'ssl' : 'other'];

/** The server wants it again where it would go to another place, or in another way. */
export const needsPassword = (before: Source, after: Source): boolean =>
  before.id === '' ||
  before.host.toLowerCase() !== after.host.toLowerCase() ||
  before.port !== after.port ||
  before.security !== after.security ||
  before.user !== after.user;

const source = (kind: SourceKind, wire: WireSource): Source => {
  const security = SECURITIES.find((s) => s === wire.connectionType) ?? 'ssl';
  return {
    id: wire.id ?? '',
    kind,
    name: wire.name ?? '',
    host: wire.host ?? '',
    port: Number(wire.port) || usualPort(kind, security),
    security,
    user: wire.username ?? '',
    folder: String(wire.l ?? ''),
    enabled: truthy(wire.isEnabled),
    interval: wire.pollingInterval ?? '',
    leaveOnServer: truthy(wire.leaveOnServer),
    error: text(wire.lastError),
    failingSince_ms: Number(wire.failingSince ?? 0) * 1000,
  };
};

const toWire = (s: Source, password: string): WireSource => ({
  ...(s.id ? { id: s.id } : {}),
  name: s.name,
  l: s.folder,
  isEnabled: s.enabled ? '1' : '0',
  host: s.host,
  port: s.port,
  connectionType: s.security,
  username: s.user,
  pollingInterval: s.interval,
  ...(s.kind === 'pop3' ? { leaveOnServer: s.leaveOnServer ? '1' : '0' } : {}),
  ...(password ? { password } : {}),
});

const each = <T, R>(answer: WireSources<T>, make: (kind: SourceKind, wire: T) => R): R[] =>
  KINDS.flatMap((kind) => list(answer[kind]).map((wire) => make(kind, wire)));

export class SourcesApi {
  constructor(private readonly transport: Transport) {}

  async all(): Promise<Source[]> {
    const all = each(await this.transport.call('GetDataSources', {}), source);
    return all.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Made if it has no id yet; an empty password leaves the one that is there. */
  async save(s: Source, password: string): Promise<void> {
    await this.transport.call(s.id ? 'ModifyDataSource' : 'CreateDataSource', {
      [s.kind]: toWire(s, password),
    });
  }

  remove = (s: Source): Promise<object> =>
    this.transport.call('DeleteDataSource', { [s.kind]: { id: s.id } });

  /** Whether one gets in over there; what the server says if not. */
  async test(s: Source, password: string): Promise<string | undefined> {
    // What a source that is tried out is called, and where its mail goes, plays no part.
    const { name, l, ...wire } = toWire(s, password);
    const answer = await this.transport.call('TestDataSource', {
      [s.kind]: { ...wire, ...(name ? { name } : {}), ...(l ? { l } : {}) },
    });
    const [tried] = each(answer, (_, t: WireSourceStatus) => t);
    return tried && truthy(tried.success) ? undefined : (tried?.error ?? '');
  }

  /** Begins; `statuses` tells how it goes. */
  fetchNow = (s: Source): Promise<object> => this.transport.call('ImportData', { [s.kind]: { id: s.id } });

  async statuses(): Promise<Map<string, SourceStatus>> {
    const answer = await this.transport.call('GetImportStatus', {});
    return new Map(
      each(answer, (_, s: WireSourceStatus) => [
        s.id ?? '',
        { running: truthy(s.isRunning), error: s.error ?? '' },
      ]),
    );
  }
}
