// SPDX-License-Identifier: AGPL-3.0-or-later
/** What is answered to a sender who asks for a receipt, and what goes on to others. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { address, compose, deliver, launch, row, screenshot, signIn, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const asking = (subject: string): Promise<void> =>
  deliver({
    to: 'alice',
    subject,
    raw: `Disposition-Notification-To: ${address('bob')}\r\n${compose({ to: 'alice', subject })}`,
  });

describe('a read receipt', () => {
  it('goes when the person says so, and then it is said that it went', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const bob = await signIn(browser, 'bob');
    const subject = unique('Receipt');
    await asking(subject);
    await row(page, subject).click();
    await page.getByText(`A read receipt is asked for, to ${address('bob')}.`).waitFor();
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'receipt-asked');
    expect(await row(bob.page, subject).count()).toBe(0);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText(`The read receipt was sent to ${address('bob')}.`).waitFor();
    await row(bob.page, `Read: ${subject}`).waitFor();
    await page.reload();
    await page.getByText(`The read receipt was sent to ${address('bob')}.`).waitFor();
    expect(problems).toEqual([]);
    await bob.page.context().close();
    await page.context().close();
  });

  it('is put off on a phone', async () => {
    const { page } = await signIn(browser, 'alice', {
      viewport: { width: 390, height: 780 },
      hasTouch: true,
    });
    const subject = unique('Quiet');
    await asking(subject);
    await row(page, subject).click();
    await page.getByRole('button', { name: 'Not now' }).waitFor();
    await screenshot(page, 'receipt-phone');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByText(/^A read receipt is asked for/).waitFor({ state: 'detached' });
    await page.context().close();
  });
});

describe('a message', () => {
  it('goes on to somebody else as it is', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Onward');
    await deliver({ to: 'alice', subject });
    await row(page, subject).click();
    await page.getByRole('button', { name: 'More actions for this message' }).click();
    await page.getByRole('menuitem', { name: 'Redirect …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Redirect' });
    await dialog.getByRole('button', { name: 'Redirect', exact: true }).click();
    await dialog.getByText('Add at least one recipient.').waitFor();
    await dialog.getByLabel('To', { exact: true }).fill(`${address('bob')},`);
    expect(await findings(page)).toEqual([]);
    await screenshot(page, 'redirect');
    await dialog.getByRole('button', { name: 'Redirect', exact: true }).click();
    await page.getByText('Redirected', { exact: true }).waitFor();
    const bob = await signIn(browser, 'bob');
    await row(bob.page, subject).getByText('Stranger').first().waitFor();
    expect(problems).toEqual([]);
    await bob.page.context().close();
    await page.context().close();
  });
});
