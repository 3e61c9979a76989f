// SPDX-License-Identifier: AGPL-3.0-or-later
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Serious and critical findings of axe-core, as "rule: element". */
export async function findings(page: Page): Promise<string[]> {
  // The page's CSP lets no script in by a tag; the debugger may evaluate.
  await page.evaluate(axe.source);
  const result = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { iframes: false }),
  );
  return result.violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
}
