// SPDX-License-Identifier: AGPL-3.0-or-later
/** The context menu of the list: of the marked rows, or of the one under the pointer. */
import { FOLDER, type Conversation } from '$kit/core/model';
import { t } from '$kit/i18n';
import type { MenuItem } from '$kit/widgets/MenuList.svelte';
import { app } from './app';
import { currentFolder, openConversation, pick, remove, spam, toggleFlag, toggleRead } from './commands';
import { respond } from './respond';

async function answer(row: Conversation, mode: 'reply' | 'replyAll' | 'forward'): Promise<void> {
  try {
    const { messages } = await app.api.conversation(row.id, row.count);
    const last = messages.filter((m) => !m.state.draft).sort((a, b) => b.date_ms - a.date_ms)[0];
    if (last) await respond(last, mode);
  } catch (error) {
    app.toasts.error(error);
  }
}

export function rowMenu(row: Conversation): { label: string; items: MenuItem[] } {
  const { marked } = app.selection.state.value;
  const ids = marked.has(row.id) ? [...marked] : [row.id];
  const one = ids.length === 1;
  app.selection.moveTo(row.id);
  const junk = currentFolder() === FOLDER.junk;
  const items: MenuItem[] = one
    ? [
        { label: t('action.open'), run: () => openConversation(row.id) },
        { label: t('action.reply'), key: 'r', run: () => void answer(row, 'reply') },
        { label: t('action.replyAll'), key: 'a', run: () => void answer(row, 'replyAll') },
        { label: t('action.forward'), key: 'f', run: () => void answer(row, 'forward') },
      ]
    : [];
  items.push(
    {
      label: row.state.unread ? t('action.markRead') : t('action.markUnread'),
      key: 'u',
      divided: one,
      run: () => toggleRead(ids),
    },
    {
      label: row.state.flagged ? t('action.unflag') : t('action.flag'),
      key: 's',
      run: () => toggleFlag(ids),
    },
    { label: `${t('action.move')} …`, key: 'v', run: () => pick('move', ids) },
    { label: `${t('action.tag')} …`, key: 'l', run: () => pick('tag', ids) },
    { label: junk ? t('action.notSpam') : t('action.spam'), key: '!', divided: true, run: () => spam(ids) },
    { label: t('action.delete'), key: '#', danger: true, run: () => remove(ids) },
  );
  return {
    label: one ? row.subject || t('message.noSubject') : t('list.marked', { count: ids.length }),
    items,
  };
}
