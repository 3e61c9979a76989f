// SPDX-License-Identifier: AGPL-3.0-or-later
/** Folders: colours, places in the tree, with whom they are shared. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { address, launch, screenshot, signIn, unique } from './world';

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
});
