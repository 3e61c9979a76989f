// SPDX-License-Identifier: AGPL-3.0-or-later
/** The address bar decides what is shown: `#/accounts/ID`, `#/accounts?q=ann&page=2`. */
import { Store } from '$kit/core/store/store';
import { AREAS, type Area } from './core/powers';

export interface Route {
  area: Area;
  /** Of the entry that is open; `import` and its like are pages of the area. */
  id: string;
  query: Readonly<Record<string, string>>;
}

const decode = (piece: string): string => {
  try {
    return decodeURIComponent(piece);
  } catch {
    return '';
  }
};

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [area, id] = path.split('/').map(decode);
  return {
    area: AREAS.find((a) => a === area) ?? 'dashboard',
    id: id ?? '',
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function format({ area, id, query }: Route): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  const tail = kept.length > 0 ? `?${new URLSearchParams(kept).toString()}` : '';
  return `#/${area}${id === '' ? '' : `/${encodeURIComponent(id)}`}${tail}`;
}

export const to = (area: Area, id = '', query: Record<string, string> = {}): string =>
  format({ area, id, query });

export const route = new Store<Route>(parse(location.hash));

/** Asked before the page is left; false keeps it. Set by whatever holds changes that are not saved. */
export const guard = { mayLeave: (_next: () => void): boolean => true };

/** What is in the address bar while it is not left. */
let current = location.hash;

function show(hash: string): void {
  current = hash;
  route.set(parse(hash));
}

export function go(hash: string, replace = false): void {
  if (hash === location.hash) return;
  const next = (): void => {
    if (replace) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
    show(hash);
  };
  if (replace || guard.mayLeave(next)) next();
}

/** Another search, or another page of it: Back leads out of the list. */
export const refine = (query: Record<string, string>): void =>
  go(format({ ...route.value, query: { ...route.value.query, ...query } }), true);

function follow(): void {
  const hash = location.hash;
  if (hash === current) return;
  if (guard.mayLeave(() => go(hash))) show(hash);
  else history.pushState(null, '', current);
}
window.addEventListener('popstate', follow);
window.addEventListener('hashchange', follow);
