// SPDX-License-Identifier: AGPL-3.0-or-later
/** What can be done to a folder, a saved search, a tag: in the list's header and at the pointer. */
import { FOLDER, type Folder, type Tag } from '$kit/core/model';
import { t } from '$kit/i18n';
import type { MenuItem } from '$kit/widgets/MenuList.svelte';
import { app } from './app';
import { goPlace, route, samePlace } from './router';
import { ui } from './ui';

/** Ids below are the system's own folders. */
const FIRST_USER_FOLDER = 256;

const fail = (error: unknown): void => app.toasts.error(error);

const leave = (folder: Folder): void => {
  if (samePlace(route.value.place, { kind: 'folder', folder: folder.id }))
    goPlace({ kind: 'folder', folder: FOLDER.inbox });
};

function deleteSearch(folder: Folder): void {
  ui.patch({
    question: {
      title: 'confirm.folder.title',
      text: 'confirm.search.text',
      params: { name: folder.name },
      confirm: 'action.delete',
      yes: () =>
        void app.api
          .actOnFolder({ id: folder.id, op: 'delete' })
          .then(() => leave(folder))
          .catch(fail),
    },
  });
}

function empty(folder: Folder, name: string): void {
  ui.patch({
    question: {
      title: 'confirm.empty.title',
      text: 'confirm.empty.text',
      params: { name },
      confirm: 'folder.empty',
      yes: () =>
        void app.api
          .actOnFolder({ id: folder.id, op: 'empty', recursive: true })
          .then(() => {
            app.toasts.done('toast.emptied', { name });
            return app.list.reload();
          })
          .catch(fail),
    },
  });
}

export function folderMenu(folder: Folder, name: string): MenuItem[] {
  const own = folder.kind !== 'link' && Number(folder.id) >= FIRST_USER_FOLDER;
  const items: MenuItem[] = [];
  if (folder.kind === 'folder') {
    items.push(
      { label: t('folder.markAllRead'), run: () => void app.actions.readFolder(folder.id) },
      {
        label: t('folder.newSub'),
        run: () => ui.patch({ nameAsked: 'folder', nameParent: folder.id, renamed: undefined }),
      },
    );
  }
  const renamed = { id: folder.id, name: folder.name, color: folder.colorNumber };
  if (own || folder.kind === 'link') {
    items.push({
      label: t('folder.rename'),
      run: () => ui.patch({ nameAsked: 'folder', renamed }),
    });
  } else {
    items.push({
      label: t('folder.color'),
      run: () => ui.patch({ nameAsked: 'folder', renamed: { ...renamed, name, fixed: true } }),
    });
  }
  if (Number(folder.id) >= FIRST_USER_FOLDER && folder.kind !== 'search') {
    items.push({
      label: `${t('folder.move')} …`,
      run: () => ui.patch({ picker: 'folder', targets: [folder.id] }),
    });
  }
  if (folder.kind === 'folder' && folder.id !== FOLDER.trash && folder.id !== FOLDER.junk) {
    items.push({ label: `${t('folder.share')} …`, run: () => ui.patch({ shared: folder.id }) });
  }
  if (folder.id === FOLDER.trash) {
    items.push({ label: `${t('recover.title')} …`, run: () => ui.patch({ recovering: true }) });
  }
  if (folder.id === FOLDER.trash || folder.id === FOLDER.junk) {
    items.push({ label: t('folder.empty'), danger: true, divided: true, run: () => empty(folder, name) });
  }
  if (folder.kind === 'link') {
    items.push({
      label: t('folder.unmount'),
      danger: true,
      divided: true,
      run: () => {
        leave(folder);
        void app.api.actOnFolder({ id: folder.id, op: 'delete' }).catch(fail);
      },
    });
  } else if (own && folder.kind === 'search') {
    items.push({
      label: t('folder.deleteSearch'),
      danger: true,
      divided: true,
      run: () => deleteSearch(folder),
    });
  } else if (own) {
    items.push({
      label: t('folder.delete'),
      danger: true,
      divided: true,
      run: () => {
        leave(folder);
        void app.actions.trashFolder(folder.id, folder.parent, name);
      },
    });
  }
  return items;
}

export function tagMenu(tag: Tag): MenuItem[] {
  return [
    {
      label: t('tag.rename'),
      run: () =>
        ui.patch({ nameAsked: 'tag', renamed: { id: tag.id, name: tag.name, color: tag.colorNumber } }),
    },
    {
      label: t('tag.delete'),
      danger: true,
      divided: true,
      run: () =>
        ui.patch({
          question: {
            title: 'confirm.folder.title',
            text: 'confirm.tag.text',
            params: { name: tag.name },
            confirm: 'action.delete',
            yes: () => {
              if (samePlace(route.value.place, { kind: 'tag', tag: tag.id }))
                goPlace({ kind: 'folder', folder: FOLDER.inbox });
              void app.api.actOnTag({ id: tag.id, op: 'delete' }).catch(fail);
            },
          },
        }),
    },
  ];
}
