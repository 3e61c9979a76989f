// SPDX-License-Identifier: AGPL-3.0-or-later
/** The smallest store that Svelte's `$store` can read and Node can test. */
export type Listener<T> = (value: T) => void;

export interface Readable<T> {
  subscribe(listener: Listener<T>): () => void;
}

export class Store<T> implements Readable<T> {
  private readonly listeners = new Set<Listener<T>>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    this.current = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.current));
  }

  /** Members of an object state; the rest stays. */
  patch(members: Partial<T>): void {
    this.set({ ...this.current, ...members });
  }

  subscribe(listener: Listener<T>): () => void {
    this.listeners.add(listener);
    listener(this.current);
    return () => this.listeners.delete(listener);
  }
}
