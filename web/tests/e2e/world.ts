// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * One browser, a real server with demo accounts (BASE_URL or POSTHOUSE_URL), and LMTP to put any bytes into a
 * mailbox. Each walk makes mail of its own with a subject that nothing else has.
 */
import { connect } from 'node:net';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

// Vitest sets a BASE_URL of its own ("/").
const urls = [process.env['POSTHOUSE_URL'], process.env['BASE_URL'], 'http://127.0.0.1:18080'];
export const BASE = (urls.find((url) => url?.startsWith('http')) ?? '').replace(/\/$/, '');
const HTTP_PORT = 80;
const LMTP_PORT = 7025;
const offset = Number(new URL(BASE).port || HTTP_PORT) - HTTP_PORT;
const lmtpPort = Number(process.env['LMTP_PORT'] ?? LMTP_PORT + offset);
export const PASSWORD = process.env['DEMO_PASSWORD'] ?? 'posthouse-demo';
export const DOMAIN = process.env['DEMO_DOMAIN'] ?? 'example.test';
export const WAIT_MS = 20_000;

const RESULTS = fileURLToPath(new URL('../../test-results', import.meta.url));

export const address = (user: string): string => `${user}@${DOMAIN}`;
let count = 0;
export const unique = (what: string): string => `${what} ${Date.now().toString(36)}${(count++).toString(36)}`;

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export interface Visit {
  page: Page;
  /** Errors of the page and refusals by its CSP, which must stay empty. */
  problems: string[];
}

export async function open(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 860 },
    locale: 'en-GB',
    ignoreHTTPSErrors: true,
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(BASE);
  return { page, problems };
}

export async function signIn(
  browser: Browser,
  user: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const visit = await open(browser, options);
  await visit.page.getByLabel('Email address').fill(address(user));
  await visit.page.getByLabel('Password').fill(PASSWORD);
  await visit.page.getByRole('button', { name: 'Sign in' }).click();
  await visit.page.getByRole('grid', { name: 'Conversations' }).waitFor();
  await visit.page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
  return visit;
}

/** One request of a user, past the page. Answers its body. */
export async function soap(user: string, name: string, body: object): Promise<Record<string, unknown>> {
  const call = async (
    request: string,
    content: object,
    authToken?: string,
  ): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${BASE}/service/soap/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        Header: { context: { _jsns: 'urn:zimbra', nosession: {}, ...(authToken ? { authToken } : {}) } },
        Body: { [request]: content },
      }),
    });
    const parsed = (await answer.json()) as { Body: Record<string, Record<string, unknown>> };
    if (!answer.ok) throw new Error(`${request}: ${JSON.stringify(parsed.Body)}`);
    return parsed.Body[request.replace(/Request$/, 'Response')] ?? {};
  };
  const auth = await call('AuthRequest', {
    _jsns: 'urn:zimbraAccount',
    account: { by: 'name', _content: address(user) },
    password: { _content: PASSWORD },
  });
  const [token] = auth['authToken'] as { _content: string }[];
  return call(`${name}Request`, body, token?._content);
}

const ACCOUNT = 'urn:zimbraAccount';

/** As if nobody had chosen anything. */
export async function resetPreferences(user: string): Promise<void> {
  const { _attrs: kept = {} } = await soap(user, 'GetPrefs', { _jsns: ACCOUNT });
  const _attrs = Object.fromEntries(Object.keys(kept as object).map((name) => [name, '']));
  await soap(user, 'ModifyPrefs', { _jsns: ACCOUNT, _attrs });
}

export const row = (page: Page, subject: string): Locator =>
  page.locator('[role=row][data-id]').filter({ hasText: subject });

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  await page.screenshot({ path: join(RESULTS, `${name}.png`) });
}

export interface Letter {
  to: string;
  subject: string;
  from?: string;
  text?: string;
  html?: string;
  /** Whole message instead of the above. */
  raw?: string;
}

const encoded = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('base64')
    .replace(/.{1,76}/g, '$&\r\n');

export function compose(letter: Letter): string {
  if (letter.raw !== undefined) return letter.raw;
  const kind = letter.html === undefined ? 'text/plain' : 'text/html';
  return [
    `From: ${letter.from ?? 'Stranger <stranger@outside.test>'}`,
    `To: ${address(letter.to)}`,
    `Subject: ${letter.subject}`,
    `Date: ${new Date().toUTCString()}`,
    `Message-ID: <${unique('m').replace(' ', '.')}@outside.test>`,
    'MIME-Version: 1.0',
    `Content-Type: ${kind}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    encoded(letter.html ?? letter.text ?? 'Hello'),
  ].join('\r\n');
}

/** One LMTP transaction (RFC 2033); throws unless the recipient was accepted. */
export function deliver(letter: Letter): Promise<void> {
  const data = compose(letter).replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
  const steps = [
    'LHLO browser.test\r\n',
    'MAIL FROM:<stranger@outside.test>\r\n',
    `RCPT TO:<${address(letter.to)}>\r\n`,
    'DATA\r\n',
    `${data}\r\n.\r\n`,
    'QUIT\r\n',
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(lmtpPort, '127.0.0.1');
    let buffer = '';
    let at = 0;
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (chunk: string) => {
      buffer += chunk;
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (line[3] === '-') continue;
        if (!/^[23]/.test(line)) {
          socket.destroy();
          reject(new Error(`LMTP: ${line}`));
          return;
        }
        const next = steps[at++];
        if (next) socket.write(next);
        else {
          socket.end();
          resolve();
        }
      }
    });
  });
}

/** Puts bodies into the conversations that the server answers, as they are: around its own cleaning. */
export async function withBodies(page: Page, bodies: readonly string[]): Promise<void> {
  await page.route('**/service/soap/GetConvRequest', async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as {
      Body: { GetConvResponse: { c: { m: Record<string, unknown>[] }[] } };
    };
    const conversation = answer.Body.GetConvResponse.c[0];
    if (conversation) {
      const letter = conversation.m[0];
      conversation.m = bodies.map((content, i) => ({
        ...letter,
        id: String(9_000 + i),
        f: 'u',
        mp: [{ part: '1', ct: 'text/html', body: true, content: `<p>before</p>${content}<p>after</p>` }],
      }));
    }
    await route.fulfill({ json: answer });
  });
}
