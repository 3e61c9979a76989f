// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * What the person may do, so that the console shows no door that is locked. The server checks everything again; this is only
 * what it said.
 */
import { list } from '$kit/core/api/decode';
import type { Many } from '$kit/core/api/types';

export interface WireRights {
  right?: Many<{ n?: string }>;
  setAttrs?: Many<WireAllowed>;
  getAttrs?: Many<WireAllowed>;
}
export interface WireAllowed {
  all?: boolean | string | number;
  a?: Many<{ n?: string; default?: Many<{ v?: Many<{ _content?: string } | string> }> }>;
}
export interface WireTarget {
  type?: string;
  all?: Many<WireRights>;
  inDomains?: Many<{ domain?: Many<{ name?: string }>; rights?: Many<WireRights> }>;
  entries?: Many<{ entry?: Many<{ name?: string }>; rights?: Many<WireRights> }>;
}

/** On one entry, or on each of a group of entries. */
export class Rights {
  constructor(
    readonly names: ReadonlySet<string>,
    private readonly set: ReadonlySet<string> | 'all',
    private readonly get: ReadonlySet<string> | 'all',
  ) {}

  static readonly ALL = new Rights(new Set(), 'all', 'all');
  static readonly NONE = new Rights(new Set(), new Set(), new Set());

  static of(wire: WireRights | undefined): Rights {
    const allowed = (one: Many<WireAllowed> | undefined): ReadonlySet<string> | 'all' => {
      const [element] = list(one);
      if (element?.all === true || element?.all === '1' || element?.all === 1) return 'all';
      return new Set(list(element?.a).map((a) => a.n ?? ''));
    };
    const names = new Set(list(wire?.right).map((r) => r.n ?? ''));
    return new Rights(names, allowed(wire?.setAttrs), allowed(wire?.getAttrs));
  }

  may(right: string): boolean {
    return this === Rights.ALL || this.names.has(right);
  }

  maySet(attribute: string): boolean {
    return this.set === 'all' || this.set.has(attribute);
  }

  /** How many attributes may be set; -1: all. */
  get settable(): number {
    return this.set === 'all' ? -1 : this.set.size;
  }

  mayGet(attribute: string): boolean {
    return this.get === 'all' || this.get.has(attribute) || this.maySet(attribute);
  }
}

export interface Held {
  /** Type of what the rights are on. */
  target: string;
  /** All of them, those in a domain, or these. */
  where: { kind: 'all' } | { kind: 'domain' | 'entries'; names: string[] };
  rights: Rights;
}

export function readHeld(targets: Many<WireTarget> | undefined): Held[] {
  const held: Held[] = [];
  for (const { type: target = '', all, inDomains, entries } of list(targets)) {
    for (const rights of list(all)) held.push({ target, where: { kind: 'all' }, rights: Rights.of(rights) });
    for (const { domain, rights } of list(inDomains)) {
      const names = list(domain).map((d) => d.name ?? '');
      held.push({ target, where: { kind: 'domain', names }, rights: Rights.of(list(rights)[0]) });
    }
    for (const { entry, rights } of list(entries)) {
      const names = list(entry).map((e) => e.name ?? '');
      held.push({ target, where: { kind: 'entries', names }, rights: Rights.of(list(rights)[0]) });
    }
  }
  return held;
}

export class Powers {
  constructor(
    readonly isGlobal: boolean,
    readonly held: readonly Held[],
  ) {}

  /** Somewhere: on at least one thing. */
  may(right: string): boolean {
    return this.isGlobal || this.held.some((h) => h.rights.may(right));
  }

  /** Domains in which a right on domains is held; undefined: in all of them. */
  domains(right: string): string[] | undefined {
    if (this.isGlobal) return undefined;
    const holding = this.held.filter((h) => h.target === 'domain' && h.rights.may(right));
    if (holding.some((h) => h.where.kind === 'all')) return undefined;
    return [...new Set(holding.flatMap((h) => (h.where.kind === 'all' ? [] : h.where.names)))].sort();
  }
}

export const AREAS = [
  'dashboard',
  'accounts',
  'domains',
  'cos',
  'lists',
  'resources',
  'rights',
  'queue',
  'quarantine',
  'settings',
  'storage',
  'backups',
  'logs',
] as const;
export type Area = (typeof AREAS)[number];
/** Areas before which the menu says what follows. */
export const SECTIONS: Partial<Record<Area, string>> = {
  accounts: 'nav.directory',
  queue: 'nav.mail',
  settings: 'nav.system',
};

const everybody = (): boolean => true;
const holding =
  (right: string) =>
  (powers: Powers): boolean =>
    powers.may(right);
const NEEDS: Record<Area, (powers: Powers) => boolean> = {
  dashboard: everybody,
  accounts: holding('listAccount'),
  domains: holding('listDomain'),
  cos: holding('listCos'),
  lists: holding('listDistributionList'),
  resources: holding('listCalendarResource'),
  rights: everybody,
  queue: holding('manageMailQueue'),
  quarantine: holding('manageMailQueue'),
  settings: (powers) => powers.isGlobal || powers.held.some(({ target }) => target === 'config'),
  storage: holding('manageVolume'),
  backups: holding('configureBackup'),
  logs: (powers) => powers.isGlobal,
};

/** The places that somebody has. */
export const areasFor = (powers: Powers): Area[] => AREAS.filter((area) => NEEDS[area](powers));
