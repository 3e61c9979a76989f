// SPDX-License-Identifier: AGPL-3.0-or-later
/** The administrators' console: its flows, at desktop and phone width, as an administrator of everything and as one with rights. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  account,
  admin,
  ADMIN,
  createAccount,
  enter,
  goTo,
  openConsole,
  PHONE,
  signInToConsole,
  toast,
  values,
} from './console';
import { findings } from './findings';
import { address, DOMAIN, launch, screenshot, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const fresh = (what: string): string => unique(what).toLowerCase().replace(' ', '-');

describe('the door', () => {
  it('lets administrators in and nobody else, and out again', async () => {
    const { page, problems } = await openConsole(browser);
    await enter(page, address('admin'), 'not the password');
    await page.getByRole('alert').filter({ hasText: 'don’t go together' }).waitFor();
    await enter(page, address('alice'));
    await page.getByRole('alert').filter({ hasText: 'don’t have the right' }).waitFor();
    await enter(page, address('admin'));
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
    // A reload goes on; nothing that says who somebody is lies on the disk.
    await page.reload();
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['posthouse.admin.ui']);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.getByRole('button', { name: /^Account / }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Email address').waitFor();
    await page.reload();
    await page.getByLabel('Email address').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('has a strict policy, and one address', async () => {
    const { page } = await openConsole(browser);
    const answer = await page.goto(`${ADMIN}/`);
    expect(new URL(page.url()).pathname).toBe('/admin/');
    const policy = answer?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect((await page.request.get(`${ADMIN}/admin/no.such.js`)).status()).toBe(404);
    await page.context().close();
  });

  it('asks again when the session ended, and goes on at the same place', async () => {
    const { page, problems } = await signInToConsole(browser);
    await goTo(page, '#/accounts', 'Accounts');
    // What the page asks for by itself has come.
    await page.waitForLoadState('networkidle');
    await page.context().clearCookies();
    await page.getByRole('navigation').getByRole('link', { name: 'Domains' }).click();
    await page.getByText('Your session has ended').waitFor();
    await enter(page, address('admin'));
    await page.getByRole('heading', { level: 1, name: 'Domains' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('accounts', () => {
  it('are made, changed, renamed and deleted', async () => {
    const { page, problems } = await signInToConsole(browser);
    const name = fresh('made');
    await goTo(page, '#/accounts', 'Accounts');
    await page.getByRole('button', { name: 'New account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').first().fill(`${name}@${DOMAIN}`);
    // What somebody calls themselves is text, whatever it is.
    await dialog.getByLabel('Display name').fill('<img src=x onerror=alert(1)> Ann');
    await dialog.getByRole('button', { name: 'Make one up' }).click();
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: `${name}@${DOMAIN}` }).waitFor();
    expect(values(await account(`${name}@${DOMAIN}`), 'displayName')).toEqual([
      '<img src=x onerror=alert(1)> Ann',
    ]);

    await page.getByLabel('Quota').fill('much');
    await page.getByText('Write a size').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.getByLabel('Quota').fill('2 GB');
    await page.getByLabel('Display name').fill('Ann');
    await page.getByText('2 changes not saved').waitFor();
    // Leaving asks first.
    await page.getByRole('navigation').getByRole('link', { name: 'Domains' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'saved').waitFor();
    const saved = await account(`${name}@${DOMAIN}`);
    expect([values(saved, 'zimbraMailQuota'), values(saved, 'displayName')]).toEqual([
      ['2000000000'],
      ['Ann'],
    ]);

    // What is written and not saved stays, whatever else of the account is changed.
    await page.getByLabel('Notes').fill('kept');
    await page.getByPlaceholder(`name@${DOMAIN}`).fill(`also-${name}`);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: `Remove alias also-${name}@${DOMAIN}` }).waitFor();
    expect(values(await account(`also-${name}@${DOMAIN}`), 'displayName')).toEqual(['Ann']);

    await page.getByText('One change not saved').waitFor();
    expect(await page.getByLabel('Notes').inputValue()).toBe('kept');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('not saved').waitFor({ state: 'detached' });
    expect(values(await account(`${name}@${DOMAIN}`), 'zimbraNotes')).toEqual(['kept']);

    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('dialog').getByLabel('New password').fill('another good secret 7');
    await page.getByRole('dialog').getByRole('button', { name: 'Set password' }).click();
    await toast(page, 'Password of').waitFor();

    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('New address').first().fill(`${name}-two`);
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { level: 1, name: `${name}-two@${DOMAIN}` }).waitFor();

    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByRole('dialog').getByRole('textbox').fill(`${name}-two@${DOMAIN}`);
    await confirm.click();
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
    await expect(account(`${name}-two@${DOMAIN}`)).rejects.toThrow('NO_SUCH_ACCOUNT');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('say what comes from the class of service', async () => {
    const cos = fresh('gold');
    const made = (
      await admin('CreateCos', { name: cos, a: [{ n: 'zimbraMailQuota', _content: '5000000000' }] })
    )['cos'] as { id: string }[];
    const name = `${fresh('heir')}@${DOMAIN}`;
    const id = await createAccount(name, { zimbraCOSId: made[0]?.id ?? '' });
    const { page, problems } = await signInToConsole(browser);
    await goTo(page, `#/accounts/${id}`, name);
    await page.getByText(`From class of service “${cos}”: 5 GB`).waitFor();
    expect(await page.getByLabel('Quota').inputValue()).toBe('');
    await page.getByLabel('Quota').fill('7 GB');
    await page.getByText(`Set here. From class of service “${cos}”: 5 GB`).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'saved').waitFor();
    expect(values(await account(name), 'zimbraMailQuota')).toEqual(['7000000000']);
    await page.getByRole('button', { name: 'Reset' }).first().waitFor();
    const quota = page.locator('.row').filter({ has: page.getByLabel('Quota') });
    await quota.getByRole('button', { name: 'Reset' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`From class of service “${cos}”: 5 GB`).waitFor();
    expect(values(await account(name), 'zimbraMailQuota')).toEqual(['5000000000']);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('have mail that is viewed with the right to, in the web client, and without a token that a script sees', async () => {
    const alice = await account(address('alice'));
    const { page, problems } = await signInToConsole(browser);
    await goTo(page, `#/accounts/${alice.id}`, alice.name);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'View mail' }).click();
    const answer = page.waitForResponse(/DelegateAuthRequest/);
    const opened = page.context().waitForEvent('page');
    await page.getByRole('dialog').getByRole('button', { name: 'View mail' }).click();
    expect(await (await answer).text()).not.toContain('authToken');
    const client = await opened;
    await client.getByRole('grid', { name: 'Conversations' }).waitFor();
    await client.getByRole('button', { name: `Account ${alice.name}` }).waitFor();
    expect(await client.evaluate(() => document.cookie)).toBe('');
    // It is a session of the owner, not of an administrator; the console's goes on.
    await page.getByRole('navigation').getByRole('link', { name: 'Domains' }).click();
    await page.getByRole('heading', { level: 1, name: 'Domains' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('are searched, paged, sorted and changed many at once', async () => {
    const group = fresh('crowd');
    const COUNT = 53;
    for (let n = 0; n < COUNT; n++)
      await createAccount(`${group}-${String(n).padStart(2, '0')}@${DOMAIN}`, {
        displayName: n === 7 ? `${group} (star*)` : group,
      });
    const { page, problems } = await signInToConsole(browser);
    await goTo(page, '#/accounts', 'Accounts');
    await page.getByRole('searchbox').fill(`${group} (star*)`);
    await page.getByRole('row', { name: new RegExp(`${group}-07`) }).waitFor();
    await page.getByText('1 to 1 of 1').waitFor();
    await page.getByRole('searchbox').fill(group);
    await page.getByText(`1 to 50 of ${COUNT}`).waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText(`51 to ${COUNT} of ${COUNT}`).waitFor();
    await page.getByRole('columnheader', { name: 'Account' }).getByRole('button').click();
    await page
      .getByRole('row')
      .nth(1)
      .getByRole('link', { name: `${group}-52` })
      .waitFor();

    await page.getByRole('checkbox', { name: 'Select all shown' }).check();
    await page.getByRole('button', { name: `Select all ${COUNT} found` }).click();
    await page.getByText(`${COUNT} accounts selected`).waitFor();
    await page.getByRole('button', { name: 'Change…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Status').selectOption('locked');
    await dialog.getByLabel('Quota', { exact: true }).selectOption('set');
    await dialog.getByLabel('New quota').fill('1 GB');
    await dialog.getByRole('button', { name: `Change ${COUNT} accounts` }).click();
    await dialog.getByText(`${COUNT} of ${COUNT} done`).waitFor({ timeout: 60_000 });
    await screenshot(page, 'console-bulk');
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('table').getByText('Locked').first().waitFor();
    const last = await account(`${group}-52@${DOMAIN}`);
    expect([values(last, 'zimbraAccountStatus'), values(last, 'zimbraMailQuota')]).toEqual([
      ['locked'],
      ['1000000000'],
    ]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('come from a CSV file, after a dry run that changes nothing', async () => {
    const [first, second] = [`${fresh('csv')}@${DOMAIN}`, `${fresh('csv')}@${DOMAIN}`];
    await createAccount(second, { displayName: 'Before' });
    const { page, problems } = await signInToConsole(browser);
    await goTo(page, '#/accounts/import', 'Import accounts');
    const csv = `email;displayName;quota;aliases\n${first};"First; one";3 GB;alias-${first}\n${second};After;;\nx@elsewhere.test;;huge;\n`;
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await page.getByText('1 to create, 1 to change, 0 with nothing to do, 1 with errors.').waitFor();
    await page.getByText('Not a size: huge').waitFor();
    await screenshot(page, 'console-import');
    expect(await findings(page)).toEqual([]);
    await expect(account(first)).rejects.toThrow('NO_SUCH_ACCOUNT');
    expect(values(await account(second), 'displayName')).toEqual(['Before']);
    await page.getByRole('button', { name: 'Carry out 2 lines' }).click();
    await page.getByText('2 of 2 done').waitFor();
    const made = await account(`alias-${first}`);
    expect([made.name, values(made, 'displayName'), values(made, 'zimbraMailQuota')]).toEqual([
      first,
      ['First; one'],
      ['3000000000'],
    ]);
    expect(values(await account(second), 'displayName')).toEqual(['After']);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('domains, classes, lists, resources', () => {
  it('are made and changed', async () => {
    const { page, problems } = await signInToConsole(browser);
    const dialog = page.getByRole('dialog');
    const create = async (hash: string, heading: string, button: string, fill: () => Promise<void>) => {
      await goTo(page, hash, heading);
      await page.getByRole('button', { name: button }).click();
      await fill();
      await dialog.getByRole('button', { name: 'Create', exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    };
    const domain = `${fresh('dom')}.test`;
    await create('#/domains', 'Domains', 'New domain', () => dialog.getByLabel('Domain name').fill(domain));
    await page.getByRole('heading', { level: 1, name: domain }).waitFor();
    await page.getByText('._domainkey.').waitFor();
    await page.getByLabel('Accounts at most').fill('3');
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'saved').waitFor();
    await page.getByPlaceholder('New alias domain').fill(`alias-${domain}`);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: `alias-${domain}` }).waitFor();

    const cos = fresh('class');
    await create('#/cos', 'Classes of service', 'New class of service', () =>
      dialog.getByLabel('Name').fill(cos),
    );
    await page.getByRole('heading', { level: 1, name: cos }).waitFor();
    await page.getByLabel('POP3').selectOption('FALSE');
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, `${cos} saved`).waitFor();

    const list = fresh('list');
    await create('#/lists', 'Distribution lists', 'New list', () =>
      dialog.getByLabel('Address').first().fill(list),
    );
    await page.getByRole('heading', { level: 1, name: `${list}@` }).waitFor();
    await page.getByLabel('New members').fill(`${address('alice')}, ${address('bob')}`);
    await page.getByRole('button', { name: 'Add 2' }).click();
    await page.getByRole('button', { name: `Remove ${address('bob')} from the list` }).click();
    await toast(page, `${address('bob')} removed`).waitFor();
    await page.getByText(address('alice')).waitFor();

    const room = fresh('room');
    await create('#/resources', 'Resources', 'New resource', () =>
      dialog.getByLabel('Address').first().fill(room),
    );
    await page.getByRole('heading', { level: 1, name: `${room}@` }).waitFor();
    await page.getByLabel('Capacity').fill('12');
    await page.getByRole('button', { name: 'Save' }).click();
    await toast(page, 'saved').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('a delegated administrator', () => {
  it('is given rights, sees and does what they say, and no more', async () => {
    const other = `${fresh('other')}.test`;
    await admin('CreateDomain', { name: other });
    await createAccount(`stranger@${other}`);
    const helper = `${fresh('helper')}@${DOMAIN}`;
    await createAccount(helper, { zimbraIsDelegatedAdminAccount: 'TRUE' });
    const person = `${fresh('person')}@${DOMAIN}`;
    const personId = await createAccount(person);

    const root = await signInToConsole(browser);
    await goTo(root.page, `#/rights?to=${encodeURIComponent(helper)}`, 'Administrators');
    await root.page.getByText('No grants that you may see.').waitFor();
    await root.page.getByRole('button', { name: 'Grant a right' }).click();
    const dialog = root.page.getByRole('dialog');
    await dialog.getByLabel('Name of it').fill(DOMAIN);
    await dialog.getByRole('combobox', { name: 'Right' }).fill('domainAdminRights');
    await dialog.getByRole('button', { name: 'Grant', exact: true }).click();
    await root.page.getByRole('button', { name: `Revoke domainAdminRights of ${helper}` }).waitFor();
    await screenshot(root.page, 'console-rights');

    const { page, problems } = await signInToConsole(browser, helper, PHONE);
    await page.getByRole('button', { name: 'Areas' }).tap();
    await page.getByRole('navigation').getByRole('link', { name: 'Accounts' }).waitFor();
    const places = await page.getByRole('navigation').getByRole('link').allTextContents();
    expect(places.map((place) => place.trim())).toEqual([
      'Dashboard',
      'Accounts',
      'Domains',
      'Distribution lists',
      'Resources',
      'Administrators',
    ]);
    await page.getByRole('navigation').getByRole('link', { name: 'Domains' }).tap();
    await page.getByRole('link', { name: DOMAIN, exact: true }).waitFor();
    expect(await page.getByText(other).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'New domain' }).count()).toBe(0);

    await goTo(page, '#/accounts', 'Accounts');
    await page.getByRole('searchbox').fill('stranger');
    await page.getByText('Nothing found').waitFor();
    await goTo(page, `#/accounts/${personId}`, person);
    await screenshot(page, 'console-phone-delegated');
    expect(await page.getByLabel('Quota').count()).toBe(0);
    expect(await page.getByText('Administrator of everything').count()).toBe(0);
    await page.getByLabel('Display name').fill('By helper');
    await page.getByRole('button', { name: 'Save' }).tap();
    await toast(page, 'saved').waitFor();
    expect(values(await account(person), 'displayName')).toEqual(['By helper']);
    expect(await findings(page)).toEqual([]);

    // What was taken away is refused by the server, whatever is still on screen.
    await root.page.getByRole('button', { name: `Revoke domainAdminRights of ${helper}` }).click();
    await root.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await toast(root.page, 'taken from').waitFor();
    await page.getByLabel('Display name').fill('Once more');
    await page.getByRole('button', { name: 'Save' }).tap();
    await page.getByText('You don’t have the right to do that.').waitFor();
    expect(values(await account(person), 'displayName')).toEqual(['By helper']);
    expect([...problems, ...root.problems]).toEqual([]);
    await page.context().close();
    await root.page.context().close();
  });
});
