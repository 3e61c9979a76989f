// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * The corpus of hostile letters, opened: as the server hands them out, and once more as if it had cleaned nothing.
 * Nothing runs, nothing leaves the page, nothing is left in the frame that could.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CORPUS, rawLetters } from './corpus';
import { compose, deliver, launch, row, signIn, unique, withBodies } from './world';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Of what is opened at once. The client fetches conversations up to thirty messages whole. */
const BATCH = 30;

interface Watch {
  dialogs: string[];
  left: string[];
  opened: string[];
}

function watch(page: Page): Watch {
  const seen: Watch = { dialogs: [], left: [], opened: [] };
  page.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.context().on('page', (other) => seen.opened.push(other.url()));
  const own = new URL(page.url()).origin;
  page.context().on('request', (request) => {
    const url = request.url();
    const inside = url.startsWith(own) && !/fmt=zip|\/logout|EndSession|DeleteRequest|part=1$/.test(url);
    const api = request.method() === 'POST' || !url.includes('/service/soap/');
    if (!/^(?:data|blob|about):/.test(url) && !(inside && api)) seen.left.push(url);
  });
  return seen;
}

/** What must not be in the document of a letter, whatever was in the letter. */
const leftovers = (page: Page): Promise<string[]> =>
  page.locator('main iframe').evaluateAll((frames) => {
    const bad: string[] = [];
    const FORBIDDEN =
      'script,iframe,frame,object,embed,applet,form,input,button,textarea,select,base,link,meta,svg,math,video,audio,' +
      'source,track,template,dialog,portal,fencedframe,[srcset],[ping],[popover],[autofocus],[contenteditable],[formaction]';
    for (const frame of frames as HTMLIFrameElement[]) {
      const body = frame.contentDocument?.body;
      if (frame.sandbox.contains('allow-scripts')) bad.push('a frame with scripts');
      if (!body) continue;
      for (const element of body.querySelectorAll(FORBIDDEN)) bad.push(element.outerHTML.slice(0, 200));
      for (const element of body.querySelectorAll('*')) {
        for (const { name, value } of element.attributes) {
          if (name.startsWith('on')) bad.push(`${name}=${value}`);
          if (name.endsWith('href') && !/^(?:https?:|mailto:|tel:|#)/i.test(value))
            bad.push(`${name}=${value}`);
          if (
            name === 'src' &&
            !/^(?:data:image\/|\/service\/home\/~\/\?auth=co&id=[\w:%-]+&part=[\w.]+$)/.test(value)
          )
            bad.push(`${name}=${value}`);
        }
      }
      const css = [...(frame.contentDocument?.querySelectorAll('style') ?? [])].map(
        (s) => s.textContent ?? '',
      );
      css.push(...[...body.querySelectorAll('[style]')].map((e) => e.getAttribute('style') ?? ''));
      // Escapes are taken out before: `\\75rl(` is no address any more when it is shown.
      const ASKS = /@import|(?:url|src|image-set)\(\s*["']?\s*(?!data:image\/)[^)\s]/i;
      for (const text of css) if (ASKS.test(text)) bad.push(text.slice(0, 200));
    }
    return bad;
  });

async function expectQuiet(page: Page, seen: Watch, what: string): Promise<void> {
  expect([what, await leftovers(page)]).toEqual([what, []]);
  expect([what, await page.evaluate(() => '__owned' in window)]).toEqual([what, false]);
  expect([what, seen]).toEqual([what, { dialogs: [], left: [], opened: [] }]);
  expect(await page.locator('#list').count()).toBe(1);
}

async function showBatch(page: Page, subject: string, count: number): Promise<void> {
  await row(page, subject).click();
  await page.getByRole('heading', { name: subject }).waitFor();
  await expect.poll(() => page.locator('main article').count(), { timeout: 20_000 }).toBe(count);
  await expect.poll(() => page.locator('main article .skeleton').count(), { timeout: 20_000 }).toBe(0);
  for (const frame of await page.locator('main iframe').all()) {
    await frame.contentFrame().locator('body').waitFor({ state: 'attached' });
  }
}

describe('the corpus', () => {
  it('would be noticed: the guards see what a careless page shows', async () => {
    const page = await browser.newPage();
    const seen = watch(page);
    await page.setContent('<main></main>');
    await page.locator('main').evaluate((main) => {
      const frame = document.createElement('iframe');
      frame.srcdoc =
        '<p onclick=x style="background:url(https://evil.test/p)">x<img src="https://evil.test/i">';
      main.append(frame);
    });
    await page.frameLocator('main iframe').locator('p').waitFor();
    await expect.poll(() => seen.left.length).toBe(2);
    expect((await leftovers(page)).length).toBe(3);
    await page.close();
  });

  it('is large enough', () => expect(CORPUS.length).toBeGreaterThanOrEqual(100));

  it('runs nothing and asks nobody, as the server hands it out', async () => {
    const { page, problems } = await signIn(browser, 'carol');
    const seen = watch(page);
    for (let at = 0; at < CORPUS.length; at += BATCH) {
      const subject = unique('Corpus');
      const root = `<${subject.replace(' ', '.')}@outside.test>`;
      const batch = CORPUS.slice(at, at + BATCH);
      for (const [i, html] of batch.entries()) {
        const letter = compose({ to: 'carol', subject, html: `<p>before</p>${html}<p>after</p>` });
        const first = `Message-ID: ${root}`;
        const raw = letter.replace(/Message-ID: .*/, (own) =>
          i === 0 ? first : `${own}\r\nReferences: ${root}`,
        );
        await deliver({ to: 'carol', subject, raw });
      }
      await row(page, subject).getByText(String(batch.length), { exact: true }).waitFor();
      await showBatch(page, subject, batch.length);
      await expectQuiet(page, seen, `${at}…${at + batch.length - 1}`);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  }, 240_000);

  it('runs nothing and asks nobody, even if the server cleaned nothing', async () => {
    const subject = unique('Raw corpus');
    await deliver({ to: 'carol', subject, html: '<p>stand-in</p>' });
    const { page, problems } = await signIn(browser, 'carol');
    const seen = watch(page);
    await withBodies(page, CORPUS);
    await showBatch(page, subject, CORPUS.length);
    await expectQuiet(page, seen, 'raw');
    expect(problems).toEqual([]);
    await page.context().close();
  }, 120_000);

  it('runs nothing from headers, files and invitations', async () => {
    const { page, problems } = await signIn(browser, 'carol');
    const seen = watch(page);
    for (const [i, raw] of rawLetters('SUBJECT').entries()) {
      const subject = unique('Whole');
      await deliver({ to: 'carol', subject, raw: raw.replace('SUBJECT', subject) });
      await row(page, subject).click();
      await page.locator('main article').first().waitFor();
      await expect.poll(() => page.locator('main article .skeleton').count()).toBe(0);
      await expectQuiet(page, seen, `whole ${i}`);
    }
    expect(problems).toEqual([]);
    await page.context().close();
  }, 120_000);
});
