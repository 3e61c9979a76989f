// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Message } from '$kit/core/model';

/** Where the part of a message with a Content-ID is served. */
export const partUrl =
  (message: Message) =>
  (contentId: string): string | undefined => {
    const part = message.attachments.find((a) => a.contentId === contentId);
    return (
      part &&
      `/service/home/~/?auth=co&id=${encodeURIComponent(message.id)}&part=${encodeURIComponent(part.part)}`
    );
  };
