// SPDX-License-Identifier: AGPL-3.0-or-later
/** What lies in somebody else's mailbox can't be referred to by a letter of ours: it is fetched and attached anew. */
import type { UploadJob } from '$kit/core/api/upload';
import type { Composer } from '$kit/core/compose/composer';
import { isShown, pictures } from '$kit/core/compose/inline';
import { accountOf, type Message } from '$kit/core/model';
import { app } from './app';
import { itemUrl } from './parts';

const FETCH_TIMEOUT_MS = 60_000;

/** Brings what is at `url` to the server as an upload of ours. */
export const carry =
  (url: string, file: { name: string; type: string }) =>
  (progress: (part: number) => void): UploadJob => {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
    let job: UploadJob | undefined;
    const done = app.transport.download(url, signal).then(({ bytes }) => {
      job = app.upload(new File([bytes], file.name, { type: file.type }), progress);
      return job.done;
    });
    return {
      done,
      cancel: () => {
        stop.abort();
        job?.cancel();
      },
    };
  };

/** The pictures of `message` that the letter shows and, if wanted, its files. Nothing if it is the person's own. */
export function takeAlong(message: Message, composer: Composer | undefined, files: boolean): void {
  if (!composer || accountOf(message.id) === undefined) return;
  const named = message.attachments.map((a) => ({ ...a, name: a.name || 'attachment' }));
  for (const { url, source } of pictures(composer.draft.html, [], [message.id])) {
    const a = named.find((one) => source.kind === 'part' && one.part === source.part);
    if (a)
      composer.pictureFrom(
        a,
        url,
        carry(itemUrl(message.id, a.part), a)(() => undefined),
      );
  }
  if (!files) return;
  for (const a of named.filter((one) => !isShown(message, one.part)))
    composer.attachFrom(a, carry(itemUrl(message.id, a.part), a));
}
