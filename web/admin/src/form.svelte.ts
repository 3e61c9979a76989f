// SPDX-License-Identifier: AGPL-3.0-or-later
/** One entry that is being changed: what is on it, what may be changed, what was. */
import { SvelteSet } from 'svelte/reactivity';
import { app } from './app';
import { Draft, isTrue, type Attrs } from './core/attrs';
import type { Editable, Entry } from './core/api';
import { Rights } from './core/powers';
import { inWords } from './i18n';
import { unsaved } from './unsaved';

export class EntryForm<T extends Editable = Editable> {
  draft = $state.raw(new Draft({}));
  rights = $state.raw(Rights.NONE);
  entry: Entry | undefined = $state.raw();
  isBusy = $state(false);
  problem = $state('');
  /** It is not there, or nothing of it may be seen. */
  failure = $state('');
  readonly invalid = new SvelteSet<string>();

  constructor(
    readonly entries: T,
    readonly id: string,
    /** What holds beyond what the server calls inherited. */
    private readonly above: (entry: Entry) => Attrs = () => ({}),
  ) {}

  /** `keep`: what is edited and not saved stays so; something else of the entry was changed. */
  async load(keep = false): Promise<void> {
    const { entries, id } = this;
    try {
      const [whole, own, effective] = await Promise.all([
        entries.get(id),
        entries.get(id, true),
        app.admin.effective(entries.target, id),
      ]);
      const built = Object.fromEntries(Object.entries(whole.attrs).filter(([name]) => !(name in own.attrs)));
      this.rights = effective.rights;
      const fresh = new Draft(own.attrs, { ...built, ...this.above(whole), ...effective.inherited });
      this.draft = keep
        ? Object.entries(this.draft.edits).reduce((draft, [name, values]) => draft.with(name, values), fresh)
        : fresh;
      this.entry = whole;
      this.failure = '';
      if (!keep) this.invalid.clear();
      this.count();
    } catch (error) {
      this.failure = inWords(error);
    }
  }

  set(name: string, values: readonly string[]): void {
    this.draft = this.draft.with(name, values);
    this.invalid.delete(name);
    this.count();
  }

  setInvalid(name: string): void {
    this.invalid.add(name);
    this.count();
  }

  discard(): void {
    this.draft = this.draft.reset();
    this.invalid.clear();
    this.problem = '';
    this.count();
  }

  is(name: string): boolean {
    return this.entry !== undefined && isTrue(this.entry.attrs, name);
  }

  private count(): void {
    unsaved.set(this.draft.count + [...this.invalid].filter((name) => !this.draft.isEdited(name)).length);
  }

  async save(): Promise<void> {
    if (this.isBusy || this.invalid.size > 0 || this.draft.count === 0) return;
    this.isBusy = true;
    this.problem = '';
    try {
      await this.entries.modify(this.id, this.draft.edits);
      await this.load();
      app.toasts.done('toast.saved', { name: this.entry?.name ?? '' });
    } catch (error) {
      this.problem = inWords(error);
    }
    this.isBusy = false;
  }
}
