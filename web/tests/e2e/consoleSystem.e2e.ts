// SPDX-License-Identifier: AGPL-3.0-or-later
/** The console's pages about the system itself. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, createAccount, goTo, signInToConsole, toast } from './console';
import { findings } from './findings';
import { DOMAIN, launch, screenshot, soap, unique } from './world';

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

describe('mail flow', () => {
  const hasQueue = async (): Promise<boolean> => {
    const info = (await admin('GetMailQueueInfo')) as {
      server: { installed: boolean }[] | { installed: boolean };
    };
    return [info.server].flat()[0]?.installed ?? false;
  };

  it('is held, let go and deleted, or said to be none', async () => {
    const { page, problems } = await signInToConsole(browser);
    if (!(await hasQueue())) {
      await goTo(page, '#/queue', 'Mail queue');
      await page.getByText('There is no queue on this system').waitFor();
      await goTo(page, '#/quarantine', 'Quarantine');
      await page.getByText('There is no quarantine on this system').waitFor();
      await goTo(page, '#/logs/trace?q=alice', 'Logs');
      await page.getByText('Mail does not go through Postfix here').waitFor();
      expect(problems).toEqual([]);
      await page.context().close();
      return;
    }
    // The appliance: everything goes to a host where nobody listens.
    await admin('ModifyConfig', { a: { n: 'zimbraMtaRelayHost', _content: '[127.0.0.1]:9' } });
    const domain = `${unique('outside').toLowerCase().replace(' ', '-')}.test`;
    await goTo(page, `#/queue?todomain=${domain}`, 'Mail queue');
    const rows = page.getByRole('region', { name: 'Put off' }).locator('tbody tr');
    await expect
      .poll(
        async () => {
          // Until the new settings hold, mail bounces.
          await soap('alice', 'SendMsg', {
            _jsns: 'urn:zimbraMail',
            m: {
              su: 'waits',
              e: [{ t: 't', a: `x@${domain}` }],
              mp: { ct: 'text/plain', content: 'text' },
            },
          });
          await page.getByRole('button', { name: 'Refresh' }).click();
          return rows.count();
        },
        { timeout: 60_000, interval: 3_000 },
      )
      .toBeGreaterThanOrEqual(2);
    expect(await findings(page)).toEqual([]);
    await page
      .getByRole('checkbox', { name: /^Select [0-9A-F]{6}/ })
      .first()
      .check();
    await page.getByRole('button', { name: 'Hold', exact: true }).click();
    await toast(page, 'One message held').waitFor();
    await page.getByRole('button', { name: /^On hold/ }).click();
    const held = page.getByRole('region', { name: 'On hold' }).locator('tbody tr');
    await held.first().waitFor();
    await page.getByRole('checkbox', { name: 'Select all shown' }).check();
    await page.getByRole('button', { name: 'Release', exact: true }).click();
    await toast(page, 'One message let go').waitFor();
    await page.getByRole('button', { name: /^Put off/ }).click();
    await rows.first().waitFor();
    // What comes in meanwhile may be there afterwards, and so may what was let go.
    const ids = await rows.locator('.mono').allInnerTexts();
    await page.getByRole('button', { name: 'Delete all found…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await toast(page, 'deleted').waitFor();
    await expect
      .poll(async () => (await rows.locator('.mono').allInnerTexts()).filter((id) => ids.includes(id)))
      .toEqual([]);
    await admin('ModifyConfig', { a: { n: 'zimbraMtaRelayHost', _content: '' } });

    // The same message in the log: in, through the scanners, and not out.
    await goTo(page, `#/logs/trace?q=${domain}`, 'Logs');
    const way = page.getByRole('article').first();
    await way.locator('li').nth(1).waitFor();
    await way.getByText('Connection refused').waitFor();
    expect(await way.innerText()).toContain('reinject/smtpd');
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'console-trace');
    expect(problems).toEqual([]);
    await page.context().close();
  }, 120_000);
});

describe('backups', () => {
  it('are made and checked, and followed when one comes back', async () => {
    const { page, problems } = await signInToConsole(browser);
    await goTo(page, '#/backups', 'Backups');
    const make = page.getByRole('button', { name: 'Back up now' });
    await make.click();
    // It goes on without the page.
    await goTo(page, '#/dashboard', 'Dashboard');
    await goTo(page, '#/backups', 'Backups');
    await page.getByText(/^A backup was made/).waitFor();
    const rows = page.getByRole('region', { name: 'Backups that are kept' }).locator('tbody tr');
    await rows.first().waitFor();
    await page.getByText('As new as it should be').waitFor();
    await page.getByRole('button', { name: 'Check the newest' }).click();
    await page.getByText(/^The newest backup is good/).waitFor();
    await page.getByText('Restored, and good').waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'console-backups');
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('logs', () => {
  it('tell who did what, and what was refused', async () => {
    const { page, problems } = await signInToConsole(browser);
    const name = `${unique('logged').toLowerCase().replace(' ', '-')}@${DOMAIN}`;
    await createAccount(name, { displayName: 'nothing that is logged' });
    await expect(createAccount(name)).rejects.toThrow('ACCOUNT_EXISTS');
    await goTo(page, '#/logs', 'Logs');
    await page.getByLabel('Search: name').fill(`createaccount ${name}`);
    const rows = page.getByRole('region', { name: 'Audit log' }).locator('tbody tr');
    await rows.nth(1).waitFor();
    await expect.poll(() => rows.count()).toBe(2);
    const [newer, older] = await rows.allInnerTexts();
    expect(newer).toContain('account.ACCOUNT_EXISTS');
    expect(older).toContain('done');
    expect(older).toContain('displayName');
    expect(older).not.toContain('nothing that is logged');
    await screenshot(page, 'console-audit');
    await page.getByLabel('Search: name').fill('');
    await page.getByLabel('Log', { exact: true }).selectOption('mailboxd');
    await page.locator('pre', { hasText: 'listening' }).waitFor();
    await page.getByLabel('Search: name').fill('listening imaps');
    await expect.poll(() => page.locator('pre').innerText()).toMatch(/^[^\n]*service="imaps"[^\n]*$/);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('DNS of a domain', () => {
  it('is looked up when asked', async () => {
    const { page, problems } = await signInToConsole(browser);
    const found = await admin('GetDomain', { domain: { by: 'name', _content: DOMAIN } });
    const id = (found['domain'] as { id: string }[])[0]?.id ?? '';
    await goTo(page, `#/domains/${id}`, DOMAIN);
    await page.getByRole('button', { name: 'Look it up' }).click();
    await page.getByRole('button', { name: 'Look again' }).waitFor({ timeout: 120_000 });
    await page.getByText('v=spf1 mx -all').waitFor();
    await page
      .getByText(/^\d+ (missing|not answered)$/)
      .first()
      .waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'console-dns');
    expect(problems).toEqual([]);
    await page.context().close();
  }, 180_000);
});

describe('charts', () => {
  it('show the last minutes, to keys and as a table, too', async () => {
    const { page, problems } = await signInToConsole(browser);
    const chart = page.getByRole('img', { name: /^Open sessions/ });
    // The first figures come with the next full minute.
    await chart.waitFor({ timeout: 90_000 });
    await chart.focus();
    await page.keyboard.press('End');
    const figure = page.locator('figure', { has: chart });
    await figure
      .getByRole('status')
      .filter({ hasText: /IMAP: \d/ })
      .waitFor();
    await figure.getByText('As a table').click();
    await figure.locator('tbody tr').first().waitFor();
    await page.getByRole('img', { name: /^Disk of volume main/ }).waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'console-charts');
    await page.getByRole('button', { name: 'Month' }).click();
    await page.getByRole('button', { name: 'Month', pressed: true }).waitFor();
    expect(page.url()).toContain('span=month');
    expect(problems).toEqual([]);
    await page.context().close();
  }, 120_000);
});
