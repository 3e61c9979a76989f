// SPDX-License-Identifier: AGPL-3.0-or-later
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const isSerious = (impact: string): boolean => impact === 'serious' || impact === 'critical';

/** Findings of axe-core, as "rule: element"; serious and critical ones, if nothing else is wanted. */
export async function findings(page: Page, counts = isSerious): Promise<string[]> {
  // The page's CSP lets no script in by a tag; the debugger may evaluate.
  await page.evaluate(axe.source);
  const result = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { iframes: false }),
  );
  return result.violations
    .filter((v) => counts(v.impact ?? 'minor'))
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
}
