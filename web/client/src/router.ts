// SPDX-License-Identifier: AGPL-3.0-or-later
/** The address bar decides what is shown, so that Back, reload and a copied link do what one expects. */
import type { Place } from '$kit/core/app';
import { FOLDER } from '$kit/core/model';
import { Store } from '$kit/core/store/store';

export interface Route {
  place: Place;
  conversation: string | undefined;
  /** Instead of mail. */
  page?: 'preferences';
}

export function parse(hash: string): Route {
  const [kind, id, , conversation] = hash
    .replace(/^#\/?/, '')
    .split('/')
    .map((piece) => {
      try {
        return decodeURIComponent(piece);
      } catch {
        return '';
      }
    });
  const place: Place =
    kind === 'tag' && id
      ? { kind: 'tag', tag: id }
      : kind === 'search' && id
        ? { kind: 'search', query: id }
        : { kind: 'folder', folder: kind === 'folder' && id ? id : FOLDER.inbox };
  if (kind === 'preferences') return { place, conversation: undefined, page: 'preferences' };
  return { place, conversation: conversation || undefined };
}

export function format({ place, conversation, page }: Route): string {
  if (page) return `#/${page}`;
  const id = place.kind === 'folder' ? place.folder : place.kind === 'tag' ? place.tag : place.query;
  const tail = conversation ? `/conversation/${encodeURIComponent(conversation)}` : '';
  return `#/${place.kind}/${encodeURIComponent(id)}${tail}`;
}

export const samePlace = (a: Place, b: Place): boolean =>
  format({ place: a, conversation: undefined }) === format({ place: b, conversation: undefined });

export const route = new Store<Route>(parse(location.hash));

export function go(next: Route, replace = false): void {
  const hash = format(next);
  if (hash === location.hash) return;
  if (replace) history.replaceState(null, '', hash);
  else history.pushState(null, '', hash);
  route.set(next);
}

export const goPlace = (place: Place): void => go({ place, conversation: undefined });

/** From one conversation to the next: Back leads to the list, not through all that was read. */
export const goConversation = (conversation: string | undefined): void => {
  const { place, conversation: current } = route.value;
  go({ place, conversation }, current !== undefined && conversation !== undefined);
};

export const goPreferences = (): void => go({ ...route.value, page: 'preferences' });

/** Back to the mail that was on screen before. */
export const leavePage = (): void => go({ place: route.value.place, conversation: undefined });

const follow = (): void => route.set(parse(location.hash));
window.addEventListener('popstate', follow);
window.addEventListener('hashchange', () => {
  if (format(route.value) !== location.hash) follow();
});
