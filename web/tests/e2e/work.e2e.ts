// SPDX-License-Identifier: AGPL-3.0-or-later
/** Working with much mail: marking, dragging, menus, ways back, warnings, paper. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from './findings';
import { address, compose, deliver, launch, row, screenshot, signIn, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const menu = (page: Page) => page.getByRole('menu');
const item = (page: Page, name: string) => menu(page).getByRole('menuitem', { name, exact: true });
const marked = (page: Page, count: number) =>
  page.locator('.head').getByText(`${count} selected`, { exact: true });

async function write(page: Page, members: { to: string; subject: string; text: string }): Promise<void> {
  await page.keyboard.press('c');
  await page.getByLabel('To', { exact: true }).fill(`${members.to},`);
  await page.getByRole('textbox', { name: 'Subject' }).fill(members.subject);
  await page.getByRole('textbox', { name: 'Message text' }).click();
  await page.keyboard.type(members.text);
}

describe('marking', () => {
  it('takes ranges, single rows, and all results', async () => {
    const word = unique('Starling').replace(' ', '');
    for (let i = 0; i < 104; i++) await deliver({ to: 'bob', subject: `${word} number${i}` });
    const { page, problems } = await signIn(browser, 'bob');
    await page.getByRole('combobox', { name: 'Search mail' }).fill(`subject:${word}`);
    await page.keyboard.press('Enter');
    const rows = page.locator('[role=row][data-id]');
    await row(page, `${word} number103`).waitFor();
    await rows.nth(1).click({ modifiers: ['ControlOrMeta'] });
    await rows.nth(4).click({ modifiers: ['Shift'] });
    await marked(page, 4).waitFor();
    await rows.nth(3).click({ modifiers: ['Shift'] });
    await marked(page, 3).waitFor();
    await rows.nth(0).click({ modifiers: ['ControlOrMeta'] });
    await marked(page, 4).waitFor();
    await page.keyboard.press('Escape');
    // The same by keyboard.
    await rows.nth(0).focus();
    await page.keyboard.press('x');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await marked(page, 3).waitFor();
    await page.keyboard.press('Control+a');
    await marked(page, 100).waitFor();
    await page.getByRole('button', { name: 'Select all results' }).click();
    await marked(page, 104).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press('u');
    await page.getByText('104 conversations marked as read').waitFor();
    await page.getByRole('button', { name: 'Search without', exact: false }).first().waitFor();
    await page.getByRole('combobox', { name: 'Search mail' }).fill(`subject:${word} is:unread`);
    await page.keyboard.press('Enter');
    await page.getByText('Nothing found').waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  }, 120_000);
});

describe('dragging', () => {
  it('moves rows to folders and tags, and can be taken back', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const [one, two] = [unique('Crate'), unique('Crate')];
    await deliver({ to: 'alice', subject: one });
    await deliver({ to: 'alice', subject: two });
    await row(page, two).waitFor();
    await row(page, one).dragTo(page.getByRole('button', { name: /^Travel/ }));
    await row(page, one).getByText('Travel').waitFor();
    await row(page, one).getByRole('checkbox').click();
    await row(page, two).getByRole('checkbox').click();
    await row(page, two).dragTo(page.getByRole('treeitem', { name: /^Archive/ }));
    await row(page, one).waitFor({ state: 'detached' });
    await row(page, two).waitFor({ state: 'detached' });
    await page.getByText('2 conversations moved to Archive').waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await row(page, one).waitFor();
    await row(page, two).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('menus at the pointer', () => {
  it('open by right click and by keyboard, and give the focus back', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Context');
    await deliver({ to: 'alice', subject });
    await row(page, subject).click({ button: 'right' });
    await item(page, 'Mark as read').waitFor();
    await screenshot(page, 'context-menu');
    expect(await findings(page)).toEqual([]);
    await item(page, 'Flag').click();
    await row(page, subject).locator('.flag[aria-pressed=true]').waitFor();
    expect(await row(page, subject).evaluate((e) => e === document.activeElement)).toBe(true);
    await page.keyboard.press('Shift+F10');
    await item(page, 'Remove flag').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Escape');
    await menu(page).waitFor({ state: 'detached' });
    expect(await row(page, subject).evaluate((e) => e === document.activeElement)).toBe(true);
    await row(page, subject).click({ button: 'right' });
    await item(page, 'Reply').click();
    await page.getByRole('region', { name: `Re: ${subject}` }).waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('rename and delete folders and tags', async () => {
    const { page } = await signIn(browser, 'alice');
    const [name, next] = [unique('Shelf'), unique('Rack')];
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(name);
    await page.getByRole('button', { name: 'Create' }).click();
    const folder = page.getByRole('treeitem', { name });
    await folder.click({ button: 'right' });
    await item(page, 'Name and colour').click();
    await page.getByRole('textbox', { name: 'Name' }).fill(next);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('treeitem', { name: next }).click({ button: 'right' });
    await item(page, 'Delete folder').click();
    await page.getByText(`Folder ${next} moved to Trash`).waitFor();
    const depth = () => page.getByRole('treeitem', { name: next }).getAttribute('aria-level');
    await expect.poll(depth).toBe('2');
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await expect.poll(depth).toBe('1');
    await page.context().close();
  });

  it('open by a long press', async () => {
    const subject = unique('Press');
    await deliver({ to: 'alice', subject });
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page } = await signIn(browser, 'alice', phone);
    const box = await row(page, subject).boundingBox();
    const touch = await page.context().newCDPSession(page);
    const at = { x: (box?.x ?? 0) + 150, y: (box?.y ?? 0) + 30 };
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
    await item(page, 'Open').waitFor();
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await screenshot(page, 'phone-context-menu');
    await item(page, 'Mark as read').tap();
    await page.locator('[role=row][data-id]:not(.unread)').filter({ hasText: subject }).waitFor();
    await page.context().close();
  });
});

describe('junk', () => {
  it('is reported and taken out again, with a word about it', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Lottery');
    await deliver({ to: 'alice', subject });
    await row(page, subject).click({ button: 'right' });
    await item(page, 'Report as junk').click();
    await page.getByText('Reported as junk. The filter learns from it').waitFor();
    await row(page, subject).waitFor({ state: 'detached' });
    await page.getByRole('treeitem', { name: /^Junk/ }).click();
    await row(page, subject).click({ button: 'right' });
    await item(page, 'Not junk').click();
    await page.getByText('Moved to Inbox. The filter learns from it').waitFor();
    await page.getByRole('treeitem', { name: /^Inbox/ }).click();
    await row(page, subject).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

describe('before a letter goes out', () => {
  it('asks about a forgotten attachment, and undoes the sending and the discarding', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Minutes');
    await write(page, { to: address('bob'), subject, text: 'Anbei das Protokoll.' });
    await page.keyboard.press('Control+Enter');
    await page.getByRole('dialog', { name: 'Send without an attachment?' }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Sending…').waitFor();
    // Saved before the wait: it is among the drafts already.
    await page.getByRole('treeitem', { name: /^Drafts/ }).click();
    await row(page, subject).waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByRole('region', { name: subject }).waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await row(page, subject).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByRole('region', { name: subject }).getByText('Anbei das Protokoll.').waitFor();
    await row(page, subject).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('saves what is open when one signs out', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Parting');
    await write(page, { to: address('bob'), subject, text: 'Half a thought' });
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Email address').waitFor();
    const again = await signIn(browser, 'alice');
    await again.page.getByRole('treeitem', { name: /^Drafts/ }).click();
    await row(again.page, subject).waitFor();
    await page.context().close();
    await again.page.context().close();
  });
});

describe('a message', () => {
  it('is printed without scripts and without its pictures from elsewhere', async () => {
    const { page, problems } = await signIn(browser, 'alice');
    const subject = unique('Paper <b>');
    await deliver({
      to: 'alice',
      subject,
      html: '<p>Ink &amp; paper</p><img src="https://evil.test/x.png"><script>top.__owned=1</script>',
    });
    await row(page, subject).click();
    await page.frameLocator('main iframe').getByText('Ink & paper').waitFor();
    await page.evaluate(() => {
      const seen: { sandbox: string | null; html: string | null }[] = [];
      (globalThis as unknown as { printed: typeof seen }).printed = seen;
      new MutationObserver((changes) => {
        for (const node of changes.flatMap((c) => [...c.addedNodes]))
          if (node instanceof HTMLIFrameElement)
            seen.push({ sandbox: node.getAttribute('sandbox'), html: node.getAttribute('srcdoc') });
      }).observe(document.body, { childList: true });
    });
    await page.getByRole('button', { name: 'Print' }).click();
    const printed = () =>
      page.evaluate(
        () =>
          (globalThis as unknown as { printed: { sandbox: string | null; html: string | null }[] }).printed,
      );
    await expect.poll(async () => (await printed()).length).toBe(1);
    const [paper] = await printed();
    expect(paper?.sandbox).not.toContain('allow-scripts');
    expect(paper?.html).toContain('Ink &amp; paper');
    expect(paper?.html).toContain('&lt;b&gt;');
    expect(paper?.html).not.toMatch(/<script|\ssrc="https:/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('of a list offers to unsubscribe, and says where that goes', async () => {
    const { page } = await signIn(browser, 'alice');
    const subject = unique('Digest');
    const raw = compose({ to: 'alice', subject, text: 'News' });
    const header = 'List-Unsubscribe: <mailto:leave@list.test?subject=leave%20me>, <https://list.test/u>\r\n';
    await deliver({ to: 'alice', subject, raw: header + raw });
    await row(page, subject).click();
    await page.getByRole('button', { name: 'Unsubscribe' }).click();
    await page.getByRole('dialog').getByText('leave@list.test').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Unsubscribe' }).click();
    await page.getByRole('region', { name: 'leave me' }).getByText('leave@list.test').waitFor();
    await page.getByRole('button', { name: 'Discard draft' }).click();
    await page.context().close();
  });
});
