// SPDX-License-Identifier: AGPL-3.0-or-later
// Screenshots of the main views, to be looked at: node scripts/look.mjs BASE_URL DIRECTORY
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [
  base = 'http://127.0.0.1:4173',
  directory = 'test-results/look',
  user = 'alice@example.test',
  password = 'posthouse-demo',
] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

async function walk(name, options) {
  const context = await browser.newContext({ ...options, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && console.log(name, m.type(), m.text()));
  page.on('pageerror', (e) => console.log(name, 'pageerror', e.message));
  const shot = (what) => page.screenshot({ path: join(directory, `${name}-${what}.png`) });
  await page.goto(base);
  await page.locator('input[name=username]').waitFor();
  await shot('login');
  await page.locator('input[name=username]').fill(user);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('[role=row][data-id]').first().waitFor();
  await shot('list');
  await page
    .locator('[role=row][data-id]')
    .nth(Number(process.env.ROW ?? 0))
    .click();
  await page.locator('article').first().waitFor();
  await page.waitForTimeout(500);
  await shot('read');
  await page.keyboard.press('r');
  await page.locator('.editor, textarea').first().waitFor();
  await page.waitForTimeout(300);
  await shot('reply');
  await page.keyboard.press('Escape');
  if (!options.isMobile) {
    await page.keyboard.press('?');
    await page.locator('dialog').waitFor();
    await shot('help');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('v');
    await page.locator('dialog').waitFor();
    await shot('move');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.locator('[role=search] input').fill('has');
    await shot('search');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
  }
  await context.close();
}

await walk('desk', { viewport: { width: 1440, height: 900 } });
await walk('dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' });
await walk('phone', {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
});
await browser.close();
