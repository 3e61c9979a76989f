// SPDX-License-Identifier: AGPL-3.0-or-later
/** The open compose windows, and letters in the few seconds between "send" and really sent. */
import { isGone } from '../api/fault';
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
  /** How long a letter is held back; zero sends at once. */
  hold_ms = UNDO_SEND_MS;
  private next = 1;
  private readonly held = new Map<
    Composer,
    { go: () => Promise<void>; timer: ReturnType<typeof setTimeout> }
  >();
  /** Whose windows may come back: those that were neither sent nor forgotten. */
  private readonly known = new Set<Composer>();
  private readonly sending = new Set<Promise<void>>();

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
    this.known.add(composer);
    this.open.update((all) => [...all, composer]);
    return composer;
  }

  async close(composer: Composer): Promise<void> {
    this.remove(composer);
    try {
      if (composer.draft.sendAt_ms !== undefined) await this.keepTime(composer);
      else await composer.save();
    } catch (error) {
      // The window comes back rather than lose a letter.
      this.restore(composer, error);
    }
  }

  async discard(composer: Composer): Promise<void> {
    this.remove(composer);
    try {
      await composer.discard();
      this.toasts.done('toast.discarded', {}, () => {
        this.restore(composer);
        composer.revive().catch((error: unknown) => this.toasts.error(error));
      });
    } catch (error) {
      this.toasts.error(error);
    }
  }

  /** The server sends it at that time, whether anybody is here or not. */
  async sendLater(composer: Composer, at_ms: number): Promise<void> {
    this.remove(composer);
    this.underWay.update((n) => n + 1);
    const before = composer.draft.sendAt_ms;
    try {
      await this.track(composer.schedule(at_ms));
      if (!this.known.has(composer)) return;
      this.toasts.done('toast.scheduled', { when_ms: at_ms }, () => void this.takeBack(composer, before));
    } catch (error) {
      this.restore(composer, error);
    } finally {
      this.underWay.update((n) => n - 1);
    }
  }

  /** A draft that waits for its time does not go while it is written at. */
  async pause(composer: Composer): Promise<void> {
    composer.touch();
    try {
      await composer.save();
    } catch (error) {
      // It went in this moment: there is nothing to write at any more.
      if (isGone(error)) {
        this.remove(composer);
        this.known.delete(composer);
        composer.forget();
      }
      this.toasts.error(error);
    }
  }

  private async takeBack(composer: Composer, before: number | undefined): Promise<void> {
    try {
      await composer.schedule(undefined);
      composer.change({ sendAt_ms: before });
      this.restore(composer);
    } catch (error) {
      this.toasts.error(error);
    }
  }

  /** It was opened with a time and goes then, unless the time came while it was written at. */
  private async keepTime(composer: Composer): Promise<void> {
    const at_ms = composer.draft.sendAt_ms;
    if (at_ms !== undefined && at_ms > Date.now()) {
      await composer.schedule(at_ms);
      this.toasts.done('toast.scheduled', { when_ms: at_ms });
    } else {
      await composer.schedule(undefined);
      this.toasts.done('toast.scheduleMissed');
    }
  }

  send(composer: Composer): void {
    this.remove(composer);
    this.underWay.update((n) => n + 1);
    composer.touch();
    void composer.save().catch(() => undefined);
    if (this.hold_ms <= 0) {
      void this.track(this.sendNow(composer));
      return;
    }
    const go = (): Promise<void> => {
      clearTimeout(timer);
      this.held.delete(composer);
      this.toasts.dismiss(toast);
      return this.track(this.sendNow(composer));
    };
    const toast = this.toasts.done(
      'toast.sending',
      {},
      () => {
        clearTimeout(timer);
        this.held.delete(composer);
        this.underWay.update((n) => n - 1);
        this.restore(composer);
      },
      this.hold_ms,
    );
    const timer = setTimeout(() => void go(), this.hold_ms);
    this.held.set(composer, { go, timer });
  }

  /**
   * Before the session ends: what is held back goes out, what is open is saved. Throws if something could not be
   * kept; its window is open then.
   */
  async settle(): Promise<void> {
    for (const { go } of [...this.held.values()]) void go();
    await Promise.all([...this.sending]);
    // An answer that nobody has begun is no loss; a save that failed is tried again.
    for (const composer of this.open.value) if (composer.state.value.status === 'error') composer.touch();
    await Promise.all(
      this.open.value.map((c) => (c.draft.sendAt_ms === undefined ? c.save() : this.keepTime(c))),
    );
  }

  /** Somebody else is here: nothing of it is saved, sent or shown any more. What was saved is among the drafts. */
  forget(): void {
    for (const { timer } of this.held.values()) clearTimeout(timer);
    this.underWay.update((n) => n - this.held.size);
    this.held.clear();
    for (const composer of this.known) composer.forget();
    this.known.clear();
    this.open.set([]);
  }

  private track(work: Promise<void>): Promise<void> {
    this.sending.add(work);
    return work.finally(() => this.sending.delete(work));
  }

  private async sendNow(composer: Composer): Promise<void> {
    try {
      await composer.send();
      if (this.known.delete(composer)) this.toasts.done('toast.sent');
    } catch (error) {
      this.restore(composer, error);
    } finally {
      this.underWay.update((n) => n - 1);
    }
  }

  private remove(composer: Composer): void {
    this.open.update((all) => all.filter((c) => c !== composer));
  }

  private restore(composer: Composer, why?: unknown): void {
    if (!this.known.has(composer)) return;
    composer.minimise(false);
    this.open.update((all) => [...all, composer]);
    if (why !== undefined) this.toasts.error(why);
  }
}
