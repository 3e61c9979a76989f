// SPDX-License-Identifier: AGPL-3.0-or-later
/** Phone width, dark, German, and what axe-core says of each main view. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { deliver, launch, open, row, screenshot, signIn, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const SMALLEST_TARGET_PX = 44;

describe.each(['light', 'dark'] as const)('axe, %s', (colorScheme) => {
  it('finds nothing serious on the main views', async () => {
    const { page } = await open(browser, { colorScheme });
    await page.getByLabel('Email address').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.context().close();

    const visit = await signIn(browser, 'alice', { colorScheme });
    const subject = unique('Accessible');
    await deliver({ to: 'alice', subject, text: 'Words\n\n> quoted' });
    await row(visit.page, subject).click();
    await visit.page.getByRole('heading', { name: subject }).waitFor();
    await screenshot(visit.page, `desk-${colorScheme}`);
    expect(await findings(visit.page)).toEqual([]);
    await visit.page.keyboard.press('c');
    await visit.page.getByRole('textbox', { name: 'Message text' }).waitFor();
    expect(await findings(visit.page)).toEqual([]);
    await visit.page.getByRole('button', { name: 'Discard draft' }).click();
    await visit.page.getByRole('grid', { name: 'Conversations' }).focus();
    for (const key of ['?', 'v', 'l']) {
      await visit.page.keyboard.press(key);
      await visit.page.getByRole('dialog').waitFor();
      expect([key, await findings(visit.page)]).toEqual([key, []]);
      await visit.page.keyboard.press('Escape');
      await visit.page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await visit.page.context().close();
  });
});

describe('on a phone', () => {
  const phone = {
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  };

  it('is one column with a way back', async () => {
    const subject = unique('Pocket');
    await deliver({ to: 'alice', subject });
    const { page, problems } = await signIn(browser, 'alice', phone);
    await row(page, subject).tap();
    await page.getByRole('heading', { name: subject }).waitFor();
    expect(await page.locator('#list').isVisible()).toBe(false);
    await screenshot(page, 'phone-read');
    await page.getByRole('button', { name: 'Back to the list' }).tap();
    await row(page, subject).waitFor();
    await row(page, subject).tap();
    await page.getByRole('heading', { name: subject }).waitFor();
    await page.goBack();
    await row(page, subject).waitFor();
    await screenshot(page, 'phone-list');
    await page.getByRole('button', { name: 'Folders' }).tap();
    await page.getByRole('treeitem', { name: /^Sent/ }).tap();
    await page.getByRole('heading', { name: 'Sent' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('has no control too small for a finger, and does not scroll sideways', async () => {
    const { page } = await signIn(browser, 'alice', phone);
    const check = async (where: string): Promise<void> => {
      const small = await page.evaluate((least) => {
        const all = [...document.querySelectorAll<HTMLElement>('button, [role=row], [role=treeitem], input')];
        return all
          .filter((e) => e.checkVisibility() && !e.closest('[inert], .desk, .tags, .toasts, .search, ul'))
          .map((e) => ({ box: e.getBoundingClientRect(), html: e.outerHTML.slice(0, 120) }))
          .filter(({ box }) => box.width > 0 && box.right > 0 && (box.height < least - 2 || box.width < 36))
          .map(({ box, html }) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`);
      }, SMALLEST_TARGET_PX);
      expect([where, small]).toEqual([where, []]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect([where, wide <= 0]).toEqual([where, true]);
    };
    await check('list');
    await page.getByRole('button', { name: 'New message' }).last().tap();
    await page.getByRole('textbox', { name: 'Message text' }).waitFor();
    await screenshot(page, 'phone-compose');
    await check('compose');
    await page.context().close();
  });
});

describe('language and theme', () => {
  it('follow the browser and can be chosen', async () => {
    const { page } = await open(browser, { locale: 'de-DE' });
    await page.getByRole('button', { name: 'Anmelden' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.context().close();

    const visit = await signIn(browser, 'alice');
    const background = () => visit.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await visit.page.getByRole('button', { name: 'Theme' }).click();
    await visit.page.getByRole('menuitemradio', { name: 'Dark' }).click();
    expect(await background()).not.toBe(light);
    await visit.page.reload();
    await visit.page.getByRole('grid', { name: 'Conversations' }).waitFor();
    expect(await background()).not.toBe(light);
    await visit.page.context().close();
  });
});
