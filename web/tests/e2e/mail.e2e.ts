// SPDX-License-Identifier: AGPL-3.0-or-later
/** The everyday flows, in Chromium against a real server. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, BASE, deliver, launch, open, row, screenshot, signIn, unique, WAIT_MS } from './world';

const POLL = { timeout: WAIT_MS };
const DOT = 'R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==';

const withPicture = (subject: string): string =>
  [
    'From: Stranger <stranger@outside.test>',
    `Subject: ${subject}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/related; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Look: <img src="cid:dot@outside.test" alt="a dot" width="40" height="40"></p>',
    '--b',
    'Content-Type: image/gif; name=dot.gif',
    'Content-Disposition: inline; filename=dot.gif',
    'Content-ID: <dot@outside.test>',
    'Content-Transfer-Encoding: base64',
    '',
    DOT,
    '--b--',
    '',
  ].join('\r\n');

const loaded = (img: Element): boolean => img instanceof HTMLImageElement && img.naturalWidth > 0;

/** In the frame of the message: sent along, not fetched from elsewhere. */
async function shownPicture(page: Page): Promise<void> {
  const image = page.frameLocator('iframe[title="Message"]').last().locator('img');
  await expect
    .poll(() => image.evaluate((img) => (img as HTMLImageElement).naturalWidth > 0), POLL)
    .toBe(true);
}

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('signing in', () => {
  it('says what to do about a wrong password', async () => {
    const { page } = await open(browser);
    await page.getByLabel('Email address').fill(address('alice'));
    await page.getByLabel('Password').fill('not it');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Check both and try again').waitFor();
    await page.context().close();
  });

  it('lasts over a reload, and ends with signing out', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    await page.reload();
    await page.getByRole('grid', { name: 'Conversations' }).waitFor();
    expect(await page.title()).toContain(address('alice'));
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Email address').waitFor();
    await page.reload();
    await page.getByLabel('Email address').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('leaves no mail on the disk of the browser', async () => {
    const { page } = await signIn(browser, 'alice');
    const kept = await page.evaluate(() => ({
      local: Object.keys(localStorage),
      databases: indexedDB.databases(),
      workers: navigator.serviceWorker?.getRegistrations().then((all) => all.length),
    }));
    expect(kept.local).toEqual(['posthouse.ui']);
    await page.context().close();
  });
});

describe('mail', () => {
  it('arrives by itself, is counted, read and found', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Heron sighting');
    await deliver({
      to: 'alice',
      subject,
      text: 'At the lake.\n\nhttps://example.test/lake\n\n> older words',
    });
    await row(page, subject).waitFor();
    const title = await page.title();
    const unread = Number(/^\((\d+)\)/.exec(title)?.[1] ?? 0);
    expect(unread).toBeGreaterThan(0);

    await row(page, subject).click();
    await page.getByRole('heading', { name: subject }).waitFor();
    await page.getByRole('link', { name: 'https://example.test/lake' }).waitFor();
    await page.waitForFunction(
      (before) => Number(/^\((\d+)\)/.exec(document.title)?.[1] ?? 0) === before - 1,
      unread,
    );
    await screenshot(page, 'read');

    await page.keyboard.press('/');
    await page.keyboard.type(`subject:"${subject}"`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Search results' }).waitFor();
    await row(page, subject).waitFor();
    expect(await page.locator('[role=row][data-id]').count()).toBe(1);
    await page.goBack();
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('explains a search that cannot be understood', async () => {
    const { page } = await signIn(browser, 'alice');
    await page.getByRole('combobox', { name: 'Search mail' }).fill('subject:(');
    await page.keyboard.press('Enter');
    await page.getByText('The search can’t be understood').waitFor();
    await page.context().close();
  });

  it('goes to another user with a file, is answered, and comes back', async () => {
    const alice = await signIn(browser, 'alice');
    const bob = await signIn(browser, 'bob');
    const subject = unique('Contract');

    await alice.page.getByRole('button', { name: 'New message' }).click();
    const letter = alice.page.getByRole('region', { name: 'New message' });
    await letter.getByLabel('To', { exact: true }).fill(address('bob'));
    await alice.page.keyboard.press('Enter');
    await letter.getByRole('textbox', { name: 'Subject' }).fill(subject);
    const body = alice.page.getByRole('textbox', { name: 'Message text' });
    await body.click();
    await alice.page.keyboard.type('Please sign the second page.');
    await alice.page.locator('footer input[type=file]').setInputFiles({
      name: 'contract.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('second page'),
    });
    await alice.page.getByText('Draft saved').waitFor();
    await screenshot(alice.page, 'compose');
    await alice.page.getByRole('button', { name: 'Send', exact: true }).click();

    await row(bob.page, subject).waitFor();
    await row(bob.page, subject).click();
    await bob.page.getByText('1 attachment').waitFor();
    const [download] = await Promise.all([
      bob.page.waitForEvent('download'),
      bob.page.getByRole('link', { name: 'Download contract.txt' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toBe('second page');

    await bob.page.keyboard.press('r');
    const reply = bob.page.getByRole('textbox', { name: 'Message text' });
    await reply.waitFor();
    await bob.page.keyboard.type('Done, see you on Monday.');
    await bob.page.keyboard.press('Control+Enter');

    await row(alice.page, `Re: ${subject}`).or(row(alice.page, subject)).first().waitFor();
    await row(alice.page, subject).first().click();
    await alice.page.frameLocator('iframe').last().getByText('Done, see you on Monday.').waitFor();
    expect([...alice.problems, ...bob.problems]).toEqual([]);
    await alice.page.context().close();
    await bob.page.context().close();
  });

  it('can be held back for a moment after sending', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Hasty');
    await page.keyboard.press('c');
    await page.getByLabel('To', { exact: true }).fill(`${address('bob')},`);
    await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('region', { name: subject }).waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.getByText('Draft discarded').waitFor();
    await page.context().close();
  });

  it('keeps a draft that is closed, and opens it again', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Unfinished');
    await page.keyboard.press('c');
    await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: subject }).waitFor({ state: 'detached' });
    await page.getByRole('treeitem', { name: /^Drafts/ }).click();
    await row(page, subject).getByText('No recipient').waitFor();
    await row(page, subject).click();
    expect(await page.getByRole('textbox', { name: 'Subject' }).inputValue()).toBe(subject);
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await row(page, subject).waitFor({ state: 'detached' });
    await page.context().close();
  });
});

describe('what one looks for', () => {
  it('opens in a new tab without asking for the password again', async () => {
    const { page } = await signIn(browser, 'alice');
    const tab = await page.context().newPage();
    await tab.goto(BASE);
    await tab.getByRole('grid', { name: 'Conversations' }).waitFor();
    expect(await tab.title()).toContain(address('alice'));
    // The token that came with the cookie is good for changes, too.
    const subject = unique('Second tab');
    await deliver({ to: 'alice', subject });
    await row(tab, subject).hover();
    await row(tab, subject).getByRole('button', { name: 'Mark as read' }).click();
    await row(tab, subject).getByRole('button', { name: 'Mark as unread' }).waitFor();
    await page.locator('[role=row][data-id]:not(.unread)').filter({ hasText: subject }).waitFor();
    await page.context().close();
  });

  it('shows whom a letter went to', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Outgoing');
    await page.keyboard.press('c');
    await page.getByLabel('To', { exact: true }).fill(`${address('bob')},`);
    await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('treeitem', { name: /^Sent/ }).click();
    await row(page, subject).getByText('To: bob', { exact: true }).waitFor();
    await screenshot(page, 'sent');
    await page.context().close();
  });

  it('shows the original of a message', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Original');
    await deliver({ to: 'alice', subject, text: 'As it came.' });
    await row(page, subject).click();
    await page.getByRole('button', { name: /^More actions/ }).click();
    const [source] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('menuitem', { name: 'Show original' }).click(),
    ]);
    await source.getByText(`Subject: ${subject}`).waitFor();
    await page.context().close();
  });

  it('takes the pictures of a letter along when it is answered', async () => {
    const alice = await signIn(browser, 'alice');
    const bob = await signIn(browser, 'bob');
    const subject = unique('Picture');
    await deliver({ to: 'alice', subject, raw: withPicture(subject) });
    await row(alice.page, subject).click();
    await shownPicture(alice.page);
    await alice.page.getByRole('button', { name: 'Forward' }).last().click();
    const letter = alice.page.getByRole('region', { name: /Picture/ });
    await letter.getByLabel('To', { exact: true }).fill(address('bob'));
    await alice.page.keyboard.press('Enter');
    await expect.poll(() => letter.locator('[contenteditable] img').evaluate(loaded), POLL).toBe(true);
    expect(await letter.getByText('dot.gif').count()).toBe(0);
    // Saved, changed and saved again: the picture comes from the draft by now.
    await alice.page.getByText('Draft saved').waitFor();
    await letter.getByRole('textbox', { name: 'Subject' }).fill(`${subject} again`);
    await alice.page.getByText('Draft saved').waitFor({ state: 'detached' });
    await alice.page.getByText('Draft saved').waitFor();
    await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
    await row(bob.page, `${subject} again`).click();
    await shownPicture(bob.page);
    expect(await bob.page.getByText('1 attachment').count()).toBe(0);
    expect([...alice.problems, ...bob.problems]).toEqual([]);
    await alice.page.context().close();
    await bob.page.context().close();
  });
});

describe('acting on mail', () => {
  it('flags, tags, moves, deletes, and takes it back', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Invoice');
    const tag = unique('Tag');
    const folder = unique('Folder');
    await deliver({ to: 'alice', subject });
    await row(page, subject).click();
    await page.getByRole('heading', { name: subject }).waitFor();

    await page.keyboard.press('s');
    await row(page, subject).locator('.flag[aria-pressed=true]').waitFor();

    await page.keyboard.press('l');
    await page.getByRole('dialog').getByRole('button', { name: 'New tag' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(tag);
    await page.getByRole('button', { name: 'Create' }).click();
    await row(page, subject).getByText(tag).waitFor();

    await page.keyboard.press('v');
    await page.getByRole('dialog').getByRole('button', { name: 'New folder' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(folder);
    await page.getByRole('button', { name: 'Create' }).click();
    await row(page, subject).waitFor({ state: 'detached' });
    await page.getByRole('treeitem', { name: folder }).click();
    await row(page, subject).click();
    await page.keyboard.press('v');
    await page.getByRole('combobox', { name: 'Type to narrow the list' }).fill('Inbox');
    await page.keyboard.press('Enter');
    await page.getByText('Moved to Inbox').waitFor();
    await row(page, subject).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await row(page, subject).waitFor();

    await row(page, subject).hover();
    await row(page, subject).getByRole('button', { name: 'Delete' }).click();
    await row(page, subject).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await row(page, subject).waitFor();
    // The server agrees: it is still there when asked anew.
    await page.reload();
    await row(page, subject).waitFor();
    await row(page, subject).getByText(tag).waitFor();

    await page.getByRole('button', { name: tag }).click();
    await row(page, subject).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('marks several and asks before deleting for good', async () => {
    const { page } = await signIn(browser, 'alice');
    const [one, two] = [unique('Pile'), unique('Pile')];
    await deliver({ to: 'alice', subject: one });
    await deliver({ to: 'alice', subject: two });
    await row(page, one).getByRole('checkbox').click();
    await row(page, two).getByRole('checkbox').click();
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('#');
    await row(page, one).waitFor({ state: 'detached' });
    await page.getByRole('treeitem', { name: /^Trash/ }).click();
    await row(page, one).getByRole('checkbox').click();
    await page.keyboard.press('#');
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await row(page, one).waitFor({ state: 'detached' });
    await row(page, two).waitFor();
    await page.context().close();
  });

  it('walks by keyboard alone', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Keys');
    await deliver({ to: 'alice', subject });
    await row(page, subject).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('o');
    await page.getByRole('heading', { name: subject }).waitFor();
    await page.keyboard.press('u');
    await page.getByText('Nothing selected').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('shows what changes in another window', async () => {
    const here = await signIn(browser, 'alice');
    const there = await signIn(browser, 'alice');
    const subject = unique('Twin');
    await deliver({ to: 'alice', subject });
    await row(here.page, subject).waitFor();
    await row(there.page, subject).click();
    await row(there.page, subject).and(there.page.locator(':not(.unread)')).waitFor();
    await row(here.page, subject).and(here.page.locator(':not(.unread)')).waitFor();
    await there.page.keyboard.press('#');
    await row(here.page, subject).waitFor({ state: 'detached' });
    await here.page.context().close();
    await there.page.context().close();
  });

  it('tells that the line is lost, and heals without a reload', async () => {
    const { page } = await signIn(browser, 'alice');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('No connection to the server').waitFor();
    await page.context().setOffline(false);
    await page.getByText('No connection to the server').waitFor({ state: 'detached' });
    const subject = unique('Healed');
    await deliver({ to: 'alice', subject });
    await row(page, subject).waitFor();
    await page.context().close();
  });
});
