// SPDX-License-Identifier: AGPL-3.0-or-later
/** The context menu of the list: of the marked rows, or of the one under the pointer. */
import { FOLDER, type Conversation } from '$kit/core/model';
import { t } from '$kit/i18n';
import type { MenuItem } from '$kit/widgets/MenuList.svelte';
import { app } from './app';
import { askToBlock, mayBlock } from './block';
import { currentFolder, openConversation, pick, remove, spam, toggleFlag, toggleRead } from './commands';
import { forwardAsFiles, respond } from './respond';

/** More messages than that are no letter any more. */
const FILES_MAX = 50;

async function answer(row: Conversation, mode: 'reply' | 'replyAll' | 'forward'): Promise<void> {
  try {
    const { messages } = await app.api.conversation(row.id, row.count);
    const last = messages.filter((m) => !m.state.draft).sort((a, b) => b.date_ms - a.date_ms)[0];
    if (last) await respond(last, mode);
  } catch (error) {
    app.toasts.error(error);
  }
}

/** The last message of each conversation, whole. */
async function asFiles(ids: readonly string[]): Promise<void> {
  try {
    const all = await Promise.all(
      ids.slice(0, FILES_MAX).map(async (id) => (await app.api.conversation(id, 1)).messages),
    );
    const lasts = all.flatMap(
      (messages) => messages.filter((m) => !m.state.draft).sort((a, b) => b.date_ms - a.date_ms)[0] ?? [],
    );
    if (lasts.length > 0) forwardAsFiles(lasts);
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
  const sender = row.people.filter((p) => p.role === 'from').at(-1);
  const items: MenuItem[] = one
    ? [
        { label: t('action.open'), run: () => openConversation(row.id) },
        { label: t('action.reply'), key: 'r', run: () => void answer(row, 'reply') },
        { label: t('action.replyAll'), key: 'a', run: () => void answer(row, 'replyAll') },
        { label: t('action.forward'), key: 'f', run: () => void answer(row, 'forward') },
      ]
    : [];
  items.push({
    label: t('action.forwardAsFile'),
    run: () => void asFiles(ids),
  });
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
    ...(one && mayBlock(sender) && !junk
      ? [{ label: t('action.block'), run: (): void => askToBlock(sender, ids) }]
      : []),
    { label: t('action.delete'), key: '#', danger: true, run: () => remove(ids) },
  );
  return {
    label: one ? row.subject || t('message.noSubject') : t('list.marked', { count: ids.length }),
    items,
  };
}
