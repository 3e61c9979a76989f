// SPDX-License-Identifier: AGPL-3.0-or-later
/** Writing: pictures in the text, what a letter asks for, whole messages as files. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { address, deliver, launch, row, screenshot, signIn, soap, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const text = (page: Page) => page.getByRole('textbox', { name: 'Message text' });
const DOT =
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FAAhKDveksOjmAAAAAElFTkSuQmCC';

async function begin(page: Page, to: string, subject: string): Promise<void> {
  await page.keyboard.press('c');
  await page.getByLabel('To', { exact: true }).fill(`${to},`);
  await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
  await text(page).click();
}

/** A picture from the clipboard, as a screenshot comes. */
const paste = (page: Page): Promise<void> =>
  text(page).evaluate((element, data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'screenshot.png', { type: 'image/png' }));
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, DOT);

async function send(page: Page): Promise<void> {
  await page.keyboard.press('Control+Enter');
  await page.getByText('Message sent', { exact: true }).waitFor();
}

describe('pictures in the text', () => {
  it('are pasted, survive a save and a minimised window, and arrive inside the letter', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Screenshot');
    await begin(page, address('bob'), subject);
    await page.keyboard.type('Look: ');
    await paste(page);
    const picture = text(page).locator('img');
    await picture.waitFor();
    await page.getByText(/Draft saved/).waitFor();
    await page.getByRole('button', { name: 'Minimise' }).click();
    await page.getByRole('button', { name: 'Minimise' }).click();
    await picture.waitFor();
    await expect.poll(() => picture.evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBe(10);
    await screenshot(page, 'compose-picture');
    await text(page).click();
    await send(page);
    const bob = await signIn(browser, 'bob');
    await row(bob.page, subject).click();
    const arrived = bob.page.frameLocator('main iframe').locator('img');
    await expect.poll(() => arrived.evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBe(10);
    // It is in the text, so it is no file beside it.
    expect(await bob.page.getByRole('region', { name: 'Attachments' }).count()).toBe(0);
    expect(problems).toEqual([]);
    await bob.page.context().close();
    await page.context().close();
  });

  it('of a continued draft are still there', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Half');
    await begin(page, address('bob'), subject);
    await paste(page);
    await text(page).locator('img').waitFor();
    await page.getByText(/Draft saved/).waitFor();
    await page.getByRole('button', { name: 'Save and close' }).click();
    await page.getByRole('treeitem', { name: /^Drafts/ }).click();
    await row(page, subject).click();
    const picture = text(page).locator('img');
    await expect.poll(() => picture.evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBe(10);
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.context().close();
  });
});

describe('a letter', () => {
  it('asks for a receipt and attention, and says so to its writer and its reader', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Burning');
    await begin(page, address('bob'), subject);
    for (const name of ['Ask for a read receipt', 'High priority']) {
      await page.getByRole('button', { name: 'More options' }).click();
      await page.getByRole(name.startsWith('Ask') ? 'menuitemcheckbox' : 'menuitemradio', { name }).click();
    }
    await page.locator('.marks').getByText('High priority').waitFor();
    await page.locator('.marks').getByText('Read receipt').waitFor();
    expect(await findings(page)).toEqual([]);
    await text(page).click();
    await page.keyboard.type('Now');
    await page.getByText(/Draft saved/).waitFor();
    // The draft remembers what was asked for.
    await page.getByRole('button', { name: 'Save and close' }).click();
    await page.getByRole('treeitem', { name: /^Drafts/ }).click();
    await row(page, subject).click();
    await page.locator('.marks').getByText('Read receipt').waitFor();
    await page.locator('.marks').getByText('High priority').waitFor();
    await text(page).click();
    await send(page);
    const bob = await signIn(browser, 'bob');
    await row(bob.page, subject).getByLabel('High priority').waitFor();
    await bob.page.context().close();
    await page.context().close();
  });

  it('takes other messages along as files', async () => {
    const { page } = await signIn(browser, 'alice');
    const [one, two] = [unique('Proof'), unique('Proof')];
    await deliver({ to: 'alice', subject: one });
    await deliver({ to: 'alice', subject: two });
    await row(page, one).getByRole('checkbox').click();
    await row(page, two).getByRole('checkbox').click();
    await row(page, two).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Forward as attachment' }).click();
    const files = page.getByRole('list', { name: 'Attachments' });
    await files.getByText(`${one}.eml`).waitFor();
    await files.getByText(`${two}.eml`).waitFor();
    const subject = unique('Evidence');
    await page.getByLabel('To', { exact: true }).fill(`${address('bob')},`);
    await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await page.getByText(/Draft saved/).waitFor();
    await send(page);
    const bob = await signIn(browser, 'bob');
    await row(bob.page, subject).click();
    await bob.page.getByRole('region', { name: 'Attachments' }).getByText(`${two}.eml`).waitFor();
    await bob.page.context().close();
    await page.context().close();
  });
});

describe('a letter that goes later', () => {
  it('waits among the drafts, is edited without going, and goes at its time', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Later');
    await begin(page, address('bob'), subject);
    await page.keyboard.type('In good time');
    await page.getByRole('button', { name: 'Send later' }).click();
    await screenshot(page, 'compose-later');
    await page.getByRole('menuitem', { name: /^Tomorrow morning/ }).click();
    await page
      .getByText(/^Goes /)
      .first()
      .waitFor();
    await page.getByRole('treeitem', { name: /^Drafts/ }).click();
    await row(page, subject).getByText('Scheduled').waitFor();
    await row(page, subject).getByLabel('Goes by itself').waitFor();
    await row(page, subject).click();
    await page.getByText(/^Goes by itself/).waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'reader-scheduled');

    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByText(/^It does not go while you write/).waitFor();
    await row(page, subject).getByText('Draft', { exact: true }).waitFor();
    // Its time is kept by closing.
    await page.getByRole('button', { name: 'Save and close' }).click();
    await row(page, subject).getByText('Scheduled').waitFor();

    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await text(page).click();
    await page.keyboard.press('Control+Shift+Enter');
    const field = page.getByLabel('Date and time');
    await field.fill('2020-01-01T08:00');
    await page.getByRole('button', { name: 'Schedule', exact: true }).click();
    await page.getByText('This time has passed. Choose a later one.').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Don’t send it then' }).last().click();
    await page.getByRole('button', { name: 'Save and close' }).click();
    await row(page, subject).getByText('Draft', { exact: true }).waitFor();

    // The shortest time that a person can choose is long for a test: the server is told one by itself.
    const found = await soap('alice', 'Search', {
      _jsns: 'urn:zimbraMail',
      query: `subject:"${subject}"`,
      types: 'message',
    });
    const [draft] = found['m'] as { id: string }[];
    await soap('alice', 'SaveDraft', {
      _jsns: 'urn:zimbraMail',
      m: {
        id: draft?.id,
        autoSendTime: Date.now() + 1_500,
        su: { _content: subject },
        e: [{ t: 't', a: address('bob') }],
        mp: [{ ct: 'text/plain', content: { _content: 'In good time' } }],
      },
    });
    await row(page, subject).waitFor({ state: 'detached' });
    const bob = await signIn(browser, 'bob');
    await row(bob.page, subject).waitFor();
    expect(problems).toEqual([]);
    await bob.page.context().close();
    await page.context().close();
  });

  it('is scheduled on a phone, and taken back', async () => {
    const { page } = await signIn(browser, 'alice', {
      viewport: { width: 390, height: 780 },
      hasTouch: true,
    });
    const subject = unique('Pocket');
    await page.getByRole('button', { name: 'New message' }).click();
    await page.getByLabel('To', { exact: true }).fill(`${address('bob')},`);
    await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
    await page.getByRole('button', { name: 'Send later' }).click();
    const box = await page.getByRole('menu', { name: 'Send later' }).boundingBox();
    expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
    await screenshot(page, 'compose-later-phone');
    await page.getByRole('menuitem', { name: /^Tomorrow morning/ }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('textbox', { name: 'Subject' }).waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.context().close();
  });
});
