// SPDX-License-Identifier: AGPL-3.0-or-later
/** A filter rule that begins with a message: what came from this sender, or by this list. */
import { newRule, type Rule } from '$kit/core/rules';
import type { Message } from '$kit/core/model';
import { Store } from '$kit/core/store/store';
import { displayName } from '$kit/core/text/people';
import { goPage } from './router';

/** What the filters' page opens with. */
export const proposed = new Store<Rule | undefined>(undefined);

export function proposeRule(message: Message): void {
  const from = message.people.find((p) => p.role === 'from');
  const list = /<([^<>\s]+)>\s*$/.exec(message.listId)?.[1] ?? message.listId;
  const rule = newRule();
  proposed.set({
    ...rule,
    name: list || (from ? displayName(from) : ''),
    tests: list
      ? [{ kind: 'header', header: 'List-Id', how: 'contains', value: list, not: false }]
      : [{ kind: 'from', how: 'is', value: from?.address ?? '', not: false }],
  });
  goPage({ name: 'preferences', section: 'filters' });
}
