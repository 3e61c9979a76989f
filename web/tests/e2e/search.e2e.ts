// SPDX-License-Identifier: AGPL-3.0-or-later
/** Search: text and blocks as one thing, completion, recent and saved searches, marks on what was found. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { deliver, launch, row, screenshot, signIn, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const box = (page: Page) => page.getByRole('combobox', { name: 'Search mail' });
const builder = (page: Page) => page.getByRole('region', { name: 'Conditions of the search' });

describe('search', () => {
  it('is built of blocks, and the text says the same', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const word = unique('Plover').replace(' ', '');
    await deliver({ to: 'alice', subject: `${word} report`, text: 'Counted at dawn.' });
    await deliver({ to: 'alice', subject: `${word} photos`, text: 'Taken at dusk.' });
    await row(page, `${word} report`).waitFor();
    const opener = page.getByRole('button', { name: 'Search builder' });
    await opener.click();
    await builder(page).waitFor();
    await page.keyboard.press('Escape');
    await builder(page).waitFor({ state: 'detached' });
    expect(await opener.evaluate((e) => e === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await builder(page).getByRole('button', { name: 'Subject' }).click();
    await page.keyboard.type(word);
    expect(await box(page).inputValue()).toBe(`subject:${word}`);
    await builder(page).getByRole('button', { name: 'Words' }).click();
    await page.keyboard.type('dusk');
    await builder(page).getByRole('button', { name: 'State' }).click();
    expect(await box(page).inputValue()).toBe(`subject:${word} dusk is:unread`);
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'search-builder');

    // The other way round: what is typed shows as blocks, what has none stays as text.
    await box(page).fill(`subject:${word} -in:Trash (dawn OR dusk)`);
    const not = builder(page).getByRole('combobox', { name: 'Match or exclude' }).nth(1);
    await expect.poll(() => not.inputValue()).toBe('not');
    const inside = builder(page).getByRole('group', { name: 'Group' });
    await expect
      .poll(async () => Promise.all((await inside.getByRole('textbox').all()).map((e) => e.inputValue())))
      .toEqual(['dawn', 'dusk']);
    await box(page).fill(`subject:${word} -in:Trash (dawn OR dusk) inid:2`);
    expect(await builder(page).getByRole('textbox', { name: 'As text' }).inputValue()).toBe('inid:2');
    await box(page).fill(`subject:${word} -in:Trash (dawn OR dusk)`);
    await expect.poll(() => not.inputValue()).toBe('not');
    await not.selectOption('');
    await builder(page).getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { name: 'Search results' }).waitFor();
    expect(await box(page).inputValue()).toBe(`subject:${word} in:Trash (dawn OR dusk)`);
    await page.getByText('Nothing found').waitFor();

    // Each condition is a chip above the results.
    await page.getByRole('button', { name: 'Search without “In folder: Trash”' }).click();
    await row(page, `${word} report`).waitFor();
    expect(await page.locator('[role=row][data-id]').count()).toBe(2);
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Flagged' }).first().click();
    await page.getByText('Nothing found').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('has groups of alternatives, and groups that are not wanted', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const word = unique('Heron').replace(' ', '');
    for (const [subject, text] of [
      ['one', 'reed marsh'],
      ['two', 'river'],
      ['three', 'reed'],
    ] as const)
      await deliver({ to: 'alice', subject: `${word} ${subject}`, text });
    await row(page, `${word} three`).waitFor();
    await box(page).fill(`subject:${word}`);
    await page.getByRole('button', { name: 'Search builder' }).click();
    await builder(page).getByRole('button', { name: 'Group', exact: true }).click();
    await page.keyboard.type('river');
    const group = builder(page).getByRole('group', { name: 'Group' });
    await group.getByRole('button', { name: 'Group', exact: true }).click();
    await page.keyboard.type('reed');
    await group.getByRole('group', { name: 'Group' }).getByRole('button', { name: 'Words' }).click();
    await page.keyboard.type('marsh');
    await expect.poll(() => box(page).inputValue()).toBe(`subject:${word} (river OR (reed marsh))`);
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'search-builder-groups');
    await builder(page).getByRole('button', { name: 'Search', exact: true }).click();
    await row(page, `${word} two`).waitFor();
    expect(await page.locator('[role=row][data-id]').count()).toBe(2);
    await page.getByRole('button', { name: 'Search builder' }).click();
    await group.first().getByRole('combobox', { name: 'Match or exclude' }).first().selectOption('not');
    expect(await box(page).inputValue()).toBe(`subject:${word} -(river OR (reed marsh))`);
    await builder(page).getByRole('button', { name: 'Search', exact: true }).click();
    await row(page, `${word} three`).waitFor();
    await expect.poll(() => page.locator('[role=row][data-id]').count()).toBe(1);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('marks what it found, in the list and in the message, and makes no markup of it', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const word = unique('Dunlin').replace(' ', '');
    await deliver({ to: 'alice', subject: `About ${word}`, html: `<p>One ${word}, two <b>${word}</b>.</p>` });
    await deliver({ to: 'alice', subject: `More ${word} <img src=x>`, text: `Plain ${word} here` });
    await row(page, `More ${word}`).waitFor();
    await box(page).fill(word);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Search results' }).waitFor();
    await row(page, `More ${word} <img src=x>`).locator('mark').first().waitFor();
    expect(await row(page, `About ${word}`).locator('.subject mark').textContent()).toBe(word);
    await screenshot(page, 'search-hits');
    await row(page, `More ${word}`).click();
    expect(await page.locator('main .plain mark').textContent()).toBe(word);
    await row(page, `About ${word}`).click();
    await page.frameLocator('main iframe').getByText('One').waitFor();
    const marked = () =>
      page.locator('main iframe').evaluate((frame: HTMLIFrameElement) => {
        const view = frame.contentWindow as (Window & typeof globalThis) | null;
        return view?.CSS.highlights.get('ph-hit')?.size ?? 0;
      });
    await expect.poll(marked).toBe(2);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('completes fields, folders, tags and people, and knows recent searches', async () => {
    const { page } = await signIn(browser, 'alice');
    const option = (name: string) => page.getByRole('option', { name }).first();
    await box(page).fill('sub');
    await option('subject:').waitFor();
    await box(page).fill('in:proj');
    await option('in:Projects/Relaunch').click();
    expect(await box(page).inputValue()).toBe('in:Projects/Relaunch ');
    await box(page).fill('tag:');
    await option('tag:To do').waitFor();
    await box(page).fill('from:bob');
    await option('bob@example.test').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Search results' }).waitFor();
    await page.getByRole('button', { name: 'Clear search' }).click();
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    await box(page).click();
    await option('from:bob recent search').click();
    await page.getByRole('heading', { name: 'Search results' }).waitFor();
    // In memory only: a query tells about the mail.
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(
      'from:bob',
    );
    await page.context().close();
  });

  it('is saved as a folder', async () => {
    const { page } = await signIn(browser, 'alice');
    const name = unique('Fresh');
    await box(page).fill('is:unread in:Inbox');
    await page.getByRole('button', { name: 'Search builder' }).click();
    await builder(page).getByRole('button', { name: 'Save this search' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('heading', { name }).waitFor();
    await page.locator('[role=row][data-id].unread').first().waitFor();
    await page.getByRole('button', { name: 'Folder menu' }).click();
    await page.getByRole('menuitem', { name: 'Delete saved search' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name, exact: true }).waitFor({ state: 'detached' });
    await page.context().close();
  });
});
