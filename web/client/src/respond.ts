// SPDX-License-Identifier: AGPL-3.0-or-later
/** Starts an answer: fetches the body if it is not here yet, makes the quote, opens the window. */
import { answer, editing } from '$kit/core/compose/draft';
import type { Conversation, Message } from '$kit/core/model';
import { mediumDate } from '$kit/core/text/format';
import { fullName } from '$kit/core/text/people';
import { escapeHtml, quoteLines, textToHtml } from '$kit/core/text/plain';
import { region, t } from '$kit/i18n';
import { app } from './app';
import { goConversation } from './router';

const names = (message: Message, role: 'from' | 'to' | 'cc'): string =>
  message.people
    .filter((p) => p.role === role)
    .map(fullName)
    .join(', ');

async function whole(message: Message): Promise<Message | undefined> {
  if (message.body) return message;
  try {
    return await app.api.message(message.id);
  } catch (error) {
    app.toasts.error(error);
    return undefined;
  }
}

export async function respond(wanted: Message, mode: 'reply' | 'replyAll' | 'forward'): Promise<void> {
  const message = await whole(wanted);
  const session = app.session.value;
  if (!message || session.phase !== 'signedIn') return;
  const { cleanForEditor, htmlToText } = await import('$kit/html/clean');
  const date = mediumDate(message.date_ms, region());
  const bodyText = message.body?.text || (message.body?.html ? htmlToText(message.body.html) : '');
  const bodyHtml = message.body?.html ? cleanForEditor(message.body.html) : textToHtml(bodyText);

  if (mode === 'forward') {
    const lines = [
      t('quote.forwarded'),
      `${t('compose.from')}: ${names(message, 'from')}`,
      `${t('quote.date')}: ${date}`,
      `${t('compose.subject')}: ${message.subject}`,
      ...(names(message, 'to') ? [`${t('compose.to')}: ${names(message, 'to')}`] : []),
    ];
    const html = `<div><br></div><div><br></div><div>${lines.map(escapeHtml).join('<br>')}</div><div><br></div>${bodyHtml}`;
    app.composers.start(
      answer(message, mode, session.account.name, { html, text: `\n\n${lines.join('\n')}\n\n${bodyText}` }),
    );
    return;
  }
  const wrote = t('quote.wrote', { date, name: names(message, 'from') });
  const html = `<div><br></div><div><br></div><div>${escapeHtml(wrote)}</div><blockquote type="cite">${bodyHtml}</blockquote>`;
  const text = `\n\n${wrote}\n${quoteLines(bodyText)}\n`;
  app.composers.start(answer(message, mode, session.account.name, { html, text }));
}

export async function editDraft(wanted: Message): Promise<void> {
  const message = await whole(wanted);
  if (!message) return;
  const draft = editing(message);
  const { cleanForEditor } = await import('$kit/html/clean');
  app.composers.start({ ...draft, html: draft.html ? cleanForEditor(draft.html) : textToHtml(draft.text) });
}

/** The latest draft of a conversation; if there is none any more, the conversation itself. */
export async function openDraft(row: Pick<Conversation, 'id' | 'count'>): Promise<void> {
  try {
    const { messages } = await app.api.conversation(row.id, row.count);
    const draft = messages.filter((m) => m.state.draft).sort((a, b) => b.date_ms - a.date_ms)[0];
    if (draft) await editDraft(draft);
    else goConversation(row.id);
  } catch (error) {
    app.toasts.error(error);
  }
}

/** `mailto:` links open a window here instead of another program (RFC 6068). */
export async function writeTo(link: string): Promise<void> {
  // A letter may hold any nonsense behind mailto:.
  if (!URL.canParse(link)) return;
  const url = new URL(link);
  const { parseChips } = await import('$kit/core/compose/addresses');
  const { blank } = await import('$kit/core/compose/draft');
  const text = url.searchParams.get('body') ?? '';
  app.composers.start({
    ...blank(),
    to: parseChips(decoded(url.pathname)),
    cc: parseChips(url.searchParams.get('cc') ?? ''),
    subject: url.searchParams.get('subject') ?? '',
    text,
    html: text ? textToHtml(text) : '',
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
