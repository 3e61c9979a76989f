// SPDX-License-Identifier: AGPL-3.0-or-later
/** Each page of the console: what axe-core says of it, at phone width, by keys, in German. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, admin, goTo, openConsole, PHONE, signInToConsole, toast } from './console';
import { findings } from './findings';
import { address, launch, PASSWORD, screenshot, unique } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function places(): Promise<[string, string | RegExp][]> {
  const alice = await account(address('alice'));
  const search = async (types: string, element: string): Promise<{ id: string; name: string }> => {
    const found = await admin('SearchDirectory', { types, query: '', limit: 1, offset: 0, attrs: 'cn' });
    return (found[element] as { id: string; name: string }[])[0] ?? { id: '', name: '' };
  };
  const [domain, cos] = [await search('domains', 'domain'), await search('coses', 'cos')];
  return [
    ['#/dashboard', 'Dashboard'],
    ['#/accounts', 'Accounts'],
    [`#/accounts/${alice.id}`, alice.name],
    ['#/accounts/import', 'Import accounts'],
    ['#/domains', 'Domains'],
    [`#/domains/${domain.id}`, domain.name],
    [`#/cos/${cos.id}`, cos.name],
    ['#/lists', 'Distribution lists'],
    ['#/resources', 'Resources'],
    ['#/settings', 'Settings'],
    ['#/storage', 'Storage'],
    ['#/queue', 'Mail queue'],
    ['#/quarantine', 'Quarantine'],
    ['#/backups', 'Backups'],
    ['#/logs', 'Logs'],
    ['#/logs/mailboxd', 'Logs'],
    ['#/logs/trace', 'Logs'],
    [`#/rights?view=on&type=domain&on=${domain.name}`, 'Administrators'],
  ];
}

const settled = async (page: Page): Promise<void> => {
  await page.locator('main [aria-busy=true]').waitFor({ state: 'detached' });
  await page.locator('main', { hasText: 'Loading…' }).waitFor({ state: 'detached' });
};

describe('each page', () => {
  it.each(['light', 'dark'] as const)('has nothing serious for axe, %s', async (colorScheme) => {
    const { page, problems } = await signInToConsole(browser, address('admin'), { colorScheme });
    for (const [hash, heading] of await places()) {
      await goTo(page, hash, heading);
      await settled(page);
      await screenshot(page, `console-${colorScheme}-${hash.replace(/\W+/g, '-').slice(1, 14)}`);
      expect([hash, await findings(page)]).toEqual([hash, []]);
    }
    await goTo(page, '#/accounts', 'Accounts');
    await page.getByRole('button', { name: 'New account' }).click();
    expect(await findings(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('fits a phone: nothing scrolls sideways, nothing is too small for a finger', async () => {
    const SMALLEST_PX = 42;
    const { page, problems } = await signInToConsole(browser, address('admin'), PHONE);
    for (const [hash, heading] of await places()) {
      await goTo(page, hash, heading);
      await settled(page);
      const small = await page.evaluate((least) => {
        const all = [
          ...document.querySelectorAll<HTMLElement>('button, select, input:not([type=checkbox]), .check'),
        ];
        return all
          .filter((e) => e.checkVisibility() && !e.closest('.toasts, .hint, thead'))
          .map((e) => ({ box: e.getBoundingClientRect(), html: e.outerHTML.slice(0, 120) }))
          .filter(({ box }) => box.width > 0 && (box.height < least || box.width < 28))
          .map(({ box, html }) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`);
      }, SMALLEST_PX);
      expect([hash, small]).toEqual([hash, []]);
      const wide = await page.evaluate(() => {
        const main = document.querySelector('main');
        return Math.max(
          document.documentElement.scrollWidth - innerWidth,
          (main?.scrollWidth ?? 0) - innerWidth,
        );
      });
      expect([hash, wide <= 0]).toEqual([hash, true]);
      await screenshot(page, `console-phone-${hash.replace(/\W+/g, '-').slice(1, 14)}`);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('is reached and used by keys alone', async () => {
    const { page } = await signInToConsole(browser);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.getByRole('navigation').getByRole('link', { name: 'Accounts' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
    await page.getByRole('button', { name: 'New account' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const alice = await account(address('alice'));
    await goTo(page, `#/accounts/${alice.id}`, alice.name);
    await page.getByLabel('Notes').fill(unique('note'));
    await page.keyboard.press('Control+s');
    await toast(page, 'saved').waitFor();
    await page.context().close();
  });

  it('speaks German to whom reads German', async () => {
    const { page } = await openConsole(browser, { locale: 'de-AT' });
    await page.getByLabel('E-Mail-Adresse').fill(address('admin'));
    await page.getByLabel('Passwort').fill(PASSWORD);
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.context().close();
  });
});
