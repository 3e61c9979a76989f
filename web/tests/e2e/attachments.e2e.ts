// SPDX-License-Identifier: AGPL-3.0-or-later
/** Attachments looked at in place. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findings } from './findings';
import { address, deliver, launch, row, screenshot, signIn, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R>>
%%EOF`;

const parts: [string, string, string][] = [
  ['application/pdf', 'offer.pdf', PDF],
  ['text/plain; charset=iso-8859-1', 'notes.txt', 'Gr\u00fc\u00dfe'],
  [
    'text/html',
    'page.html',
    '<p>Inner page</p><img src=x onerror="top.__owned=1"><script>top.__owned=1</script>',
  ],
  ['image/svg+xml', 'vector.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
];

function letter(subject: string): string {
  const body = parts.map(([type, name, content]) =>
    [
      '--cut',
      `Content-Type: ${type}`,
      `Content-Disposition: attachment; filename="${name}"`,
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(content, type.includes('8859') ? 'latin1' : 'utf8').toString('base64'),
    ].join('\r\n'),
  );
  return [
    'From: Stranger <stranger@outside.test>',
    `To: ${address('alice')}`,
    `Subject: ${subject}`,
    `Message-ID: <${unique('m').replace(' ', '.')}@outside.test>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=cut',
    '',
    '--cut',
    'Content-Type: text/plain',
    '',
    'See the files.',
    ...body,
    '--cut--',
    '',
  ].join('\r\n');
}

it('PDF, text and HTML are shown in place, one after the other, and nothing runs', async () => {
  const { page, problems } = await signIn(browser, 'alice');
  const refused: string[] = [];
  page.on('console', (m) => {
    // Of a handler in parsed, inert HTML the browser says so too; a viewer that may not be shown is the matter here.
    if (/(?:frame|object)-src/.test(m.text())) refused.push(m.text());
  });
  const subject = unique('Files');
  await deliver({ to: 'alice', subject, raw: letter(subject) });
  await row(page, subject).click();
  await page.getByRole('main').getByText('See the files.').waitFor();
  expect(await page.getByRole('button', { name: 'Show vector.svg' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Show offer.pdf' }).click();
  const dialog = page.getByRole('dialog', { name: 'offer.pdf' });
  const viewer = dialog.locator('iframe[src^="blob:"]');
  await viewer.waitFor();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('ArrowRight');
  await page.getByRole('dialog', { name: 'notes.txt' }).getByText('Grüße').waitFor();
  await screenshot(page, 'attachment-text');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Next attachment' }).click();
  await page.getByRole('dialog', { name: 'page.html' }).locator('iframe').waitFor();
  await page.frameLocator('dialog iframe').getByText('Inner page').waitFor();
  expect(await page.evaluate(() => '__owned' in globalThis)).toBe(false);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(refused).toEqual([]);
  expect(problems).toEqual([]);
  await page.context().close();
});
