// SPDX-License-Identifier: AGPL-3.0-or-later
/** Short words at the edge: what was done (with a way back) and what failed. Keys, not sentences. */
import { explain, type Explained } from '../api/fault';
import { Store } from './store';

export interface Toast {
  id: number;
  kind: 'done' | 'error';
  key: string;
  params: Record<string, string | number>;
  undo: (() => void) | undefined;
}

export const TOAST_MS = 6_000;
export const ERROR_TOAST_MS = 12_000;
const TOASTS_MAX = 3;

export class Toasts {
  readonly all = new Store<readonly Toast[]>([]);
  private next = 1;

  constructor(private readonly inWords: (error: unknown) => Explained = explain) {}

  done(
    key: string,
    params: Record<string, string | number> = {},
    undo?: () => void,
    lasts_ms = TOAST_MS,
  ): number {
    return this.add({ kind: 'done', key, params, undo }, lasts_ms);
  }

  error(error: unknown): void {
    const { key, params } = this.inWords(error);
    this.add({ kind: 'error', key, params, undo: undefined }, ERROR_TOAST_MS);
  }

  dismiss(id: number): void {
    this.all.update((toasts) => toasts.filter((t) => t.id !== id));
  }

  /** Somebody else is here: what was done before is not theirs to take back. */
  clear(): void {
    this.all.set([]);
  }

  /** The newest thing that can be taken back. */
  undoLast(): void {
    const last = this.all.value.findLast((t) => t.undo);
    if (!last?.undo) return;
    this.dismiss(last.id);
    last.undo();
  }

  private add(toast: Omit<Toast, 'id'>, lasts_ms: number): number {
    const id = this.next++;
    this.all.update((toasts) => [...toasts, { ...toast, id }].slice(-TOASTS_MAX));
    setTimeout(() => this.dismiss(id), lasts_ms);
    return id;
  }
}
