// SPDX-License-Identifier: AGPL-3.0-or-later
/** The installer's page against a machine that is not set up: wrong turns, the whole way, and what comes after it. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findings as findingsOf } from './findings';
import { Machine } from './machine';
import { launch, screenshot, WAIT_MS } from './world';

const PASSWORD = 'correct horse battery';
/** This page is new: axe finds nothing at all. */
const findings = (page: Page): Promise<string[]> => findingsOf(page, () => true);
let browser: Browser;
let machine: Machine;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  machine = await Machine.start();
});
afterEach(() => machine.stop());

interface Visit {
  page: Page;
  problems: string[];
}

async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 860 },
    locale: 'en-GB',
    ignoreHTTPSErrors: true,
    ...options,
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (said) => {
    if (said.text().includes('Content Security Policy')) problems.push(said.text());
  });
  await page.goto(machine.url);
  return { page, problems };
}

async function unlock(page: Page): Promise<void> {
  await page.getByLabel(/Set-up code|Einrichtungscode/).fill(machine.code());
  await page.keyboard.press('Enter');
  await heading(page, /Language|Sprache/);
}

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { name, level: 2 }).waitFor();
const next = (page: Page) => page.getByRole('button', { name: /^(Next|Weiter)$/ }).click();

async function toAdministrator(page: Page): Promise<void> {
  await next(page);
  await page.getByLabel('Name of this server').fill('mail.walk.test');
  await page.getByLabel('Mail domain').click();
  expect(await page.getByLabel('Mail domain').inputValue()).toBe('walk.test');
  await next(page);
  await heading(page, 'Administrator');
}

async function toSummary(page: Page, password: string): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('The same once more').fill(password);
  await next(page);
  await heading(page, 'Certificate');
  await next(page);
  await heading(page, 'Outgoing mail');
  await next(page);
  await heading(page, 'Summary');
}

describe('the installer', () => {
  it('lets in whoever has the code, and nobody else', async () => {
    const { page, problems } = await visit();
    await page.getByLabel('Set-up code').fill('WRNG-WRNG');
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByText('This is not the set-up code').waitFor();
    await screenshot(page, 'setup-locked');
    expect(await findings(page)).toEqual([]);
    await page.getByLabel('Set-up code').fill(machine.code().toLowerCase().replace('-', ' '));
    await page.keyboard.press('Enter');
    await heading(page, 'Language');
    // A page that is loaded again is still let in; another browser is not.
    await page.reload();
    await heading(page, 'Language');
    const other = await visit();
    await other.page.getByLabel('Set-up code').waitFor();
    expect(problems).toEqual([]);
    await Promise.all([page.context().close(), other.page.context().close()]);
  });

  it.each(['light', 'dark'] as const)('walks from the code to a mailbox, %s', async (colorScheme) => {
    const { page, problems } = await visit({ colorScheme });
    const look = async (name: string): Promise<void> => {
      await screenshot(page, `setup-${colorScheme}-${name}`);
      expect([name, await findings(page)]).toEqual([name, []]);
    };
    await unlock(page);
    await look('language');
    await next(page);
    await heading(page, 'Name and domain');

    // What is wrong is said at its field, which has the focus.
    await page.getByLabel('Name of this server').fill('mail');
    await page.getByLabel('Mail domain').fill('walk.test');
    await page.keyboard.press('Enter');
    await page.getByText('Write the whole name').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true');
    await look('names-wrong');
    await page.getByLabel('Name of this server').fill('mail.walk.test');
    expect(await page.getByText('Write the whole name').count()).toBe(0);
    await page.getByRole('button', { name: 'Look them up' }).click();
    await page
      .getByRole('button', { name: 'Copy the value of walk.test' })
      .first()
      .waitFor({ timeout: 60_000 });
    await look('names');
    await next(page);
    await heading(page, 'Administrator');

    await page.getByLabel('Whole name').fill('Ann Archer');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('The same once more').fill('another');
    await next(page);
    await page.getByText('not the same password').waitFor();
    await look('administrator');
    await page.getByLabel('The same once more').fill(PASSWORD);
    await next(page);
    await heading(page, 'Certificate');

    await page.getByRole('radio', { name: /From Let’s Encrypt/ }).check();
    await next(page);
    await page.getByText('Without your consent').waitFor();
    await page.getByText('port 80 be open').waitFor();
    await look('certificate-acme');
    await page.getByLabel('I agree to the terms').check();
    await next(page);
    await heading(page, 'Outgoing mail');
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('radio', { name: /One of your own/ }).check();
    await page.getByRole('textbox', { name: 'Certificate and chain' }).fill('rubbish');
    await next(page);
    await page.getByText('no certificate in PEM').waitFor();
    await look('certificate');
    await page.getByRole('radio', { name: /Self-signed/ }).check();
    await next(page);
    await heading(page, 'Outgoing mail');

    await page.getByRole('radio', { name: /By a relay host/ }).check();
    await page.getByRole('textbox', { name: 'Relay host' }).fill('relay.walk.test');
    await page.getByLabel('User there').fill('me');
    await page.getByLabel('Who is told').fill('it@elsewhere.test');
    await next(page);
    await page.getByText('Give user and password').waitFor();
    await look('delivery');
    await page.getByLabel('Password there').fill('a relay secret');
    await next(page);
    await heading(page, 'Summary');
    for (const text of ['mail.walk.test, @walk.test', 'Ann Archer, admin@walk.test', 'relay.walk.test:587'])
      await page.getByText(text).waitFor();
    await look('summary');

    await page.getByRole('button', { name: 'Set up this machine' }).click();
    await heading(page, /This machine is (being set up|set up|ready)/);
    await screenshot(page, `setup-${colorScheme}-running`);
    await heading(page, 'This machine is ready');
    await look('ready');
    expect(problems).toEqual([]);

    // What was this page is the web client now.
    await page.goto(machine.url);
    await page.getByLabel('Email address').fill('admin@walk.test');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('grid', { name: 'Conversations' }).waitFor();
    expect(machine.posthouse('prov', 'gaa').trim()).toBe('admin@walk.test');
    await page.context().close();
  });

  it('keeps answers but no passwords for whoever comes back', async () => {
    const { page } = await visit();
    await unlock(page);
    await toAdministrator(page);
    await toSummary(page, PASSWORD);
    await page.context().close();
    const { page: again } = await visit();
    await unlock(again);
    await next(again);
    await heading(again, 'Name and domain');
    expect(await again.getByLabel('Name of this server').inputValue()).toBe('mail.walk.test');
    await next(again);
    await heading(again, 'Administrator');
    expect(await again.getByLabel('Password', { exact: true }).inputValue()).toBe('');
    await again.context().close();
  });

  it('shows which step failed and why, and goes on with other answers', async () => {
    machine.posthouse('prov', 'mcf', 'zimbraPasswordMinLength', '30');
    const { page, problems } = await visit();
    await unlock(page);
    await toAdministrator(page);
    await toSummary(page, PASSWORD);
    await page.getByRole('button', { name: 'Set up this machine' }).click();
    await heading(page, 'A step failed');
    await page.getByText('it is too short').first().waitFor();
    await page.getByRole('button', { name: 'Log: Make the domain' }).click();
    await page.getByText('walk.test is made').waitFor();
    await screenshot(page, 'setup-failed');
    expect(await findings(page)).toEqual([]);

    // Neither a page that is closed nor a machine that loses its power begins anew.
    await machine.restart();
    await page.reload();
    await page.getByLabel('Set-up code').fill(machine.code());
    await page.keyboard.press('Enter');
    await heading(page, 'A step failed');
    await page.getByRole('button', { name: 'Change answers' }).click();
    await toAdministrator(page);
    await toSummary(page, `${PASSWORD} and a staple`);
    await page.getByRole('button', { name: 'Set up this machine' }).click();
    await heading(page, 'This machine is ready');
    expect(machine.posthouse('prov', 'gaa').trim()).toBe('admin@walk.test');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('speaks German and fits on a phone', async () => {
    const phone = {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
      deviceScaleFactor: 2,
    };
    const { page, problems } = await visit({ ...phone, locale: 'de-DE' });
    await unlock(page);
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.getByRole('radio', { name: 'English' }).check();
    await heading(page, 'Language');
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    await heading(page, 'Sprache');
    const isNarrow = async (name: string): Promise<void> => {
      await screenshot(page, `setup-phone-${name}`);
      const wide = await page.locator('.app').evaluate((app) => app.scrollWidth - app.clientWidth);
      expect([name, wide <= 0, await findings(page)]).toEqual([name, true, []]);
    };
    await isNarrow('language');
    await next(page);
    await page.getByLabel('Name dieses Servers').fill('mail.with-a-rather-long-name.walk.test');
    await page.keyboard.press('Tab');
    await page.getByLabel('Mail-Domain').fill('a-rather-long-name.walk.test');
    await isNarrow('names');
    await next(page);
    await isNarrow('administrator');
    await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Noch einmal dasselbe').fill(PASSWORD);
    await next(page);
    await heading(page, 'Zertifikat');
    await next(page);
    await heading(page, 'Ausgehende Post');
    await next(page);
    await heading(page, 'Zusammenfassung');
    await isNarrow('summary');
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
