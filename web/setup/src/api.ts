// SPDX-License-Identifier: AGPL-3.0-or-later
/** One place that talks to `/api/`. The session is in a cookie that no script reads; the CSRF token is in memory only. */
import type { Answers, Facts, Planned, Problem, Progress, Seen } from './types';

export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Nobody answered. */
export class Away extends Error {}

const TIMEOUT_MS = 130_000;
let csrf = '';

async function ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = method === 'POST' ? { 'Content-Type': 'application/json' } : {};
  if (csrf) headers['X-Posthouse-CSRF'] = csrf;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const text = body === undefined ? undefined : JSON.stringify(body);
  let response: Response;
  let said: unknown;
  try {
    response = await fetch(`/api/${path}`, { method, headers, signal, ...(text ? { body: text } : {}) });
    // Another server than the installer answers in its own way.
    said = await response.json();
  } catch {
    throw new Away();
  }
  if (response.ok) return said as T;
  const { code = 'failed', error = '' } = said as { code?: string; error?: string };
  if (code === 'away') throw new Away();
  throw new Refused(code, error);
}

export const api = {
  async unlock(code: string): Promise<void> {
    csrf = (await ask<{ csrf: string }>('POST', 'unlock', { code })).csrf;
  },
  async session(): Promise<void> {
    csrf = (await ask<{ csrf: string }>('GET', 'session')).csrf;
  },
  facts: () => ask<Facts>('GET', 'facts'),
  draft: () => ask<Partial<Answers> | null>('GET', 'draft'),
  keepDraft: (draft: Answers) => ask<unknown>('POST', 'keep-draft', { draft }),
  check: (answers: Answers) => ask<{ problems: Problem[]; plan: Planned[] }>('POST', 'check', { answers }),
  start: (answers: Answers) => ask<{ problems: Problem[] }>('POST', 'start', { answers }),
  repeat: () => ask<unknown>('POST', 'repeat', {}),
  progress: () => ask<Progress>('GET', 'progress'),
  log: (step: string) => ask<{ text: string }>('GET', `log/${step}`),
  dns: (domain: string, hostname: string, has_relay: boolean) =>
    ask<{ records: Seen[] }>('POST', 'dns', { domain, hostname, has_relay }),
  confirmNetwork: () => ask<unknown>('POST', 'confirm-network', {}),
  /** Whether the web client is where this page was. */
  async isOver(): Promise<boolean> {
    try {
      const response = await fetch('/healthz', { signal: AbortSignal.timeout(5_000), cache: 'no-store' });
      return response.ok && (await response.text()).trim() === 'ok';
    } catch {
      return false;
    }
  },
};
