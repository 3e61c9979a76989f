// SPDX-License-Identifier: AGPL-3.0-or-later
/** The open compose windows, and letters in the few seconds between "send" and really sent. */
import type { MailApi } from '../api/mail';
import type { Upload } from '../api/upload';
import { Store } from '../store/store';
import type { Toasts } from '../store/toasts';
import { Composer } from './composer';
import type { Draft } from './draft';

export const UNDO_SEND_MS = 5_000;
export const WINDOWS_MAX = 3;

export class Composers {
  readonly open = new Store<readonly Composer[]>([]);
  /** Letters that are held back or on their way: the page should not be closed. */
  readonly underWay = new Store(0);
  /** How long a letter is held back. Tests set it to zero. */
  hold_ms = UNDO_SEND_MS;
  private next = 1;

  constructor(
    private readonly api: MailApi,
    private readonly upload: Upload,
    private readonly toasts: Toasts,
  ) {}

  start(draft: Draft): Composer | undefined {
    const same = draft.id && this.open.value.find((c) => c.draft.id === draft.id);
    if (same) {
      same.minimise(false);
      return same;
    }
    if (this.open.value.length >= WINDOWS_MAX) {
      this.toasts.done('toast.tooManyWindows', { max: WINDOWS_MAX });
      return undefined;
    }
    for (const other of this.open.value) other.minimise(true);
    const composer = new Composer(this.next++, draft, this.api, this.upload);
    this.open.update((all) => [...all, composer]);
    return composer;
  }

  async close(composer: Composer): Promise<void> {
    this.remove(composer);
    try {
      await composer.save();
    } catch (error) {
      // The window comes back rather than lose a letter.
      this.restore(composer);
      this.toasts.error(error);
    }
  }

  async discard(composer: Composer): Promise<void> {
    this.remove(composer);
    try {
      await composer.discard();
      this.toasts.done('toast.discarded');
    } catch (error) {
      this.toasts.error(error);
    }
  }

  send(composer: Composer): void {
    this.remove(composer);
    this.underWay.update((n) => n + 1);
    void composer.save().catch(() => undefined);
    let undone = false;
    const toast = this.toasts.done(
      'toast.sending',
      {},
      () => {
        undone = true;
        clearTimeout(timer);
        this.underWay.update((n) => n - 1);
        this.restore(composer);
      },
      this.hold_ms,
    );
    const timer = setTimeout(() => {
      this.toasts.dismiss(toast);
      if (!undone) void this.sendNow(composer);
    }, this.hold_ms);
  }

  private async sendNow(composer: Composer): Promise<void> {
    try {
      await composer.send();
      this.toasts.done('toast.sent');
    } catch (error) {
      this.restore(composer);
      this.toasts.error(error);
    } finally {
      this.underWay.update((n) => n - 1);
    }
  }

  private remove(composer: Composer): void {
    this.open.update((all) => all.filter((c) => c !== composer));
  }

  private restore(composer: Composer): void {
    composer.minimise(false);
    this.open.update((all) => [...all, composer]);
  }
}
