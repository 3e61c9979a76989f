// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * One place that talks to `/service/soap/`, or to the administrators' `/service/admin/soap/`. The auth token
 * lives in an HttpOnly cookie that this code never sees; the CSRF token lives in memory only. Each answer's
 * context is handed to `onContext` before the caller gets the body, so that stores know about a change no
 * later than the code that asked for it.
 */
import { Fault, isSignedOut, Unreachable } from './fault';
import { namespaceOf, type RequestName, type Requests } from './requests';
import type { Envelope, WireContext } from './types';

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface CallOptions {
  signal?: AbortSignal;
  /** How long to wait for the answer before giving up. */
  timeout_ms?: number;
  /** Somebody else's mailbox, of which something is shared: by id, or by name if it has an @. */
  account?: string | undefined;
}

export const REQUEST_TIMEOUT_MS = 45_000;

export class Transport {
  csrfToken: string | undefined;
  sessionId: string | undefined;
  notifySeq = 0;
  /** Set once signed in: without it the server keeps no notification session for us. */
  wantSession = false;
  onContext: (context: WireContext) => void = () => undefined;
  onReachable: (reachable: boolean) => void = () => undefined;
  onSignedOut: () => void = () => undefined;

  constructor(
    private readonly fetch: Fetch,
    private readonly base = '/service/soap/',
  ) {}

  call<K extends RequestName>(
    name: K,
    body: Requests[K]['request'],
    options: CallOptions = {},
  ): Promise<Requests[K]['response']> {
    return this.send<Requests[K]['response']>(namespaceOf(name), name, body, options);
  }

  /** A request of any namespace; who calls knows its shapes. */
  async send<Answer extends object>(
    namespace: string,
    name: string,
    body: object,
    options: CallOptions = {},
  ): Promise<Answer> {
    const envelope = {
      Header: { context: this.context(options.account) },
      Body: { [`${name}Request`]: { _jsns: namespace, ...body } },
    };
    const answer = await this.post(`${this.base}${name}Request`, JSON.stringify(envelope), options);
    const context = answer.Header?.context;
    if (context) this.onContext(context);
    const fault = answer.Body?.Fault;
    if (fault) {
      const error = new Fault(fault);
      // A refused log-in is no lost session.
      if (isSignedOut(error) && name !== 'Auth') this.onSignedOut();
      throw error;
    }
    return (answer.Body?.[`${name}Response`] ?? {}) as Answer;
  }

  /** The bytes of a part, and what the server calls them. */
  async download(url: string, signal: AbortSignal): Promise<{ bytes: ArrayBuffer; type: string }> {
    const answer = await this.fetch(url, { credentials: 'same-origin', cache: 'no-store', signal });
    if (!answer.ok) throw new Unreachable(`HTTP ${answer.status}`);
    return { bytes: await answer.arrayBuffer(), type: answer.headers.get('Content-Type') ?? '' };
  }

  forgetSession(): void {
    this.sessionId = undefined;
    this.notifySeq = 0;
  }

  private context(account: string | undefined): Record<string, unknown> {
    const context: Record<string, unknown> = {
      _jsns: 'urn:zimbra',
      format: { type: 'js' },
      userAgent: { name: 'posthouse-web' },
    };
    if (this.csrfToken) context['csrfToken'] = this.csrfToken;
    if (this.wantSession) {
      context['session'] = this.sessionId ? { id: this.sessionId } : {};
      if (this.sessionId && this.notifySeq > 0) context['notify'] = { seq: this.notifySeq };
    } else {
      context['nosession'] = {};
    }
    if (account !== undefined)
      context['account'] = { by: account.includes('@') ? 'name' : 'id', _content: account };
    return context;
  }

  private async post(url: string, body: string, options: CallOptions): Promise<Envelope> {
    const timeout = AbortSignal.timeout(options.timeout_ms ?? REQUEST_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    let response: Response;
    let text: string;
    try {
      response = await this.fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...(this.csrfToken ? { 'X-Zimbra-Csrf-Token': this.csrfToken } : {}),
        },
        body,
        signal,
        credentials: 'same-origin',
        cache: 'no-store',
      });
      text = await response.text();
    } catch (error) {
      // The caller changed its mind: that says nothing about the network.
      if (options.signal?.aborted) throw error;
      this.onReachable(false);
      throw new Unreachable(String(error));
    }
    try {
      const envelope = JSON.parse(text) as Envelope;
      this.onReachable(true);
      return envelope;
    } catch {
      this.onReachable(false);
      throw new Unreachable(`HTTP ${response.status}`);
    }
  }
}
