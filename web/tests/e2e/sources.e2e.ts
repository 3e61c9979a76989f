// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Accounts elsewhere. The server connects to the Internet only, which a test must not need: so what is tried here is a server
 * in a private network, which is refused, and how the page says so.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { launch, screenshot, signIn, soap, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function openSources(page: Page): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('link', { name: 'External accounts' }).click();
  await page.getByRole('button', { name: 'Add an account' }).waitFor();
}

async function fill(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Add an account' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Protocol').selectOption('pop3');
  await page.getByLabel('Server', { exact: true }).fill('127.0.0.1');
  await page.getByLabel('User name').fill('ann');
  await page.getByLabel('Into the folder').selectOption({ label: 'Inbox' });
  await page.getByRole('combobox', { name: 'Fetch', exact: true }).selectOption('0');
}

describe('an account elsewhere', () => {
  it('is tried out, added, fetched from, changed and deleted', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const name = unique('Old mail');
    await openSources(page);
    await fill(page, name);
    expect(await page.getByLabel('Port').inputValue()).toBe('995');
    await page.getByLabel('Encryption').selectOption('cleartext');
    expect(await page.getByLabel('Port').inputValue()).toBe('110');
    await page.getByText(/may read your password/).waitFor();
    await page.getByLabel('Encryption').selectOption('ssl');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('Give the password of that account.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('secret-of-ann');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText(/^It does not work: /).waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'source-form');
    await page.getByRole('button', { name: 'Save' }).click();

    await page.getByText(name).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: `Fetch from ${name} now` }).click();
    await page.getByText(/^Failing since /).waitFor();
    await screenshot(page, 'sources');
    const known = JSON.stringify(await soap('alice', 'GetDataSources', { _jsns: 'urn:zimbraMail' }));
    expect(known).toContain(name);
    expect(known).not.toContain('secret-of-ann');

    await page.getByRole('button', { name: `Change ${name}` }).click();
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
    await page.getByLabel('Server', { exact: true }).fill('127.0.0.2');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Give the password again/).waitFor();
    await page.getByLabel('Server', { exact: true }).fill('127.0.0.1');
    await page.getByLabel('Fetch from this account').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: `Change ${name}` }).click();
    expect(await page.getByLabel('Fetch from this account').isChecked()).toBe(false);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText(name).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('has a form that fits a phone', async () => {
    const { page } = await signIn(browser, 'alice', {
      viewport: { width: 390, height: 780 },
      hasTouch: true,
    });
    await openSources(page);
    await fill(page, 'x');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await screenshot(page, 'source-form-phone');
    await page.context().close();
  });
});
