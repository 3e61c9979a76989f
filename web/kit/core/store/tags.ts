// SPDX-License-Identifier: AGPL-3.0-or-later
import { list, tag as decode } from '../api/decode';
import type { Many, WireTag } from '../api/types';
import type { Tag } from '../model';
import { Store } from './store';

export class Tags {
  readonly byId = new Store<ReadonlyMap<string, Tag>>(new Map());

  get(id: string): Tag | undefined {
    return this.byId.value.get(id);
  }

  named(name: string): Tag | undefined {
    return [...this.byId.value.values()].find((t) => t.name.toLowerCase() === name.toLowerCase());
  }

  put(tag: Tag): void {
    this.byId.update((map) => new Map(map).set(tag.id, tag));
  }

  reset(all: Tag[]): void {
    this.byId.set(new Map(all.map((t) => [t.id, t])));
  }

  apply(wire: Many<WireTag> | undefined): void {
    const changed = list(wire);
    if (changed.length === 0) return;
    this.byId.update((map) => {
      const next = new Map(map);
      for (const one of changed) {
        const fresh = decode(one);
        const known = next.get(fresh.id);
        next.set(
          fresh.id,
          known
            ? {
                ...known,
                ...(one.name === undefined ? {} : { name: fresh.name }),
                ...(one.u === undefined ? {} : { unread: fresh.unread }),
                ...(one.color === undefined && one.rgb === undefined
                  ? {}
                  : { color: fresh.color, colorNumber: fresh.colorNumber }),
              }
            : fresh,
        );
      }
      return next;
    });
  }

  remove(ids: readonly string[]): void {
    if (!ids.some((id) => this.byId.value.has(id))) return;
    this.byId.update((map) => new Map([...map].filter(([id]) => !ids.includes(id))));
  }
}

export const sortedTags = (all: ReadonlyMap<string, Tag>): Tag[] =>
  [...all.values()].sort((a, b) => a.name.localeCompare(b.name));

/** `tag:` takes the name; quotes keep blanks together. */
export const tagQuery = (tag: Tag): string => `tag:"${tag.name.replaceAll('"', '')}"`;
