// SPDX-License-Identifier: AGPL-3.0-or-later
/** The administrators' console in a browser, and the admin API past it. */
import { request as httpsRequest } from 'node:https';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { address, BASE, PASSWORD, WAIT_MS } from './world';

const HTTP_PORT = 80;
const ADMIN_PORT = 7071;
const base = new URL(BASE);
export const ADMIN =
  process.env['POSTHOUSE_ADMIN_BASE'] ??
  `https://${base.hostname}:${ADMIN_PORT + Number(base.port || HTTP_PORT) - HTTP_PORT}`;
const SOAP = process.env['POSTHOUSE_ADMIN_SOAP'] ?? ADMIN;

export type Body = Record<string, unknown>;

function post(body: object): Promise<Record<string, Body>> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      `${SOAP}/service/admin/soap/`,
      { method: 'POST', headers: { 'Content-Type': 'application/json' }, rejectUnauthorized: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve((JSON.parse(text) as { Body: Record<string, Body> }).Body));
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

let token: string | undefined;

/** One request of the administrator; throws what the server refuses. */
export async function admin(name: string, body: object = {}): Promise<Body> {
  const call = async (request: string, content: object): Promise<Body> => {
    const answer = await post({
      Header: { context: { _jsns: 'urn:zimbra', nosession: {}, ...(token ? { authToken: token } : {}) } },
      Body: { [`${request}Request`]: { _jsns: 'urn:zimbraAdmin', ...content } },
    });
    const found = answer[`${request}Response`];
    if (!found) throw new Error(`${request}: ${JSON.stringify(answer)}`);
    return found;
  };
  if (token === undefined) {
    const auth = await call('Auth', { name: address('admin'), password: PASSWORD });
    token = (auth['authToken'] as { _content: string }[])[0]?._content;
  }
  return call(name, body);
}

interface WireEntry {
  id: string;
  name: string;
  a?: { n: string; _content: string }[];
}

export const values = (entry: WireEntry, name: string): string[] =>
  (entry.a ?? []).filter((a) => a.n === name).map((a) => a._content);

export async function account(name: string): Promise<WireEntry> {
  const answer = await admin('GetAccount', { account: { by: 'name', _content: name } });
  return (answer['account'] as WireEntry[])[0] as WireEntry;
}

export async function createAccount(name: string, attrs: Record<string, string> = {}): Promise<string> {
  const a = Object.entries(attrs).map(([n, _content]) => ({ n, _content }));
  const answer = await admin('CreateAccount', { name, password: PASSWORD, a });
  return (answer['account'] as WireEntry[])[0]?.id ?? '';
}

export interface ConsoleVisit {
  page: Page;
  /** Errors of the page and refusals by its CSP, which must stay empty. */
  problems: string[];
}

export async function openConsole(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<ConsoleVisit> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 860 },
    locale: 'en-GB',
    ignoreHTTPSErrors: true,
    ...options,
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.exposeFunction('refusedByPolicy', (what: string) => problems.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      (globalThis as unknown as { refusedByPolicy: (what: string) => void }).refusedByPolicy(
        `CSP: ${event.violatedDirective} ${event.blockedURI}`,
      );
    });
  });
  await page.goto(`${ADMIN}/admin/`);
  return { page, problems };
}

export async function enter(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Email address').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function signInToConsole(
  browser: Browser,
  name = address('admin'),
  options: BrowserContextOptions = {},
): Promise<ConsoleVisit> {
  const visit = await openConsole(browser, options);
  await enter(visit.page, name);
  await visit.page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
  return visit;
}

/** A place of the console, as if its address were typed. */
export async function goTo(page: Page, hash: string, heading: string | RegExp): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
};

export const toast = (page: Page, words: string | RegExp): Locator =>
  page.locator('.toast').filter({ hasText: words });
