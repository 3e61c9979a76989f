// SPDX-License-Identifier: AGPL-3.0-or-later
/** The address bar decides what is shown, so that Back, reload and a copied link do what one expects. */
import type { Place } from '$kit/core/app';
import { FOLDER } from '$kit/core/model';
import { Store } from '$kit/core/store/store';

export interface Route {
  place: Place;
  conversation: string | undefined;
  /** Instead of mail. */
  page?: Page;
}

/** `id` is the contact that is open. */
export type Page =
  { name: 'preferences'; section: Section } | { name: 'contacts'; folder: string; id: string | undefined };

export const SECTIONS = [
  'looks',
  'reading',
  'writing',
  'signatures',
  'filters',
  'away',
  'senders',
  'sources',
  'account',
] as const;
export type Section = (typeof SECTIONS)[number];

function pageOf(
  kind: string | undefined,
  id: string | undefined,
  third: string | undefined,
): Page | undefined {
  if (kind === 'preferences')
    return { name: 'preferences', section: SECTIONS.find((s) => s === id) ?? SECTIONS[0] };
  if (kind === 'contacts') return { name: 'contacts', folder: id || FOLDER.contacts, id: third || undefined };
  return undefined;
}

export function parse(hash: string): Route {
  const [kind, id, third, conversation] = hash
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
  const page = pageOf(kind, id, third);
  if (page) return { place, conversation: undefined, page };
  return { place, conversation: conversation || undefined };
}

export function format({ place, conversation, page }: Route): string {
  if (page?.name === 'preferences') return `#/preferences/${page.section}`;
  if (page)
    return `#/contacts/${encodeURIComponent(page.folder)}${page.id ? `/${encodeURIComponent(page.id)}` : ''}`;
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

export const goPage = (page: Page, replace = false): void => go({ ...route.value, page }, replace);
/** `id` names a contact, or `new` and `new-group`. */
export const goContacts = (folder: string, id?: string, replace = false): void =>
  goPage({ name: 'contacts', folder, id }, replace);
export const goPreferences = (): void => goPage({ name: 'preferences', section: SECTIONS[0] });

/** Back to the mail that was on screen before. */
export const leavePage = (): void => go({ place: route.value.place, conversation: undefined });

const follow = (): void => route.set(parse(location.hash));
window.addEventListener('popstate', follow);
window.addEventListener('hashchange', () => {
  if (format(route.value) !== location.hash) follow();
});
