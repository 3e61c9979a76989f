// SPDX-License-Identifier: AGPL-3.0-or-later
/** A session that ends while somebody writes loses nothing. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { address, launch, PASSWORD, row, signIn, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function write(page: Page, subject: string): Promise<void> {
  await page.keyboard.press('c');
  await page.getByLabel('To', { exact: true }).fill(`${address('dave')},`);
  await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
  await page.getByRole('textbox', { name: 'Message text' }).click();
  await page.keyboard.type('First words.');
}

async function signInAgain(page: Page): Promise<void> {
  await page.getByText('Your session has ended').waitFor();
  await page.getByLabel('Email address').fill(address('bob'));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('grid', { name: 'Conversations' }).waitFor();
}

describe('a session that ends', () => {
  it('keeps the letter that is open, which is saved after signing in again', async () => {
    const { page, problems } = await signIn(browser, 'bob');
    const subject = unique('Interrupted');
    await write(page, subject);
    await page.context().clearCookies();
    await page.keyboard.type(' Words after the end.');
    await signInAgain(page);
    const letter = page.getByRole('region', { name: subject });
    await letter.getByText('First words. Words after the end.').waitFor();
    await letter.getByText('Draft saved').waitFor();
    await page.getByRole('treeitem', { name: /^Drafts/ }).click();
    await row(page, subject).waitFor();
    if (problems.length > 0) throw new Error(problems.join('\n'));
    await page.context().close();
  });

  it('gives back the letter that was held back, to be sent', async () => {
    const dave = await signIn(browser, 'dave');
    const { page } = await signIn(browser, 'bob');
    const subject = unique('Held');
    await write(page, subject);
    await page.getByText('Draft saved').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByText('Sending…').waitFor();
    await page.context().clearCookies();
    await signInAgain(page);
    await page.getByRole('region', { name: subject }).getByText('First words.').waitFor();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await row(dave.page, subject).waitFor();
    await page.context().close();
    await dave.page.context().close();
  });
});
