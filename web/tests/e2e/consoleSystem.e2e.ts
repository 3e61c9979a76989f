// SPDX-License-Identifier: AGPL-3.0-or-later
/** The console's pages about the system itself. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, createAccount, goTo, signInToConsole, toast } from './console';
import { findings } from './findings';
import { DOMAIN, launch, screenshot, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const config = async (name: string): Promise<string[]> => {
  const answer = (await admin('GetAllConfig', { applyConfig: '0' })) as {
    a?: { n: string; _content: string }[];
  };
  return (answer.a ?? []).filter(({ n }) => n === name).map(({ _content }) => _content);
};

describe('settings', () => {
  it('are searched, shown as a difference, and only then changed', async () => {
    const { page, problems } = await signInToConsole(browser);
    await goTo(page, '#/settings', 'Settings');
    await page.getByLabel('Search settings').fill('size MESSAGE most');
    const size = page.getByLabel('Size of a message at most');
    await size.waitFor();
    await page.getByText('One setting').waitFor();
    await size.fill('much');
    await page.getByText('Write a size').waitFor();
    await size.fill('30 MB');
    await page.getByRole('button', { name: 'Review changes' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('zimbraMtaMaxMessageSize').waitFor();
    expect(await dialog.locator('ins').innerText()).toContain('30000000');
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'console-settings-review');
    expect(await config('zimbraMtaMaxMessageSize')).toEqual([]);
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await config('zimbraMtaMaxMessageSize')).toEqual(['30000000']);

    // An attribute that the page has no words for, by its name; a value that is not taken is told.
    await page.getByLabel('Search settings').fill('zimbraSmtpTimeout');
    await page.getByLabel('zimbraSmtpTimeout').fill('45');
    await page.keyboard.press('Control+s');
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await config('zimbraSmtpTimeout')).toEqual(['45']);
    await page.getByLabel('Search settings').fill('');
    await page.getByLabel('Only what is set').check();
    await page.getByLabel('zimbraSmtpTimeout').waitFor();
    await page.getByLabel('Junk from (percent)').waitFor({ state: 'detached' });

    // Both go again.
    await size.fill('');
    await page.getByLabel('zimbraSmtpTimeout').fill('');
    await page.getByRole('button', { name: 'Review changes' }).click();
    expect(await page.getByRole('dialog').locator('del').allInnerTexts()).toHaveLength(2);
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await config('zimbraMtaMaxMessageSize')).toEqual([]);

    await page.getByRole('link', { name: /^Only on / }).click();
    await page.getByText(/^What holds on .* only$/).waitFor();
    await page.getByLabel('zimbraServiceHostname').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('are no page for who may not read them', async () => {
    const name = `${unique('deleg').toLowerCase().replace(' ', '-')}@${DOMAIN}`;
    await createAccount(name, { zimbraIsDelegatedAdminAccount: 'TRUE' });
    const { page } = await signInToConsole(browser, name);
    const links = page.getByRole('navigation').getByRole('link');
    expect(await links.allInnerTexts()).toEqual(['Dashboard', 'Administrators']);
    await page.context().close();
  });
});

describe('storage', () => {
  it('gets a volume, a policy and a run that moves old mail', async () => {
    const cold = mkdtempSync(join(tmpdir(), 'posthouse-cold-'));
    const { page, problems } = await signInToConsole(browser);
    const name = unique('cold').replace(' ', '-');
    await goTo(page, '#/storage', 'Storage');
    await page.getByText('There is no volume for old mail yet').waitFor();
    await page.getByRole('button', { name: 'Add volume' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Directory').fill('relative');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'absolute path' }).waitFor();
    await dialog.getByLabel('Directory').fill(join(cold, 'mail'));
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Directory').fill(cold);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Receives old mail').waitFor();

    await page.getByRole('button', { name: 'Add policy' }).click();
    await dialog.getByLabel('Older than (days)').fill('0');
    await dialog.getByLabel('Larger than').fill('1k');
    await dialog.getByLabel('And found by').fill('is:(');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await config('zimbraHsmPolicy')).toEqual([]);
    await dialog.getByLabel('Older than (days)').fill('');
    await dialog.getByLabel('And found by').fill('is:anywhere');
    await dialog.getByText('Files of the briefcase').click();
    await dialog.getByText('message: larger:1k is:anywhere').waitFor();
    expect(await findings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await config('zimbraHsmPolicy')).toEqual(['message: larger:1k is:anywhere']);

    await page.getByRole('button', { name: 'Move now' }).click();
    await page.getByText(/messages moved/).waitFor();
    await page.getByText('Done', { exact: true }).waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'console-storage');
    // What holds mail stays.
    await page.getByRole('button', { name: `Actions for ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'message files' }).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: /^Remove message/ }).click();
    await toast(page, 'deleted').waitFor();
    expect(await config('zimbraHsmPolicy')).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
