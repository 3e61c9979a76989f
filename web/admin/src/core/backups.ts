// SPDX-License-Identifier: AGPL-3.0-or-later
/** Which backups there are, how old the last one is, and whether it was found to be good. */
import { list, text, truthy } from '$kit/core/api/decode';
import type { Many, Text } from '$kit/core/api/types';
import type { Admin } from './api';

export type BackupMethod = 'full' | 'verify';

export interface BackupRun {
  method: BackupMethod;
  isRunning: boolean;
  begun: number;
  ended: number;
  /** The server's last word on how far it is. */
  progress: string;
  error: string;
}
export interface BackupStatus {
  enabled: boolean;
  at: string;
  target: string;
  verifyDays: number;
  /** When the last one was made; 0: there is none. */
  last: number;
  error: string;
  /** Records of the journal that are not copied yet. */
  behind: number;
  /** Some moments can't be restored until the next backup is made. */
  hasGap: boolean;
  verified: { at: number; clean: boolean; partial: boolean; label: string; problems: number } | undefined;
  run: BackupRun | undefined;
}
export interface Snapshot {
  label: string;
  begun: number;
  ended: number;
  encrypted: boolean;
  mailboxes: number;
  items: number;
  size: number;
  /** Octets that only this one takes. */
  own: number;
  problems: number;
  errors: string[];
}
export interface Backups {
  status: BackupStatus;
  snapshots: Snapshot[];
  total: number;
  more: boolean;
  problems: string[];
}

type Wire = Record<string, string | number | boolean | undefined>;
const num = (wire: Wire | undefined, name: string): number => Number(wire?.[name] ?? 0);
const str = (wire: Wire | undefined, name: string): string => String(wire?.[name] ?? '');
const is = (wire: Wire | undefined, name: string): boolean => truthy(wire?.[name]);

export interface WireStatus extends Record<string, string | number | boolean | undefined | Many<Wire>> {
  archive?: Many<Wire>;
  verified?: Many<Wire>;
  run?: Many<Wire>;
}

export function readStatus(wire: WireStatus): BackupStatus {
  const { archive: archives, verified: checks, run: runs, ...rest } = wire;
  const [archive] = list(archives);
  const [verified] = list(checks);
  const [run] = list(runs);
  const own = rest as Wire;
  return {
    enabled: is(own, 'enabled'),
    at: str(own, 'at'),
    target: str(own, 'target'),
    verifyDays: num(own, 'verifyDays'),
    last: num(own, 'last'),
    error: str(own, 'error'),
    behind: num(archive, 'behind'),
    hasGap: is(archive, 'lost'),
    verified: verified && {
      at: num(verified, 'at'),
      clean: is(verified, 'clean'),
      partial: is(verified, 'partial'),
      label: str(verified, 'label'),
      problems: num(verified, 'problems'),
    },
    run: run && {
      method: str(run, 'method') === 'verify' ? 'verify' : 'full',
      isRunning: is(run, 'running'),
      begun: num(run, 'start'),
      ended: num(run, 'end'),
      progress: str(run, 'progress'),
      error: str(run, 'error'),
    },
  };
}

/** "mailbox 3 of 7" and its like, as a part of the whole. */
export function partDone(progress: string): { done: number; all: number } | undefined {
  const match = /(\d+) of (\d+)/.exec(progress);
  const [done, all] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  return match && all > 0 && done <= all ? { done, all } : undefined;
}

/** The last one is older than a day and some hours, or there is none. */
export function isOverdue({ enabled, last }: BackupStatus, now: number): boolean {
  const LATE_MS = 30 * 3_600_000;
  return enabled && now - last > LATE_MS;
}

export class BackupJobs {
  constructor(private readonly admin: Admin) {}

  async look(offset = 0, limit = 50): Promise<Backups> {
    const answer = await this.admin.ask<{
      total?: number;
      more?: boolean;
      status?: Many<WireStatus>;
      problem?: Many<Text>;
      backup?: Many<Wire & { accounts?: Many<Wire>; error?: Many<Wire> }>;
    }>('GetBackups', { query: { backupListOffset: offset, backupListCount: limit } });
    return {
      status: readStatus(list(answer.status)[0] ?? {}),
      snapshots: list(answer.backup).map((wire) => ({
        label: str(wire, 'label'),
        begun: num(wire, 'start'),
        ended: num(wire, 'end'),
        encrypted: is(wire, 'encrypted'),
        mailboxes: num(list(wire.accounts)[0], 'total'),
        items: num(wire, 'items'),
        size: num(wire, 'size'),
        own: num(wire, 'own'),
        problems: num(list(wire.accounts)[0], 'errorCount'),
        errors: list(wire.error).map((error) => str(error, 'errorMessage')),
      })),
      total: Number(answer.total ?? 0),
      more: truthy(answer.more),
      problems: list(answer.problem).map((one) => text(one)),
    };
  }

  async start(method: BackupMethod): Promise<void> {
    await this.admin.ask('OrderBackup', { backup: { method } });
  }
}
