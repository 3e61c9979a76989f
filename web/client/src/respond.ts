// SPDX-License-Identifier: AGPL-3.0-or-later
/** Starts an answer: fetches the body if it is not here yet, makes the quote, opens the window. */
import { toChip, unique } from '$kit/core/compose/addresses';
import { again, answer, blank, editing, fileName, forwardWhole, type Draft } from '$kit/core/compose/draft';
import { identityFor, QUOTE_MARK, senders, sign, signatureFor } from '$kit/core/compose/signature';
import type { Composer } from '$kit/core/compose/composer';
import {
  accountOf,
  type Conversation,
  type Identity,
  type Message,
  type Person,
  type RolePerson,
} from '$kit/core/model';
import { mediumDate } from '$kit/core/text/format';
import { fullName } from '$kit/core/text/people';
import { escapeHtml, quoteLines, textToHtml } from '$kit/core/text/plain';
import { region, t } from '$kit/i18n';
import { app } from './app';
import { carry, takeAlong } from './carry';
import { itemUrl } from './parts';
import { goConversation } from './router';

const names = (message: Message, role: 'from' | 'to' | 'cc'): string =>
  message.people
    .filter((p) => p.role === role)
    .map(fullName)
    .join(', ');

/** As whom this person may write. */
export function ownSenders(): Identity[] {
  const session = app.session.value;
  const { identities, addresses } = app.profile.state.value;
  return session.phase === 'signedIn' ? senders(identities, addresses, session.account.displayName) : [];
}

/** In answers as the person wants it: above what is quoted, or at the very end. */
export const signaturePlace = (draft: Draft): 'above' | 'below' =>
  draft.replyType !== undefined && app.profile.pref('zimbraPrefMailSignatureStyle') === 'internet'
    ? 'below'
    : 'above';

/** A letter as this person begins it: their sender, signature and form. `people` are those of what it answers. */
function begin(draft: Draft, people: readonly RolePerson[] = []): Composer | undefined {
  const own = ownSenders();
  const identity = identityFor(people, own);
  const signature = signatureFor(identity, draft.replyType !== undefined, app.profile.signatures);
  return app.composers.start(
    sign(
      {
        ...draft,
        // The usual sender is the server's to know.
        from: identity && identity !== own[0] ? identity.from : undefined,
        replyTo: identity?.replyTo,
        plain:
          draft.plain || (draft.mode === 'new' && app.profile.pref('zimbraPrefComposeFormat') === 'text'),
      },
      signature,
      signaturePlace(draft),
    ),
  );
}

export const compose = (): void => void begin(blank());

/** A new letter to these people. */
export const writeToPeople = (people: readonly Person[]): void =>
  void begin({ ...blank(), to: unique(people.filter((p) => p.address !== '').map(toChip)) });

/** Messages as files of a new letter. */
export function forwardAsFiles(all: readonly Message[]): void {
  const composer = begin(forwardWhole(all));
  for (const m of all.filter(({ id }) => accountOf(id) !== undefined)) {
    const file = { name: fileName(m), size: m.size, type: 'message/rfc822' };
    composer?.attachFrom(file, carry(itemUrl(m.id), file));
  }
}

/** The same once more, for other people perhaps. */
export async function writeAgain(wanted: Message): Promise<void> {
  const message = await whole(wanted);
  if (!message) return;
  const { cleanForEditor } = await import('$kit/html/clean');
  const draft = again(message);
  const composer = app.composers.start({
    ...draft,
    html: draft.html ? cleanForEditor(draft.html) : textToHtml(draft.text),
  });
  takeAlong(message, composer, true);
}

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
    const html = `<div><br></div><div><br></div><div ${QUOTE_MARK}>${lines.map(escapeHtml).join('<br>')}</div><div><br></div>${bodyHtml}`;
    const composer = begin(
      answer(message, mode, app.profile.state.value.addresses, {
        html,
        text: `\n\n${lines.join('\n')}\n\n${bodyText}`,
      }),
      message.people,
    );
    takeAlong(message, composer, true);
    return;
  }
  const wrote = t('quote.wrote', { date, name: names(message, 'from') });
  const html = `<div><br></div><div><br></div><div ${QUOTE_MARK}>${escapeHtml(wrote)}</div><blockquote type="cite">${bodyHtml}</blockquote>`;
  const text = `\n\n${wrote}\n${quoteLines(bodyText)}\n`;
  const composer = begin(
    answer(message, mode, app.profile.state.value.addresses, { html, text }),
    message.people,
  );
  takeAlong(message, composer, false);
}

/** One that waits for its time waits no longer; `keep`: it goes then, once its window is closed. */
export async function editDraft(wanted: Message, keep = true): Promise<void> {
  const message = await whole(wanted);
  if (!message) return;
  const draft = editing(message);
  const { cleanForEditor } = await import('$kit/html/clean');
  const composer = app.composers.start({
    ...draft,
    sendAt_ms: keep ? draft.sendAt_ms : undefined,
    html: draft.html ? cleanForEditor(draft.html) : textToHtml(draft.text),
  });
  if (composer && draft.sendAt_ms !== undefined) await app.composers.pause(composer);
}

/** The latest draft of a conversation, unless it waits for its time: that is looked at first. If there is none any more, the conversation itself. */
export async function openDraft(row: Pick<Conversation, 'id' | 'count'>): Promise<void> {
  try {
    const { messages } = await app.api.conversation(row.id, row.count);
    const draft = messages.filter((m) => m.state.draft).sort((a, b) => b.date_ms - a.date_ms)[0];
    if (draft && draft.sendAt_ms === undefined) await editDraft(draft);
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
  const text = url.searchParams.get('body') ?? '';
  begin({
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
