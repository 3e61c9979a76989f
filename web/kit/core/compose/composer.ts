// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * One open compose window. It saves itself a moment after the last change, one save at a time (a second save
 * before the first has its id would make a second draft), and holds a sent letter back for a few seconds so
 * that "undo" can still mean it. The letter is saved as a draft before that wait: closing the page loses
 * nothing.
 */
import type { MailApi } from '../api/mail';
import type { Upload, UploadJob } from '../api/upload';
import { UploadRefused } from '../api/upload';
import { FOLDER } from '../model';
import { Store } from '../store/store';
import { adopt, isEmpty, picturesOf, toWire, type Draft, type DraftAttachment } from './draft';
import { adoptPictures, type InlinePicture } from './inline';

export interface ComposerState {
  draft: Draft;
  status: 'idle' | 'dirty' | 'saving' | 'saved' | 'error' | 'sending';
  saved_ms: number | undefined;
  minimised: boolean;
  /** Counts changes of the text that did not come from the editor: it has to read it again. */
  rewritten: number;
}

export const AUTOSAVE_DELAY_MS = 2_000;

export class Composer {
  readonly state: Store<ComposerState>;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> | undefined;
  private edits = 0;
  private closed = false;
  private readonly once = crypto.randomUUID();

  constructor(
    readonly key: number,
    draft: Draft,
    private readonly api: MailApi,
    private readonly upload: Upload,
  ) {
    this.state = new Store<ComposerState>({
      draft,
      status: 'idle',
      saved_ms: undefined,
      minimised: false,
      rewritten: 0,
    });
  }

  get draft(): Draft {
    return this.state.value.draft;
  }

  change(members: Partial<Draft>): void {
    if (this.closed) return;
    this.edits++;
    this.state.patch({ draft: { ...this.draft, ...members }, status: 'dirty' });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save().catch(() => undefined), AUTOSAVE_DELAY_MS);
  }

  /** A change of the text that the editor does not know of. */
  rewrite(members: Partial<Draft>): void {
    this.change(members);
    this.state.patch({ rewritten: this.state.value.rewritten + 1 });
  }

  minimise(minimised: boolean): void {
    this.state.patch({ minimised });
  }

  attach(file: File): void {
    this.attachFrom(file, (progress) => this.upload(file, progress));
  }

  /** A file whose bytes `start` brings to the server. */
  attachFrom(
    file: Pick<File, 'name' | 'size'>,
    start: (progress: (part: number) => void) => UploadJob,
  ): void {
    const key = crypto.randomUUID();
    const job = start((progress) => this.setAttachment(key, (a) => ({ ...a, progress })));
    const entry: DraftAttachment = {
      kind: 'uploading',
      key,
      name: file.name,
      size: file.size,
      progress: 0,
      cancel: job.cancel,
    };
    this.state.patch({ draft: { ...this.draft, attachments: [...this.draft.attachments, entry] } });
    job.done.then(
      ({ aid }) => {
        this.setAttachment(key, () => ({ kind: 'upload', key, name: file.name, size: file.size, aid }));
        this.change({});
      },
      (error: unknown) => {
        if (error instanceof DOMException && error.name === 'AbortError') return;
        const reason = error instanceof UploadRefused && error.status === 413 ? 'tooBig' : 'failed';
        this.setAttachment(key, () => ({ kind: 'failed', key, name: file.name, size: file.size, reason }));
      },
    );
  }

  detach(key: string): void {
    const gone = this.draft.attachments.find((a) => a.key === key);
    if (gone?.kind === 'uploading') gone.cancel();
    this.change({ attachments: this.draft.attachments.filter((a) => a.key !== key) });
  }

  /**
   * A picture for the text; `url` is its address in the editor, a blob of this page. It counts as part of the text
   * once it stands there.
   */
  picture(file: File, url: string): void {
    this.pictureFrom(
      file,
      url,
      this.upload(file, () => undefined),
    );
  }

  /** One whose bytes `job` brings to the server. */
  pictureFrom(file: Pick<File, 'name' | 'size'>, url: string, job: UploadJob): void {
    const contentId = `${crypto.randomUUID()}@inline.posthouse`;
    const set = (source: InlinePicture['source']): void => {
      const inline = this.draft.inline.map((p) => (p.url === url ? { ...p, source } : p));
      this.change({ inline });
    };
    this.change({ inline: [...this.draft.inline, { url, contentId, source: { kind: 'uploading' } }] });
    job.done.then(
      ({ aid }) => set({ kind: 'upload', aid }),
      // It is shown but can't be sent: as a file that failed, it says so.
      (error: unknown) => {
        const reason = error instanceof UploadRefused && error.status === 413 ? 'tooBig' : 'failed';
        const failed: DraftAttachment = {
          kind: 'failed',
          key: url,
          name: file.name,
          size: file.size,
          reason,
        };
        this.change({
          inline: this.draft.inline.filter((p) => p.url !== url),
          attachments: [...this.draft.attachments, failed],
        });
      },
    );
  }

  get uploading(): boolean {
    return (
      this.draft.attachments.some((a) => a.kind === 'uploading') ||
      picturesOf(this.draft).some((p) => p.source.kind === 'uploading')
    );
  }

  /** Saves what there is now; resolves when the server has it. */
  async save(): Promise<void> {
    clearTimeout(this.timer);
    while (this.saving) await this.saving;
    if (this.closed || this.state.value.status !== 'dirty' || isEmpty(this.draft)) return;
    this.saving = this.saveNow();
    try {
      await this.saving;
    } finally {
      this.saving = undefined;
    }
  }

  /** Saves it with the time at which the server sends it; without one it stays a draft. */
  async schedule(at_ms: number | undefined): Promise<void> {
    clearTimeout(this.timer);
    while (this.saving) await this.saving.catch(() => undefined);
    if (this.closed) return;
    const before = this.draft.sendAt_ms;
    this.state.patch({ draft: { ...this.draft, sendAt_ms: at_ms } });
    this.saving = this.saveNow(at_ms);
    try {
      await this.saving;
    } catch (error) {
      this.state.patch({ draft: { ...this.draft, sendAt_ms: before } });
      throw error;
    } finally {
      this.saving = undefined;
    }
  }

  /** Even a letter that nobody touched is kept before it may get lost on the way. */
  touch(): void {
    if (this.state.value.status === 'idle' || this.state.value.status === 'error')
      this.state.patch({ status: 'dirty' });
  }

  /** Takes a discarded letter back. */
  async revive(): Promise<void> {
    this.closed = false;
    if (this.draft.id) await this.api.actOnMessages([this.draft.id], { op: 'move', l: FOLDER.drafts });
  }

  async send(): Promise<void> {
    // A failed autosave must not stop the letter: SendMsg carries all of it.
    await this.save().catch(() => undefined);
    clearTimeout(this.timer);
    if (this.closed) return;
    this.state.patch({ status: 'sending' });
    try {
      await this.api.send(toWire(this.draft, 'send'), this.once);
      this.closed = true;
      for (const { url } of this.draft.inline) if (url.startsWith('blob:')) URL.revokeObjectURL(url);
    } catch (error) {
      this.state.patch({ status: 'dirty' });
      throw error;
    }
  }

  /** From now on it does nothing by itself. */
  forget(): void {
    clearTimeout(this.timer);
    this.closed = true;
    for (const a of this.draft.attachments) if (a.kind === 'uploading') a.cancel();
  }

  async discard(): Promise<void> {
    this.forget();
    while (this.saving) await this.saving.catch(() => undefined);
    // To Trash, not for good: it may be taken back.
    if (this.draft.id) await this.api.actOnMessages([this.draft.id], { op: 'trash' });
  }

  /**
   * What is being written at has no time: a half-written letter must not go by itself, whenever the page closes.
   * Only `schedule` gives it one.
   */
  private async saveNow(at_ms?: number): Promise<void> {
    const edits = this.edits;
    this.state.patch({ status: 'saving' });
    try {
      const before = { ...this.draft, inline: picturesOf(this.draft) };
      let saved = await this.api.saveDraft({
        ...toWire(before, 'save'),
        ...(at_ms === undefined ? {} : { autoSendTime: at_ms }),
      });
      if (saved && saved.body === undefined && before.attachments.length + before.inline.length > 0) {
        saved = (await this.api.message(saved.id)) ?? saved;
      }
      const now = this.draft;
      const draft: Draft = saved
        ? {
            ...now,
            id: saved.id,
            inline: adoptPictures(now.inline, before.inline, saved),
            attachments: adoptSaved(now.attachments, before.attachments, adopt(before.attachments, saved)),
          }
        : now;
      this.state.patch({
        draft,
        status: edits === this.edits ? 'saved' : 'dirty',
        saved_ms: Date.now(),
      });
    } catch (error) {
      this.state.patch({ status: edits === this.edits ? 'error' : 'dirty' });
      // The next change, or sending, tries again.
      if (this.state.value.status === 'error') this.retryLater();
      throw error;
    }
  }

  private retryLater(): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.state.patch({ status: 'dirty' });
      void this.save().catch(() => undefined);
    }, AUTOSAVE_DELAY_MS * 5);
  }

  private setAttachment(key: string, change: (a: DraftAttachment) => DraftAttachment): void {
    const attachments = this.draft.attachments.map((a) => (a.key === key ? change(a) : a));
    this.state.patch({ draft: { ...this.draft, attachments } });
  }
}

/** Attachments added or finished during the save keep their state; those that were saved are parts now. */
function adoptSaved(
  now: readonly DraftAttachment[],
  before: readonly DraftAttachment[],
  adopted: readonly DraftAttachment[],
): DraftAttachment[] {
  return now.map((a) => {
    const at = before.findIndex((b) => b.key === a.key);
    const sentAs = before[at];
    return at >= 0 && sentAs?.kind === a.kind ? (adopted[at] ?? a) : a;
  });
}

export const isDraftFolder = (folder: string): boolean => folder === FOLDER.drafts;
