// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * One message on paper: a hidden frame with the same guards as the one it is read in. `allow-modals` lets this page
 * open the print dialog for it; there is still no code in it that could.
 */
import type { Message } from '$kit/core/model';
import { longDate } from '$kit/core/text/format';
import { fullName } from '$kit/core/text/people';
import { textToHtml } from '$kit/core/text/plain';
import { region, t } from '$kit/i18n';
import { app } from './app';
import { partUrl } from './parts';

const ROLES = [
  ['from', 'compose.from'],
  ['to', 'compose.to'],
  ['cc', 'compose.cc'],
] as const;

export async function printMessage(wanted: Message): Promise<void> {
  try {
    const message = wanted.body ? wanted : await app.api.message(wanted.id);
    if (!message?.body) return;
    const [{ cleanForFrame }, { FRAME_SANDBOX, printDocument }] = await Promise.all([
      import('$kit/html/clean'),
      import('$kit/html/frame'),
    ]);
    const html = message.body.html ?? textToHtml(message.body.text);
    const cleaned = cleanForFrame(html, { remote: false, contentUrl: partUrl(message), folded: false });
    const fields = ROLES.flatMap(([role, key]): [string, string][] => {
      const people = message.people.filter((p) => p.role === role).map(fullName);
      return people.length > 0 ? [[t(key), people.join(', ')]] : [];
    });
    const frame = document.createElement('iframe');
    frame.className = 'print-frame';
    frame.title = t('action.print');
    frame.setAttribute('sandbox', `${FRAME_SANDBOX} allow-modals`);
    frame.srcdoc = printDocument(cleaned, message.subject || t('message.noSubject'), [
      ...fields,
      [t('quote.date'), longDate(message.date_ms, region())],
    ]);
    frame.onload = () => {
      const view = frame.contentWindow;
      view?.addEventListener('afterprint', () => setTimeout(() => frame.remove()));
      view?.print();
    };
    for (const old of document.querySelectorAll('.print-frame')) old.remove();
    document.body.append(frame);
  } catch (error) {
    app.toasts.error(error);
  }
}
