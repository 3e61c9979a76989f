// SPDX-License-Identifier: AGPL-3.0-or-later
/** Preferences: each works at once, lasts over a reload, and leaves every view accessible. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import {
  address,
  deliver,
  launch,
  PASSWORD,
  resetPreferences,
  row,
  screenshot,
  signIn,
  soap,
  unique,
} from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
/** The server keeps what one walk chose; the next one begins without it. */
afterEach(() => resetPreferences('alice'));

async function openPreferences(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Account|Konto)/ }).click();
  await page.getByRole('menuitem', { name: /^(Preferences|Einstellungen)$/ }).click();
  await page.getByRole('heading', { name: /^(Preferences|Einstellungen)$/ }).waitFor();
}
const section = (page: Page, name: string) =>
  page
    .getByRole('navigation', { name: 'Sections of the preferences' })
    .getByRole('link', { name, exact: true })
    .click();
const choose = async (page: Page, group: string, option: string): Promise<void> => {
  await page.getByRole('group', { name: group }).getByRole('radio', { name: option }).check();
};
const toMail = (page: Page) => page.getByRole('button', { name: 'Back to mail' }).click();

describe('preferences', () => {
  it('put the reading pane below, or away', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Pane');
    await deliver({ to: 'alice', subject });
    await openPreferences(page);
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'preferences');
    await section(page, 'Reading');
    await choose(page, 'Reading pane', 'Below the list');
    await toMail(page);
    await row(page, subject).click();
    await page.getByRole('heading', { name: subject }).waitFor();
    const list = await page.locator('.list-column').boundingBox();
    const reader = await page.locator('.reader-column').boundingBox();
    expect((list?.y ?? 0) + (list?.height ?? 0)).toBeLessThanOrEqual((reader?.y ?? 0) + 1);
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'pane-below');
    const bar = page.getByRole('separator', { name: 'Height of the list' });
    await bar.focus();
    await page.keyboard.press('ArrowDown');
    expect(await bar.getAttribute('aria-valuenow')).toBe('340');

    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await section(page, 'Reading');
    await choose(page, 'Reading pane', 'Off');
    await page.keyboard.press('Escape');
    await row(page, subject).click();
    await page.getByRole('heading', { name: subject }).waitFor();
    expect(await page.locator('#list').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await row(page, subject).waitFor();
    await screenshot(page, 'pane-off');
    // Another browser of the same person has it too.
    const other = await signIn(browser, 'alice');
    await expect.poll(() => other.page.locator('.reader-column').isVisible()).toBe(false);
    await other.page.context().close();
    await page.reload();
    await row(page, subject).waitFor();
    expect(await page.locator('.reader-column').isVisible()).toBe(false);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('show conversations or single messages', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Thread');
    await deliver({ to: 'alice', subject, text: 'first words' });
    await row(page, subject).waitFor();
    await openPreferences(page);
    await section(page, 'Reading');
    await choose(page, 'List', 'Single messages');
    await toMail(page);
    await page.getByRole('grid', { name: 'Messages' }).waitFor();
    await page.getByRole('combobox', { name: 'Search mail' }).fill('subject:"the plan"');
    await page.keyboard.press('Enter');
    // One row each, though they are one conversation.
    await expect.poll(() => row(page, 'Relaunch: the plan').count()).toBeGreaterThan(1);
    await page.getByRole('treeitem', { name: /^Inbox/ }).click();
    await row(page, subject).click();
    await page.getByRole('heading', { name: subject }).waitFor();
    expect(await page.locator('main article').count()).toBe(1);
    await page.keyboard.press('s');
    await row(page, subject).locator('.flag[aria-pressed=true]').waitFor();
    await page.keyboard.press('#');
    await row(page, subject).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await row(page, subject).waitFor();
    await page.reload();
    await row(page, subject).locator('.flag[aria-pressed=true]').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('change the density and the contrast', async () => {
    const { page } = await signIn(browser, 'alice');
    const first = page.locator('[role=row][data-id]').first();
    const height = async () => (await first.boundingBox())?.height ?? 0;
    const usual = await height();
    await openPreferences(page);
    await choose(page, 'Density', 'Compact');
    await choose(page, 'Contrast', 'High');
    expect(await findings(page)).toEqual([]);
    await toMail(page);
    await first.waitFor();
    expect(await height()).toBeLessThan(usual);
    expect(await page.evaluate(() => getComputedStyle(document.body).color)).toMatch(/^rgb\(0, 0, 0\)/);
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'high-contrast');
    await page.emulateMedia({ colorScheme: 'dark' });
    // Colours fade over for a moment.
    await expect.poll(() => findings(page)).toEqual([]);
    await screenshot(page, 'high-contrast-dark');
    await page.context().close();
  });

  it('follow the contrast that the system asks for, unless somebody chose', async () => {
    const { page } = await signIn(browser, 'alice');
    const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
    await page.emulateMedia({ colorScheme: 'light', contrast: 'more' });
    await expect.poll(ink).toMatch(/^rgb\(0, 0, 0\)/);
    await openPreferences(page);
    await choose(page, 'Contrast', 'Normal');
    await expect.poll(ink).not.toMatch(/^rgb\(0, 0, 0\)/);
    await page.context().close();
  });

  it('change the language, and go back to that of the browser', async () => {
    const { page } = await signIn(browser, 'alice');
    await openPreferences(page);
    await page.getByRole('radio', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await screenshot(page, 'preferences-de');
    await page.getByRole('radio', { name: /Wie der Browser/ }).click();
    await page.getByRole('heading', { name: 'Preferences' }).waitFor();
    await page.context().close();
  });

  it('are sections that one reaches by their address', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    await openPreferences(page);
    for (const name of [
      'Reading',
      'Writing',
      'Signatures and senders',
      'Filters',
      'Blocked and allowed',
      'Account',
    ]) {
      await section(page, name);
      await page.getByRole('link', { name }).and(page.locator('[aria-current=page]')).waitFor();
      expect([name, await findings(page)]).toEqual([name, []]);
    }
    await page.reload();
    await page.getByRole('heading', { name: 'Password' }).waitFor();
    await screenshot(page, 'preferences-account');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('keep senders out and let them in', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const who = `${unique('pest').replace(' ', '.')}@outside.test`;
    const subject = unique('Bargain');
    await deliver({ to: 'alice', subject, from: `Pest <${who}>` });
    await row(page, subject).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Block sender' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Block sender' }).click();
    await row(page, subject).waitFor({ state: 'detached' });
    await openPreferences(page);
    await section(page, 'Blocked and allowed');
    const blocked = page.getByRole('region', { name: 'Blocked senders' });
    await blocked.getByText(who).waitFor();
    await blocked.getByRole('button', { name: `Remove ${who}` }).click();
    await blocked.getByText(who).waitFor({ state: 'detached' });
    const allowed = page.getByRole('region', { name: 'Allowed senders' });
    await allowed.getByRole('textbox').fill('not a sender');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await allowed.getByRole('textbox').fill('friends.test');
    await page.keyboard.press('Enter');
    await allowed.getByText('friends.test', { exact: true }).waitFor();
    await allowed.getByRole('button', { name: 'Remove friends.test' }).click();
    await allowed.getByText('friends.test', { exact: true }).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('change the password without ending the session, and end the others', async () => {
    const { page, problems } = await signIn(browser, 'dave');
    const other = await signIn(browser, 'dave');
    const form = async (old: string, next: string): Promise<void> => {
      await page.getByLabel('Present password').fill(old);
      await page.getByLabel('New password', { exact: true }).fill(next);
      await page.getByLabel('New password again').fill(next);
      await page.getByRole('button', { name: 'Change password' }).click();
    };
    await openPreferences(page);
    await section(page, 'Account');
    await form('wrong', 'a new pass phrase 1');
    await page.getByRole('alert').getByText('The present password is not right.').waitFor();
    await form(PASSWORD, 'a new pass phrase 1');
    await page.getByText('Password changed').waitFor();
    await other.page.getByText('Your session has ended').waitFor();
    await form('a new pass phrase 1', PASSWORD);
    await page.getByText('Password changed').last().waitFor();
    await toMail(page);
    const subject = unique('Still');
    await deliver({ to: 'dave', subject });
    await row(page, subject).waitFor();
    expect(problems).toEqual([]);
    await other.page.context().close();
    await page.context().close();
  });

  it('put a signature below letters, and another one with another sender', async () => {
    const { page, problems } = await signIn(browser, 'carol');
    await openPreferences(page);
    await section(page, 'Signatures and senders');
    for (const [name, words] of [
      ['Short', 'Carol C.'],
      ['Desk', 'The help desk'],
    ] as const) {
      await page.getByRole('button', { name: 'New signature' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill(name);
      await page.getByRole('textbox', { name: 'Text of the signature' }).click();
      await page.keyboard.type(words);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: `${name} ${words}` }).waitFor();
    }
    await page.getByRole('button', { name: 'New sender' }).click();
    await page.getByLabel('Name of this sender, for yourself').fill('Desk');
    await page.getByLabel('Name that others see').fill('Help desk');
    await page.getByLabel('Answers go to').fill('desk@outside.test');
    await page.getByLabel('Signature in new messages').selectOption('Desk');
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'preferences-signatures');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: /^Desk Help desk/ }).waitFor();
    await toMail(page);
    await page.keyboard.press('c');
    const text = page.getByRole('textbox', { name: 'Message text' });
    await text.getByText('Carol C.').waitFor();
    await page.getByRole('combobox', { name: 'From' }).selectOption({ index: 1 });
    await text.getByText('The help desk').waitFor();
    expect(await text.getByText('Carol C.').count()).toBe(0);
    const subject = unique('Desk');
    await page.getByLabel('To', { exact: true }).fill(`${address('bob')},`);
    await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await page.keyboard.press('Control+Enter');
    await page.getByText('Message sent', { exact: true }).waitFor();
    const bob = await signIn(browser, 'bob');
    await row(bob.page, subject).click();
    await bob.page.getByText('Help desk', { exact: true }).last().waitFor();
    await bob.page.keyboard.press('r');
    await bob.page.getByRole('listitem').filter({ hasText: 'desk@outside.test' }).waitFor();
    await bob.page.getByRole('button', { name: 'Discard draft' }).click();
    // Gone again, so that the next run begins as this one.
    await openPreferences(page);
    await section(page, 'Signatures and senders');
    for (const name of [/^Desk Help desk/, /^Short/, /^Desk The/]) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name }).waitFor({ state: 'detached' });
    }
    expect(problems).toEqual([]);
    await bob.page.context().close();
    await page.context().close();
  }, 90_000);

  it('hold rules for mail that comes in, made from a message, and applied to what is here', async () => {
    const { page, problems } = await signIn(browser, 'bob');
    const word = unique('Gazette').replace(' ', '');
    const from = `${word} <${word}@outside.test>`;
    const [old, fresh, third] = [unique('Issue'), unique('Issue'), unique('Issue')];
    const shelf = unique('Papers');
    await soap('bob', 'CreateFolder', {
      _jsns: 'urn:zimbraMail',
      folder: { name: shelf, l: '1', view: 'message' },
    });
    await deliver({ to: 'bob', subject: old, from });
    await row(page, old).click();
    await page.getByRole('button', { name: 'More actions for this message' }).click();
    await page.getByRole('menuitem', { name: 'Filter messages like this' }).click();
    expect(await page.getByLabel('Name of the rule').inputValue()).toBe(word);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Fill in what is empty').waitFor();
    await page.getByRole('combobox', { name: 'Folder' }).selectOption({ label: shelf });
    await page.getByRole('button', { name: 'Add an action' }).click();
    await page.getByRole('combobox', { name: 'What is done' }).last().selectOption('read');
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'preferences-filters');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('checkbox', { name: `Use ${word}` }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: `Apply ${word}` }).click();
    await page.getByRole('button', { name: 'Apply now' }).click();
    await page.getByText('One message was changed').waitFor();
    await deliver({ to: 'bob', subject: fresh, from });
    await toMail(page);
    await page.getByRole('treeitem', { name: shelf }).click();
    await row(page, old).waitFor();
    await row(page, fresh).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await section(page, 'Filters');
    await page.getByRole('checkbox', { name: `Use ${word}` }).click();
    await expect.poll(() => page.getByRole('checkbox', { name: `Use ${word}` }).isEnabled()).toBe(true);
    await deliver({ to: 'bob', subject: third, from });
    await toMail(page);
    await page.getByRole('treeitem', { name: /^Inbox/ }).click();
    await row(page, third).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await section(page, 'Filters');
    await page.getByRole('button', { name: `Delete ${word}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('checkbox', { name: `Use ${word}` }).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await page.context().close();
  }, 90_000);

  it('answer for who is away, and say so until they are back', async () => {
    const { page, problems } = await signIn(browser, 'dave');
    await openPreferences(page);
    await section(page, 'Out of office');
    await page.getByLabel('I am out of office').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Write an answer.').waitFor();
    const words = unique('Back in May');
    await page.getByLabel('Answer', { exact: true }).fill(words);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Out of office is on').waitFor();
    await page.getByText('You are out of office').waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'preferences-away');
    const carol = await signIn(browser, 'carol');
    const subject = unique('Meeting');
    await carol.page.keyboard.press('c');
    await carol.page.getByLabel('To', { exact: true }).fill(`${address('dave')},`);
    await carol.page.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await carol.page.keyboard.press('Control+Enter');
    await row(carol.page, words).waitFor();
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByLabel('I am out of office').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('You are out of office').waitFor({ state: 'detached' });
    await resetPreferences('dave');
    expect(problems).toEqual([]);
    await carol.page.context().close();
    await page.context().close();
  }, 90_000);

  it('mirror for a script that runs to the left', async () => {
    const { page } = await signIn(browser, 'alice');
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    const side = await page.locator('.side-column').boundingBox();
    const list = await page.locator('.list-column').boundingBox();
    expect(side?.x ?? 0).toBeGreaterThan(list?.x ?? 0);
    await page.getByRole('button', { name: 'Folder menu' }).click();
    const menu = await page.getByRole('menu').boundingBox();
    expect(menu?.x ?? -1).toBeGreaterThanOrEqual(0);
    await page.keyboard.press('Escape');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    await page.locator('[role=row][data-id]').first().click();
    await page.locator('article').first().waitFor();
    await screenshot(page, 'rtl');
    await page.context().close();
  });
});
