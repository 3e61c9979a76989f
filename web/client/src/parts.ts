// SPDX-License-Identifier: AGPL-3.0-or-later
import { accountOf, type Message } from '$kit/core/model';

/** Where a message, or a part of it, is served: one of a shared folder from its owner's mailbox. */
export function itemUrl(id: string, part?: string): string {
  const account = accountOf(id);
  const home = account === undefined ? '~' : encodeURIComponent(account);
  const bare = id.slice(id.lastIndexOf(':') + 1);
  return `/service/home/${home}/?auth=co&id=${encodeURIComponent(bare)}${part === undefined ? '' : `&part=${encodeURIComponent(part)}`}`;
}

/** Where the part of a message with a Content-ID is served. */
export const partUrl =
  (message: Message) =>
  (contentId: string): string | undefined => {
    const part = message.attachments.find((a) => a.contentId === contentId);
    return part && itemUrl(message.id, part.part);
  };
