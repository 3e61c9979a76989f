// SPDX-License-Identifier: AGPL-3.0-or-later
/** Domains that the person may see, or make something in. */
import { Store } from '$kit/core/store/store';
import { app } from './app';
import type { Entry } from './core/api';

export const domains = new Store<readonly Entry[]>([]);

export async function loadDomains(): Promise<readonly Entry[]> {
  const found = await app.admin.searchAll({
    types: 'domains',
    query: '',
    attrs: [
      'zimbraDomainType',
      'zimbraDomainStatus',
      'zimbraDomainDefaultCOSId',
      'zimbraDomainAliasTargetId',
      'description',
    ],
  });
  domains.set(found);
  return found;
}

/** Where something may be made, by the right that it takes. An alias of a domain holds nothing of its own. */
export function domainsFor(known: readonly Entry[], right: string): string[] {
  const held = app.powers.domains(right);
  const local = known
    .filter((d) => (d.attrs['zimbraDomainType']?.[0] ?? 'local') !== 'alias')
    .map((d) => d.name);
  return held === undefined ? local : [...new Set([...held])].sort();
}
