// SPDX-License-Identifier: AGPL-3.0-or-later
/** Attributes of an entry of the directory, and edits of them. */
import { list } from '$kit/core/api/decode';
import type { Many } from '$kit/core/api/types';

/** Values by name; a name that is not there has none. */
export type Attrs = Readonly<Record<string, readonly string[]>>;

export interface WireAttr {
  n?: string;
  _content?: string;
}

export function readAttrs(wire: Many<WireAttr> | undefined): Attrs {
  const attrs: Record<string, string[]> = {};
  for (const { n, _content } of list(wire)) if (n !== undefined) (attrs[n] ??= []).push(_content ?? '');
  return attrs;
}

/** As requests take them: an attribute without values is one that goes. */
export function writeAttrs(changes: Attrs): { n: string; _content: string }[] {
  return Object.entries(changes).flatMap(([n, values]) =>
    values.length === 0 ? [{ n, _content: '' }] : values.map((_content) => ({ n, _content })),
  );
}

export const first = (attrs: Attrs, name: string): string => attrs[name]?.[0] ?? '';
export const isTrue = (attrs: Attrs, name: string): boolean => first(attrs, name) === 'TRUE';

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

/**
 * What somebody is changing on one entry. `own` stands on the entry itself, `inherited` is what holds where
 * nothing stands there.
 */
export class Draft {
  constructor(
    readonly own: Attrs,
    readonly inherited: Attrs = {},
    readonly edits: Attrs = {},
  ) {}

  values(name: string): readonly string[] {
    return this.edits[name] ?? this.own[name] ?? [];
  }

  value(name: string): string {
    return this.values(name)[0] ?? '';
  }

  /** What holds: the own value, else the inherited one. */
  effective(name: string): string {
    return this.isOwn(name) ? this.value(name) : first(this.inherited, name);
  }

  isOwn(name: string): boolean {
    return this.values(name).length > 0;
  }

  isEdited(name: string): boolean {
    return name in this.edits;
  }

  /** Back to what it was is no change. */
  with(name: string, values: readonly string[]): Draft {
    const kept = values.filter((value) => value.trim() !== '');
    const others = Object.fromEntries(Object.entries(this.edits).filter(([one]) => one !== name));
    const edits = same(kept, this.own[name] ?? []) ? others : { ...others, [name]: kept };
    return new Draft(this.own, this.inherited, edits);
  }

  get count(): number {
    return Object.keys(this.edits).length;
  }

  reset(): Draft {
    return new Draft(this.own, this.inherited);
  }
}
