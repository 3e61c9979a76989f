// SPDX-License-Identifier: AGPL-3.0-or-later
import { IntlMessageFormat } from 'intl-messageformat';

/** Names of the arguments, so that a translation can't forget one. */
export function argumentsOf(message: string): string[] {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (node && typeof node === 'object') {
      const { type, value } = node as { type?: number; value?: unknown };
      if (type !== undefined && type > 0 && type < 7 && typeof value === 'string') found.add(value);
      Object.values(node).forEach(visit);
    }
  };
  visit(new IntlMessageFormat(message, 'en').getAst());
  return [...found].sort();
}
