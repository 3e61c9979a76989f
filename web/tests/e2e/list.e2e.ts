// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * A list of 100,000 conversations. The answers to Search are made here, because filling a mailbox that far is
 * the load generator's work; everything else is the real server.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, signIn } from './world';

const TOTAL = 100_000;
/** A screen of rows and what is drawn beyond its edges, with room to spare. */
const ROWS_IN_DOCUMENT_MAX = 60;
const STEPS = 120;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('a very long list', () => {
  it('scrolls anywhere with a few rows in the document and only the pages in view asked for', async () => {
    const { page, problems } = await signIn(browser, 'dave');
    const offsets: number[] = [];
    await page.route('**/service/soap/SearchRequest', async (route) => {
      const { Body } = route.request().postDataJSON() as {
        Body: { SearchRequest: { offset: number; limit: number } };
      };
      const { offset, limit } = Body.SearchRequest;
      offsets.push(offset);
      const c = Array.from({ length: limit }, (_, i) => ({
        id: String(-1000 - offset - i),
        n: 1,
        u: 0,
        f: '',
        d: Date.now() - (offset + i) * 60_000,
        su: `Conversation ${offset + i}`,
        fr: 'first words',
        e: [{ a: `p${(offset + i) % 50}@example.test`, p: `Person ${(offset + i) % 50}`, t: 'f' }],
      }));
      await route.fulfill({
        json: {
          Header: {},
          Body: { SearchResponse: { c, offset, more: offset + limit < TOTAL, total: TOTAL } },
        },
      });
    });
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('Conversation 0', { exact: true }).waitFor();
    offsets.length = 0;

    const list = page.locator('#list');
    await list.evaluate((e) => e.scrollTo({ top: e.scrollHeight / 2 }));
    await page.getByText(`Conversation ${TOTAL / 2}`, { exact: true }).waitFor();
    await list.evaluate((e) => e.scrollTo({ top: e.scrollHeight }));
    await page.getByText(`Conversation ${TOTAL - 1}`, { exact: true }).waitFor();
    // Two jumps, each at most three pages: nothing in between was asked for.
    expect(offsets.length).toBeLessThanOrEqual(6);

    const frames = await list.evaluate(async (e, steps) => {
      const times: number[] = [];
      let most = 0;
      let last = performance.now();
      e.scrollTop = 0;
      for (let i = 0; i < steps; i++) {
        e.scrollTop += 240;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
        most = Math.max(most, e.querySelectorAll('[role=row]').length);
      }
      times.sort((a, b) => a - b);
      return { median: times[Math.floor(steps / 2)], p95: times[Math.floor(steps * 0.95)], most };
    }, STEPS);
    console.log(`scrolling: median frame ${frames.median?.toFixed(1)} ms, p95 ${frames.p95?.toFixed(1)} ms`);
    expect(frames.most).toBeLessThanOrEqual(ROWS_IN_DOCUMENT_MAX);

    // The keyboard reaches what is not drawn yet.
    await list.evaluate((e) => e.scrollTo({ top: 0 }));
    await page.getByText('Conversation 0', { exact: true }).waitFor();
    for (let i = 0; i < 40; i++) await page.keyboard.press('j');
    await page.locator('[role=row][data-id="-1039"][tabindex="0"]').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
