// SPDX-License-Identifier: AGPL-3.0-or-later
/** Folders: colours, places in the tree, with whom they are shared. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { address, deliver, launch, row, screenshot, signIn, soap, unique, WAIT_MS } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const folder = (page: Page, name: string) => page.getByRole('treeitem', { name });
const choose = async (page: Page, name: string, item: string): Promise<void> => {
  await folder(page, name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: item }).click();
};

async function make(page: Page, name: string, color?: string): Promise<void> {
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  if (color) await page.getByRole('radio', { name: color, exact: true }).check();
  await page.getByRole('button', { name: 'Create' }).click();
  await folder(page, name).waitFor();
}

describe('folders', () => {
  it('have colours, which others of the same person see at once', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const other = await signIn(browser, 'alice');
    const name = unique('Binder');
    const colour = (at: Page) =>
      folder(at, name)
        .locator('.icon')
        .evaluate((e) => getComputedStyle(e).color);
    await make(page, name, 'Colour 5');
    await expect.poll(() => colour(page)).toBe('rgb(214, 69, 69)');
    await choose(page, name, 'Name and colour');
    expect(await findings(page)).toEqual([]);
    await page.getByRole('radio', { name: 'Colour 3' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => colour(other.page)).toBe('rgb(63, 154, 85)');
    expect(problems).toEqual([]);
    await other.page.context().close();
    await page.context().close();
  });

  it('are moved by dragging, by a list, and back', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const [outer, inner] = [unique('Cabinet'), unique('Drawer')];
    await make(page, outer);
    await make(page, inner);
    const depth = () => folder(page, inner).getAttribute('aria-level');
    await folder(page, inner).dragTo(folder(page, outer));
    await expect.poll(depth).toBe('2');
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await expect.poll(depth).toBe('1');
    await choose(page, inner, 'Move folder');
    await page.getByRole('combobox', { name: 'Type to narrow the list' }).fill(outer);
    await page.keyboard.press('Enter');
    await expect.poll(depth).toBe('2');
    // Not into what lies in it.
    await choose(page, outer, 'Move folder');
    await page.getByRole('option', { name: 'Top level' }).waitFor();
    expect(await page.getByRole('option', { name: inner }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await choose(page, inner, 'Move folder');
    await page.getByRole('option', { name: 'Top level' }).click();
    await expect.poll(depth).toBe('1');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('are shared with people and with everybody, and are not any more', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const name = unique('Common');
    await make(page, name);
    await choose(page, name, 'Share folder');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Nobody else sees this folder.').waitFor();
    await dialog.getByRole('combobox', { name: 'Email address' }).fill('nobody@example.test');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByRole('alert').getByText('There is nobody with this address').waitFor();
    await dialog.getByRole('combobox', { name: 'Email address' }).fill(address('bob'));
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    const role = dialog.getByRole('combobox', { name: `May: ${address('bob')}` });
    await expect.poll(() => role.inputValue()).toBe('viewer');
    await role.selectOption('manager');
    await expect.poll(() => role.isEnabled()).toBe(true);
    await dialog.getByRole('combobox', { name: 'Share with' }).selectOption('all');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByText('Everybody', { exact: true }).waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'share');
    await page.keyboard.press('Escape');
    await folder(page, name).getByLabel('Shared with others').waitFor();
    await page.reload();
    await choose(page, name, 'Share folder');
    await expect.poll(() => role.inputValue()).toBe('manager');
    await dialog.getByRole('button', { name: `Stop sharing with ${address('bob')}` }).click();
    await role.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('of others are opened, read, changed and answered, as far as they are shared', async () => {
    const [name, subject] = [unique('Desk'), unique('Ticket')];
    const made = (await soap('carol', 'CreateFolder', {
      _jsns: 'urn:zimbraMail',
      folder: { name, l: '1', view: 'message' },
    })) as { folder: { id: string }[] | { id: string } };
    const id = [made.folder].flat()[0]?.id ?? '';
    await soap('carol', 'FolderAction', {
      _jsns: 'urn:zimbraMail',
      action: { id, op: 'grant', grant: { gt: 'usr', d: address('bob'), perm: 'rwidx' } },
    });
    const picture = [
      'From: Stranger <stranger@outside.test>',
      `To: ${address('carol')}`,
      `Subject: ${subject}`,
      `Message-ID: <${unique('m').replace(' ', '.')}@outside.test>`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/related; boundary=cut',
      '',
      '--cut',
      'Content-Type: text/html',
      '',
      '<p>The screen shows <img src="cid:dot@x"></p>',
      '--cut',
      'Content-Type: image/png',
      'Content-ID: <dot@x>',
      'Content-Disposition: inline; filename="dot.png"',
      'Content-Transfer-Encoding: base64',
      '',
      'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FAAhKDveksOjmAAAAAElFTkSuQmCC',
      '--cut--',
      '',
    ].join('\r\n');
    await soap('carol', 'AddMsg', {
      _jsns: 'urn:zimbraMail',
      m: { l: id, f: 'u', content: { _content: picture } },
    });

    const { page, problems } = await signIn(browser, 'bob');
    await page.getByRole('button', { name: 'Open a shared folder' }).click();
    const dialog = page.getByRole('dialog', { name: 'Open a shared folder' });
    await dialog.getByRole('combobox').fill(address('dave'));
    await dialog.getByRole('button', { name: 'Look' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByRole('combobox').fill(address('carol'));
    await dialog.getByRole('button', { name: 'Look' }).click();
    expect(await findings(page)).toEqual([]);
    await dialog.getByRole('listitem').filter({ hasText: name }).getByRole('button', { name: 'Add' }).click();
    await page.getByRole('heading', { name: `${name} of carol` }).waitFor();
    await row(page, subject).click();
    const shown = page.frameLocator('main iframe').locator('img');
    await expect.poll(() => shown.evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBe(10);
    await page.keyboard.press('s');
    await row(page, subject).locator('.flag[aria-pressed=true]').waitFor();
    await screenshot(page, 'shared-folder');
    await page.keyboard.press('r');
    await page.getByRole('region', { name: `Re: ${subject}` }).waitFor();
    await page.getByRole('textbox', { name: 'Message text' }).click();
    await page.keyboard.type('Seen.');
    await page.getByText(/Draft saved/).waitFor();
    // Its picture is a part of the answer, which names carol's mailbox nowhere.
    const draft = async (): Promise<string> => {
      const query = { _content: `in:drafts subject:"${subject}"` };
      const wanted = { query, types: 'message', fetch: 'all', html: 1 };
      return JSON.stringify(await soap('bob', 'Search', { _jsns: 'urn:zimbraMail', ...wanted }));
    };
    await expect.poll(draft, { timeout: WAIT_MS }).toContain('image/png');
    expect(await draft()).not.toMatch(/service\/home\/[0-9a-f]/);
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.keyboard.press('f');
    await page.getByRole('region', { name: `Fwd: ${subject}` }).waitFor();
    await expect.poll(draft, { timeout: WAIT_MS }).toContain('image/png');
    expect(await page.getByRole('list', { name: 'Attachments' }).getByRole('listitem').count()).toBe(0);
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.getByRole('button', { name: 'More actions for this message' }).click();
    await page.getByRole('menuitem', { name: 'Forward as attachment' }).click();
    await page.getByRole('region', { name: `Fwd: ${subject}` }).waitFor();
    await expect.poll(draft, { timeout: WAIT_MS }).toContain('message/rfc822');
    await page.getByRole('button', { name: 'Discard draft' }).click();
    // Into one's own mailbox, and back.
    await row(page, subject).dragTo(page.getByRole('treeitem', { name: /^Inbox/ }));
    await page.getByText('Moved to Inbox').waitFor();
    await page.getByRole('treeitem', { name: /^Inbox/ }).click();
    await row(page, subject).waitFor();
    const carol = await signIn(browser, 'carol');
    await carol.page.getByRole('treeitem', { name }).click();
    await carol.page.getByText('Nothing here').waitFor();
    expect(problems).toEqual([]);
    await carol.page.context().close();
    await page.context().close();
  }, 90_000);

  it('give back what was deleted for good', async () => {
    const subject = unique('Shredded');
    await deliver({ to: 'alice', subject, text: 'Not so fast.' });
    const { page, problems } = await signIn(browser, 'alice');
    await row(page, subject).waitFor();
    const search = { query: { _content: `subject:"${subject}"` }, types: 'message' };
    const found = (await soap('alice', 'Search', { _jsns: 'urn:zimbraMail', ...search })) as {
      m: { id: string }[];
    };
    const action = { id: found.m[0]?.id, op: 'delete' };
    await soap('alice', 'MsgAction', { _jsns: 'urn:zimbraMail', action });
    await row(page, subject).waitFor({ state: 'detached' });
    await choose(page, 'Trash', 'Recover deleted messages');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('searchbox').fill(`subject:"${subject}"`);
    await dialog.getByRole('button', { name: 'Search', exact: true }).click();
    await expect.poll(() => dialog.getByRole('listitem').count()).toBe(1);
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'recover');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Recover', exact: true }).click();
    await row(page, subject).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
