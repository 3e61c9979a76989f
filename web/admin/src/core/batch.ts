// SPDX-License-Identifier: AGPL-3.0-or-later
/** The same work for many things, one after the other, with progress and a way to stop. One failure does not end it. */
import { Store } from '$kit/core/store/store';

export interface Progress<T> {
  total: number;
  done: number;
  failed: readonly { item: T; error: unknown }[];
  phase: 'running' | 'stopped' | 'over';
}

export class Batch<T> {
  readonly progress: Store<Progress<T>>;
  private isStopped = false;

  constructor(
    private readonly items: readonly T[],
    private readonly work: (item: T) => Promise<void>,
    /** Errors after which the rest would only fail in the same way. */
    private readonly isFatal: (error: unknown) => boolean = () => false,
  ) {
    this.progress = new Store<Progress<T>>({ total: items.length, done: 0, failed: [], phase: 'running' });
  }

  stop(): void {
    this.isStopped = true;
  }

  async run(): Promise<Progress<T>> {
    for (const item of this.items) {
      if (this.isStopped) break;
      try {
        await this.work(item);
      } catch (error) {
        this.progress.update((p) => ({ ...p, failed: [...p.failed, { item, error }] }));
        if (this.isFatal(error)) this.stop();
      }
      this.progress.update((p) => ({ ...p, done: p.done + 1 }));
    }
    const isOver = this.progress.value.done === this.items.length;
    this.progress.patch({ phase: isOver ? 'over' : 'stopped' });
    return this.progress.value;
  }
}
