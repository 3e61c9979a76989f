// SPDX-License-Identifier: AGPL-3.0-or-later
/** What buttons, menus and keys do. */
import type { Command } from '$kit/core/keys/keymap';
import { FOLDER, type Message } from '$kit/core/model';
import { app } from './app';
import { compose, openDraft, respond } from './respond';
import { go, goContacts, goConversation, goPlace, goPreferences, leavePage, route } from './router';
import { printMessage } from './printing';
import { focusSearch, ui } from './ui';

/** Marked rows, else what is open, else where the cursor is. */
export function targets(): string[] {
  const { marked, cursor } = app.selection.state.value;
  if (marked.size > 0) return [...marked];
  const open = app.reader.state.value.id;
  const id = open ?? cursor;
  return id ? [id] : [];
}

const rowsOf = (ids: readonly string[]) =>
  ids.flatMap((id) => {
    const row = app.list.rows.at(app.list.rows.indexOf(id));
    return row ? [row] : [];
  });

export const currentFolder = (): string | undefined =>
  app.place.value.kind === 'folder' ? app.place.value.folder : undefined;

/** A draft opens where it is written. What it answers, if that is here, is one click away in its own row. */
export function openConversation(id: string): void {
  app.selection.moveTo(id);
  const row = app.list.rows.at(app.list.rows.indexOf(id));
  if (row?.state.draft && (row.count === 1 || currentFolder() === FOLDER.drafts)) void openDraft(row);
  else goConversation(id);
}

export function step(by: 1 | -1): void {
  const { rows } = app.list;
  const open = app.reader.state.value.id;
  const at = rows.indexOf(open ?? app.selection.state.value.cursor ?? '');
  const next = rows.at(at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by)));
  if (!next) return;
  app.selection.moveTo(next.id);
  if (open) goConversation(next.id);
}

/** Marks all that the list's query finds, loaded or not. */
export async function selectResults(): Promise<void> {
  try {
    const { query, account } = app.list.state.value;
    app.selection.mark(await app.api.ids(query, app.list.by, account));
  } catch (error) {
    app.toasts.error(error);
  }
}

function extend(by: 1 | -1): void {
  const { rows } = app.list;
  const at = rows.indexOf(app.selection.state.value.cursor ?? app.reader.state.value.id ?? '');
  const next = rows.at(at < 0 ? 0 : at + by);
  if (next) app.selection.extend(next.id, rows);
}

/** The message that is read, by the printer. */
export async function print(): Promise<void> {
  const message = currentMessage() ?? app.reader.state.value.messages.at(-1);
  if (message) await printMessage(message);
}

export function remove(ids: readonly string[]): void {
  const folder = currentFolder();
  if (ids.length === 0) return;
  if (folder === FOLDER.trash || folder === FOLDER.junk) {
    ui.patch({
      question: {
        title: 'confirm.destroy.title',
        text: 'confirm.destroy.text',
        params: { count: ids.length },
        confirm: 'action.destroy',
        yes: () => void app.actions.destroy(ids),
      },
    });
  } else {
    void app.actions.trash(ids);
  }
}

export function toggleFlag(ids: readonly string[]): void {
  const flagged = rowsOf(ids).some((r) => !r.state.flagged);
  void app.actions.flagAndTell(ids, flagged);
}

export function toggleRead(ids: readonly string[]): void {
  const unread = rowsOf(ids).some((r) => r.state.unread);
  // Marking what is open as unread means to come back to it later.
  if (!unread && app.reader.state.value.id && ids.includes(app.reader.state.value.id))
    goConversation(undefined);
  void app.actions.readAndTell(ids, unread);
}

export function spam(ids: readonly string[]): void {
  void app.actions.spam(ids, currentFolder() !== FOLDER.junk);
}

export function pick(picker: 'move' | 'tag', ids: readonly string[]): void {
  if (ids.length > 0) ui.patch({ picker, targets: ids });
}

/** The message that r, a, f mean: the last expanded one, else the last. */
export function currentMessage(): Message | undefined {
  const { messages, expanded } = app.reader.state.value;
  return (
    messages.findLast((m) => expanded.has(m.id) && !m.state.draft) ?? messages.findLast((m) => !m.state.draft)
  );
}

const answer = (mode: 'reply' | 'replyAll' | 'forward'): void => {
  const message = currentMessage();
  if (message) void respond(message, mode);
};

export function back(): void {
  const state = ui.value;
  if (route.value.page) leavePage();
  else if (state.drawer) ui.patch({ drawer: false });
  else if (app.selection.state.value.marked.size > 0) app.selection.clear();
  else if (route.value.conversation) goConversation(undefined);
}

export const run: Record<Command, () => void> = {
  next: () => step(1),
  previous: () => step(-1),
  open: () => {
    const id = app.selection.state.value.cursor;
    if (id) openConversation(id);
  },
  back,
  mark: () => {
    const id = app.selection.state.value.cursor ?? app.reader.state.value.id;
    if (id) app.selection.toggle(id);
  },
  extendNext: () => extend(1),
  extendPrevious: () => extend(-1),
  print: () => void print(),
  preferences: goPreferences,
  markAll: () => app.selection.all(app.list.rows),
  compose,
  reply: () => answer('reply'),
  replyAll: () => answer('replyAll'),
  forward: () => answer('forward'),
  delete: () => remove(targets()),
  spam: () => spam(targets()),
  move: () => pick('move', targets()),
  tag: () => pick('tag', targets()),
  flag: () => toggleFlag(targets()),
  toggleRead: () => toggleRead(targets()),
  undo: () => app.toasts.undoLast(),
  search: () => focusSearch.now(),
  goInbox: () => goPlace({ kind: 'folder', folder: FOLDER.inbox }),
  goSent: () => goPlace({ kind: 'folder', folder: FOLDER.sent }),
  goDrafts: () => goPlace({ kind: 'folder', folder: FOLDER.drafts }),
  goContacts: () => goContacts(FOLDER.contacts),
  expandAll: () => {
    const { messages, expanded } = app.reader.state.value;
    app.reader.expandAll(expanded.size < messages.length);
  },
  refresh: () => void app.list.reload(),
  help: () => ui.patch({ help: !ui.value.help }),
};

app.live.onRenamed = (from, to) => {
  if (route.value.conversation === from) go({ ...route.value, conversation: to }, true);
};

/** When rows leave and one of them is open, the next one opens in its place. */
app.actions.onLeaving = (ids) => {
  const { rows } = app.list;
  const open = route.value.conversation;
  const from = rows.indexOf(open ?? app.selection.state.value.cursor ?? '');
  let next: string | undefined;
  for (let i = from + 1; i < Math.min(rows.length, from + 1 + ids.size + 1); i++) {
    const row = rows.at(i);
    if (row && !ids.has(row.id)) {
      next = row.id;
      break;
    }
  }
  if (open && ids.has(open)) goConversation(undefined);
  if (next) app.selection.moveTo(next);
};
