// SPDX-License-Identifier: AGPL-3.0-or-later
/** Contacts: made, changed, grouped, found, moved, taken in and out as files; and completion of addresses. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { address, deliver, launch, row, screenshot, signIn, soap, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const openContacts = async (page: Page): Promise<void> => {
  await page
    .getByRole('navigation', { name: 'Parts of Posthouse' })
    .getByRole('button', { name: 'Contacts' })
    .click();
  await page.getByRole('heading', { name: 'Contacts', exact: true }).waitFor();
};
const word = (what: string): string => unique(what).replace(' ', '');

async function make(page: Page, first: string, last: string, email: string): Promise<void> {
  await page.getByRole('button', { name: 'New contact' }).click();
  await page.getByLabel('First name').fill(first);
  await page.getByLabel('Last name').fill(last);
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('article').getByRole('heading', { name: last }).waitFor();
}

describe('contacts', () => {
  it('are made, changed, seen elsewhere at once, deleted and brought back', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const other = await signIn(browser, 'alice');
    await openContacts(page);
    await openContacts(other.page);
    expect(await findings(page)).toEqual([]);
    const last = word('Miller');
    await make(page, 'Ann', last, `${last}@outside.test`);
    await row(other.page, last).waitFor();
    await screenshot(page, 'contacts');
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Edit contact' }).click();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'More fields' }).click();
    await page.getByLabel('Mobile phone').fill('+49 170 1234');
    await page.getByLabel('Birthday').fill('1980-02-29');
    await page.getByLabel('Notes').fill('Line one\nLine two');
    await page.getByLabel('First name').fill('Annette');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: '+49 170 1234' }).waitFor();
    await row(other.page, 'Annette').first().waitFor();
    await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
    await row(other.page, last).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await row(other.page, last).waitFor();
    await page.reload();
    await page.getByRole('searchbox', { name: 'Find a contact' }).fill(last);
    await row(page, last).click();
    await page.getByText('Line two').waitFor();
    expect(problems).toEqual([]);
    await other.page.context().close();
    await page.context().close();
  });

  it('make groups, which one writes to as one, and which contacts are dragged to', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    await openContacts(page);
    const [one, two, team] = [word('Kestrel'), word('Kestrel'), word('Team')];
    await make(page, 'One', one, `${one}@outside.test`);
    await make(page, 'Two', two, `${two}@outside.test`);
    await page.getByRole('button', { name: 'New group' }).click();
    await page.getByLabel('Name of the group').fill(team);
    await page.getByRole('combobox', { name: 'Members' }).fill(one);
    await page.getByRole('option').filter({ hasText: one }).first().click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('article').getByText(`${one}@outside.test`).waitFor();
    await page.getByRole('searchbox', { name: 'Find a contact' }).fill(two);
    await row(page, two).dragTo(page.getByRole('button', { name: team }));
    await page.getByText(`One contact added to ${team}`).waitFor();
    await page.getByRole('button', { name: team }).click();
    await page.getByRole('article').getByText(`${two}@outside.test`).waitFor();
    await screenshot(page, 'contacts-group');
    expect(await findings(page)).toEqual([]);
    await page.getByRole('toolbar').getByRole('button', { name: 'Write a message' }).click();
    const letter = page.getByRole('region', { name: 'New message' });
    await letter.getByRole('listitem').filter({ hasText: one }).waitFor();
    await letter.getByRole('listitem').filter({ hasText: two }).waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    // The group completes by its name, and stands for its members.
    await page.keyboard.press('c');
    await page.getByLabel('To', { exact: true }).fill(team);
    await page.getByRole('option', { name: team }).click();
    await letter.getByRole('listitem').filter({ hasText: two }).waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('move between address books, and go out and in as files', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    await openContacts(page);
    const [last, book] = [word('Wren'), unique('Club')];
    await page.getByRole('button', { name: 'New address book' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(book);
    await page.getByRole('button', { name: 'Create' }).click();
    const club = page.getByRole('button', { name: book });
    await club.waitFor();
    await make(page, 'Jo', last, `${last}@outside.test`);
    await page.getByRole('searchbox', { name: 'Find a contact' }).fill(last);
    await row(page, last).dragTo(club);
    await page.getByText(`Contact moved to ${book}`).waitFor();
    await club.click();
    await row(page, last).waitFor();
    for (const [item, file] of [
      ['Export as vCard', 'vcf'],
      ['Export as CSV', 'csv'],
    ] as const) {
      await page.getByRole('button', { name: 'Menu of this address book' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: item }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`${book}.${file}`);
      expect(readFileSync(await download.path(), 'utf8')).toContain(`${last}@outside.test`);
    }
    const fresh = word('Finch');
    await page.getByRole('button', { name: 'Menu of this address book' }).click();
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('menuitem', { name: 'Import contacts' }).click(),
    ]);
    await chooser.setFiles({
      name: 'people.vcf',
      mimeType: 'text/vcard',
      buffer: Buffer.from(
        `BEGIN:VCARD\r\nVERSION:3.0\r\nN:${fresh};Gold;;;\r\nFN:Gold ${fresh}\r\nEMAIL:${fresh}@outside.test\r\nEND:VCARD\r\n`,
      ),
    });
    await page.getByText('One contact imported').waitFor();
    await row(page, fresh).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('move to an address book and to Trash by keys, and are deleted there for good', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    await openContacts(page);
    const [last, book] = [word('Plover'), unique('Guild')];
    await make(page, 'Jo', last, `${last}@outside.test`);
    const find = page.getByRole('searchbox', { name: 'Find a contact' });
    await find.fill(last);
    await row(page, last).focus();
    await page.keyboard.press('v');
    const picker = page.getByRole('dialog', { name: 'Move contact to' });
    await picker.getByRole('option').first().waitFor();
    expect(await findings(page)).toEqual([]);
    // Not to where it is.
    expect(await picker.getByRole('option', { name: 'Contacts', exact: true }).count()).toBe(0);
    await picker.getByRole('button', { name: 'New address book' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(book);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(`Contact moved to ${book}`).waitFor();
    await page.getByRole('button', { name: book, exact: true }).click();
    await row(page, last).focus();
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Move to an address book' }).click();
    await page.getByRole('combobox', { name: 'Type to narrow the list' }).fill('Contacts');
    await page.keyboard.press('Enter');
    await page.getByText(/Contact moved to .*Contacts/).waitFor();
    await page.getByRole('button', { name: 'All contacts' }).click();
    await find.fill(last);
    await row(page, last).focus();
    await page.keyboard.press('#');
    await page.getByText('Contact moved to Trash').waitFor();
    await page.getByRole('button', { name: 'Trash', exact: true }).click();
    await row(page, last).click();
    await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete for good?' }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('Contact deleted').waitFor();
    await row(page, last).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'Trash', exact: true }).click();
    await find.fill(last);
    await page.getByText('Nobody here').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('of somebody who shares them are read, and taken over', async () => {
    const mail = { _jsns: 'urn:zimbraMail' };
    const [name, last] = [unique('Club'), word('Heron')];
    const made = (await soap('bob', 'CreateFolder', {
      ...mail,
      folder: { name, l: '1', view: 'contact' },
    })) as { folder: { id: string }[] | { id: string } };
    const id = [made.folder].flat()[0]?.id ?? '';
    const attrs = { firstName: 'Hal', lastName: last, email: `${last}@outside.test`, notes: 'Likes reeds' };
    const a = Object.entries(attrs).map(([n, _content]) => ({ n, _content }));
    await soap('bob', 'CreateContact', { ...mail, cn: { l: id, a } });
    await soap('bob', 'FolderAction', {
      ...mail,
      action: { id, op: 'grant', grant: { gt: 'usr', d: address('carol'), perm: 'r' } },
    });

    const { page, problems } = await signIn(browser, 'carol');
    await page.getByRole('button', { name: 'Open a shared folder' }).click();
    const dialog = page.getByRole('dialog', { name: 'Open a shared folder' });
    await dialog.getByRole('combobox').fill(address('bob'));
    await dialog.getByRole('button', { name: 'Look' }).click();
    // The first time it can't be had, and is asked for once more.
    await page.route('**/GetContactsRequest', (route) =>
      route.request().postData()?.includes('"l":') ? route.abort() : route.continue(),
    );
    await dialog.getByRole('listitem').filter({ hasText: name }).getByRole('button', { name: 'Add' }).click();
    await page.getByRole('heading', { name: `${name} of bob` }).waitFor();
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await page.unroute('**/GetContactsRequest');
    await again.click();
    await row(page, last).click();
    await page.getByText('Likes reeds').waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'shared-contacts');
    expect(await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await row(page, last).focus();
    await page.keyboard.press('#');
    await page.getByRole('button', { name: 'Add to my contacts' }).click();
    await page.getByText('added to Contacts').waitFor();
    await page.getByRole('button', { name: 'Contacts', exact: true }).last().click();
    await row(page, last).click();
    await page.getByText('Likes reeds').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('of the directory are asked for again when they could not be had', async () => {
    const { page, problems } = await signIn(browser, 'carol');
    await openContacts(page);
    await page.route('**/SearchGalRequest', (route) => route.abort());
    await page.getByRole('button', { name: 'Directory' }).click();
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await page.unroute('**/SearchGalRequest');
    await again.click();
    await row(page, address('bob')).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('are found in the directory, and taken over from there', async () => {
    const { page, problems } = await signIn(browser, 'carol');
    await openContacts(page);
    await page.getByRole('button', { name: 'Directory' }).click();
    await page.getByRole('searchbox', { name: 'Find in the directory' }).fill('bob');
    await row(page, address('bob')).click();
    await page.getByRole('button', { name: 'Add to my contacts' }).click();
    await page.getByText('added to Contacts').waitFor();
    await screenshot(page, 'directory');
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Contacts', exact: true }).last().click();
    await row(page, address('bob')).first().waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('come from mail, and from the directory complete whom one never wrote to', async () => {
    const { page } = await signIn(browser, 'dave');
    const who = word('Newcomer');
    const subject = unique('Hello');
    await deliver({ to: 'dave', subject, from: `Nora ${who} <${who}@outside.test>` });
    await row(page, subject).click();
    await page.getByRole('button', { name: 'More actions for this message' }).click();
    await page.getByRole('menuitem', { name: 'Add sender to contacts' }).click();
    await page.getByText('added to Contacts').waitFor();
    await page.reload();
    await row(page, subject).waitFor();
    await page.keyboard.press('c');
    await page.getByLabel('To', { exact: true }).pressSequentially(`nora ${who.slice(0, 6)}`.toLowerCase());
    await page
      .getByRole('option', { name: `${who}@outside.test` })
      .first()
      .click();
    await page.getByLabel('To', { exact: true }).fill('carol');
    await page.getByRole('option', { name: address('carol') }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.context().close();
  });

  it('are one column on a phone', async () => {
    const phone = {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
      deviceScaleFactor: 2,
    };
    const { page, problems } = await signIn(browser, 'alice', phone);
    await page.getByRole('button', { name: 'Folders' }).tap();
    await openContacts(page);
    await screenshot(page, 'phone-contacts');
    await page.locator('[role=row][data-id]').first().tap();
    await page.getByRole('button', { name: 'Back to the list' }).waitFor();
    await screenshot(page, 'phone-contact');
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await page.getByRole('button', { name: 'Back to the list' }).tap();
    await page.locator('[role=row][data-id]').first().waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
