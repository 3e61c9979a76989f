// SPDX-License-Identifier: AGPL-3.0-or-later
/** Leaving a mailing list: by mail if that goes, since then nobody learns when and from where it was asked for. */
import type { Message } from '$kit/core/model';
import { writeTo } from './respond';
import { ui } from './ui';

export function unsubscribe(message: Message): void {
  const { mailto, https } = message.unsubscribe ?? {};
  const confirm = 'message.unsubscribe';
  const title = 'confirm.unsubscribe.title';
  if (mailto !== undefined) {
    const target = mailto.slice('mailto:'.length).split('?')[0] ?? '';
    const yes = (): void => void writeTo(mailto);
    ui.patch({ question: { title, text: 'confirm.unsubscribe.mail', params: { target }, confirm, yes } });
  } else if (https !== undefined) {
    const target = new URL(https).host;
    const yes = (): void => void window.open(https, '_blank', 'noopener,noreferrer');
    ui.patch({ question: { title, text: 'confirm.unsubscribe.web', params: { target }, confirm, yes } });
  }
}
