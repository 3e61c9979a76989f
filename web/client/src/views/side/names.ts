// SPDX-License-Identifier: AGPL-3.0-or-later
import { FOLDER, type Folder, type Tag } from '$kit/core/model';
import type { Place } from '$kit/core/app';
import { t, type Key } from '$kit/i18n';

const SYSTEM: Record<string, Key> = {
  [FOLDER.inbox]: 'folder.inbox',
  [FOLDER.trash]: 'folder.trash',
  [FOLDER.junk]: 'folder.junk',
  [FOLDER.sent]: 'folder.sent',
  [FOLDER.drafts]: 'folder.drafts',
  [FOLDER.contacts]: 'folder.contacts',
  [FOLDER.emailedContacts]: 'folder.emailedContacts',
};

/** System folders have the name of the person's language, whatever the server calls them. */
export const folderName = (f: Pick<Folder, 'id' | 'name'>): string => {
  const key = SYSTEM[f.id];
  return key ? t(key) : f.name;
};

export function placeName(
  place: Place,
  folders: ReadonlyMap<string, Folder>,
  tags: ReadonlyMap<string, Tag>,
): string {
  if (place.kind === 'search') return t('search.results');
  if (place.kind === 'tag') return tags.get(place.tag)?.name ?? '';
  const folder = folders.get(place.folder);
  return folder ? folderName(folder) : '';
}
