// SPDX-License-Identifier: AGPL-3.0-or-later
/** Hostile mail: nothing runs, nothing leaves, until the person asks, and then only images. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE } from './hostile';
import { deliver, launch, row, signIn, unique, withBodies } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('foreign mail', () => {
  it('runs nothing and asks nobody', async () => {
    const { page } = await signIn(browser, 'carol');
    const left: string[] = [];
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const own = new URL(page.url()).origin;
    page.context().on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(own) && !/^(?:data|blob|about):/.test(url)) left.push(url);
    });
    for (const html of HOSTILE) {
      const subject = unique('Hostile');
      await deliver({ to: 'carol', subject, html: `<p>before</p>${html}<p>after</p>` });
      await row(page, subject).click();
      await page.getByRole('heading', { name: subject }).waitFor();
      const frame = page.locator('main iframe').last();
      await frame.waitFor();
      expect(await frame.getAttribute('sandbox')).not.toContain('allow-scripts');
      await page.frameLocator('main iframe').last().locator('body').waitFor();
      // Links and buttons of the letter, should any be left, are tried too.
      for (const bait of await page.frameLocator('main iframe').last().locator('#j, #f').all()) {
        await bait.click({ timeout: 1_000 }).catch(() => undefined);
      }
      expect([html, await page.evaluate(() => '__owned' in window)]).toEqual([html, false]);
      // The frame of the page is still ours.
      expect(await page.locator('#list').count()).toBe(1);
      // Quoting it joins our own document: the strictest place.
      await page.keyboard.press('r');
      await page.getByRole('textbox', { name: 'Message text' }).waitFor();
      await page.getByRole('button', { name: 'Discard draft' }).click();
      expect([html, left, dialogs]).toEqual([html, [], []]);
    }
    expect(await page.evaluate(() => '__owned' in window)).toBe(false);
    await page.context().close();
  }, 300_000);

  it('is harmless even if the server let it through as it came', async () => {
    const subject = unique('Unwashed');
    await deliver({ to: 'carol', subject, html: '<p>stand-in</p>' });
    const { page, problems } = await signIn(browser, 'carol');
    const asked: string[] = [];
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs++;
      void dialog.dismiss();
    });
    page.on('request', (request) => asked.push(request.url()));
    await withBodies(page, HOSTILE);
    await row(page, subject).click();
    await expect.poll(() => page.locator('main iframe').count()).toBe(HOSTILE.length);
    for (let i = 0; i < HOSTILE.length; i++) {
      const body = page.locator('main iframe').nth(i).contentFrame().locator('body');
      await body.getByText('before').first().waitFor({ state: 'attached' });
      for (const bait of await body.locator('#j, #f').all()) {
        await bait.click({ timeout: 500 }).catch(() => undefined);
      }
    }
    expect(await page.evaluate(() => '__owned' in window)).toBe(false);
    expect(dialogs).toBe(0);
    const own = new URL(page.url()).origin;
    expect(asked.filter((url) => !url.startsWith(own) && !/^(?:data|blob|about):/.test(url))).toEqual([]);
    expect(
      asked.filter((url) => /fmt=zip|pixel|service\/soap\/NoOpRequest$/.test(url) && !url.includes('/soap/')),
    ).toEqual([]);
    expect(await page.locator('#list').count()).toBe(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('loads remote images only when asked, and only for that letter', async () => {
    const { page } = await signIn(browser, 'carol');
    const asked: string[] = [];
    await page.context().route('https://pictures.test/**', async (route) => {
      asked.push(route.request().url());
      await route.fulfill({
        contentType: 'image/svg+xml',
        body: '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>',
      });
    });
    const subject = unique('Catalogue');
    await deliver({
      to: 'carol',
      subject,
      html: '<h1>Sale</h1><img src="https://pictures.test/a.png" alt="a"><img src="http://pictures.test/b.png">',
    });
    await row(page, subject).click();
    await page.frameLocator('main iframe').getByText('Sale').waitFor();
    await page.getByText('2 remote images are not shown').waitFor();
    expect(asked).toEqual([]);
    await page.getByRole('button', { name: 'Show images' }).click();
    await expect
      .poll(() => [...asked].sort())
      .toEqual(['https://pictures.test/a.png', 'https://pictures.test/b.png']);

    const other = unique('Catalogue');
    await deliver({
      to: 'carol',
      subject: other,
      html: '<p>More</p><img src="https://pictures.test/c.png">',
    });
    await row(page, other).click();
    await page.getByText('One remote image is not shown').waitFor();
    expect(asked.length).toBe(2);
    await page.context().close();
  });

  it('shows inline images of the letter itself', async () => {
    const { page } = await signIn(browser, 'carol');
    const subject = unique('Logo');
    const pixel =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await deliver({
      to: 'carol',
      subject,
      raw: [
        'From: a@outside.test',
        'To: carol@example.test',
        `Subject: ${subject}`,
        'MIME-Version: 1.0',
        'Content-Type: multipart/related; boundary=b',
        '',
        '--b',
        'Content-Type: text/html',
        '',
        '<p>See</p><img id=logo src="cid:logo@x">',
        '--b',
        'Content-Type: image/png',
        'Content-ID: <logo@x>',
        'Content-Disposition: inline; filename=logo.png',
        'Content-Transfer-Encoding: base64',
        '',
        pixel,
        '--b--',
        '',
      ].join('\r\n'),
    });
    await row(page, subject).click();
    const image = page.frameLocator('main iframe').locator('img');
    await expect
      .poll(() => image.evaluate((img) => (img as HTMLImageElement).naturalWidth).catch(() => 0))
      .toBe(1);
    await page.context().close();
  });
});
