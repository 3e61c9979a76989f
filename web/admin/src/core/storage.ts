// SPDX-License-Identifier: AGPL-3.0-or-later
/** Where messages lie, and what moves the old ones to cheaper disks. */
import { list, truthy } from '$kit/core/api/decode';
import type { Many } from '$kit/core/api/types';
import type { Admin } from './api';

export type VolumeKind = 'messages' | 'old' | 'index';
export interface Volume {
  id: string;
  name: string;
  path: string;
  kind: VolumeKind;
  compresses: boolean;
  isCurrent: boolean;
  /** Octets of its file system; undefined where the server does not say. */
  space: { free: number; all: number } | undefined;
  /** Why it is not there. */
  error: string;
}
const KINDS: Record<number, VolumeKind> = { 1: 'messages', 2: 'old', 10: 'index' };
const OLD = 2;

export interface VolumeWish {
  name: string;
  path: string;
  compresses: boolean;
}

export interface Hsm {
  isRunning: boolean;
  isEnding: boolean;
  /** Milliseconds since 1970; 0: it never ran since the server started, or has not ended. */
  begun: number;
  ended: number;
  wasAborted: boolean;
  error: string;
  mailboxes: number;
  allMailboxes: number;
  files: number;
  octets: number;
}

interface WireVolume {
  id?: number | string;
  name?: string;
  rootpath?: string;
  type?: number | string;
  compressBlobs?: boolean | string | number;
  isCurrent?: boolean | string | number;
  available?: number | string;
  capacity?: number | string;
  error?: string;
}

const volume = (wire: WireVolume): Volume => ({
  id: String(wire.id ?? ''),
  name: wire.name ?? '',
  path: wire.rootpath ?? '',
  kind: KINDS[Number(wire.type)] ?? 'messages',
  compresses: truthy(wire.compressBlobs),
  isCurrent: truthy(wire.isCurrent),
  space:
    wire.available === undefined || wire.capacity === undefined
      ? undefined
      : { free: Number(wire.available), all: Number(wire.capacity) },
  error: wire.error ?? '',
});

const written = ({ name, path, compresses }: VolumeWish): object => ({
  name,
  rootpath: path,
  type: OLD,
  compressBlobs: compresses ? '1' : '0',
});

export class Storage {
  constructor(private readonly admin: Admin) {}

  async volumes(): Promise<Volume[]> {
    return list((await this.admin.ask<{ volume?: Many<WireVolume> }>('GetAllVolumes')).volume).map(volume);
  }

  async create(wish: VolumeWish): Promise<void> {
    await this.admin.ask('CreateVolume', { volume: written(wish) });
  }

  async modify(id: string, wish: VolumeWish): Promise<void> {
    await this.admin.ask('ModifyVolume', { id, volume: written(wish) });
  }

  async makeCurrent(id: string): Promise<void> {
    await this.admin.ask('SetCurrentVolume', { id, type: OLD });
  }

  async remove(id: string): Promise<void> {
    await this.admin.ask('DeleteVolume', { id });
  }

  async hsm(): Promise<Hsm> {
    const answer = await this.admin.ask<
      Record<'running' | 'aborting' | 'wasAborted', boolean | undefined> &
        Record<'startDate' | 'endDate' | 'numBlobsMoved' | 'numBytesMoved', number | undefined> &
        Record<'numMailboxes' | 'totalMailboxes', number | undefined> & { error?: string }
    >('GetHsmStatus');
    return {
      isRunning: truthy(answer.running),
      isEnding: truthy(answer.aborting),
      begun: Number(answer.startDate ?? 0),
      ended: Number(answer.endDate ?? 0),
      wasAborted: truthy(answer.wasAborted),
      error: answer.error ?? '',
      mailboxes: Number(answer.numMailboxes ?? 0),
      allMailboxes: Number(answer.totalMailboxes ?? 0),
      files: Number(answer.numBlobsMoved ?? 0),
      octets: Number(answer.numBytesMoved ?? 0),
    };
  }

  async runHsm(): Promise<void> {
    await this.admin.ask('Hsm');
  }

  async abortHsm(): Promise<void> {
    await this.admin.ask('AbortHsm');
  }
}

export const POLICY_KINDS = ['message', 'document', 'contact'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** A policy as a form shows it: `message,document: before:-90day larger:200k is:read -> archive`. */
export interface Policy {
  kinds: PolicyKind[];
  /** Empty: of any age. */
  days: string;
  /** As the query has it: 200k, 5MB; empty: of any size. */
  larger: string;
  /** What else must be true of it, in the search language. */
  query: string;
  /** Empty: the current one. */
  volume: string;
}

/** Undefined: no policy, and shown as it is. */
export function parsePolicy(text: string): Policy | undefined {
  const colon = text.indexOf(':');
  const words = text
    .slice(0, Math.max(0, colon))
    .split(',')
    .map((word) => word.trim());
  const kinds = words.includes('all')
    ? [...POLICY_KINDS]
    : POLICY_KINDS.filter((kind) => words.includes(kind));
  if (
    kinds.length === 0 ||
    words.some((word) => word !== 'all' && !POLICY_KINDS.some((kind) => kind === word))
  )
    return undefined;
  const rest = text.slice(colon + 1);
  const arrow = rest.lastIndexOf('->');
  const volume = arrow < 0 ? '' : rest.slice(arrow + 2).trim();
  const query = (arrow < 0 ? rest : rest.slice(0, arrow)).trim();
  let [days, larger] = ['', ''];
  const others: string[] = [];
  for (const word of query.split(/\s+/)) {
    const before = /^before:-(\d+)days?$/i.exec(word)?.[1];
    const size = /^larger:(\d+[a-z]*)$/i.exec(word)?.[1];
    if (before !== undefined && days === '') days = before;
    else if (size !== undefined && larger === '') larger = size;
    else others.push(word);
  }
  // What is joined by OR, or in brackets or quotes, can't be taken apart by words.
  if (/\bor\b|["()]/i.test(query)) return { kinds, days: '', larger: '', query, volume };
  return { kinds, days, larger, query: others.join(' '), volume };
}

export function writePolicy({ kinds, days, larger, query, volume }: Policy): string {
  const what = kinds.length === POLICY_KINDS.length ? 'all' : kinds.join(',');
  const terms = [
    days === '' ? '' : `before:-${days}day`,
    larger === '' ? '' : `larger:${larger}`,
    query.trim() === '' ? '' : /\bor\b/i.test(query) && (days || larger) ? `(${query.trim()})` : query.trim(),
  ].filter(Boolean);
  return `${what}: ${terms.join(' ') || 'is:anywhere'}${volume === '' ? '' : ` -> ${volume}`}`;
}
