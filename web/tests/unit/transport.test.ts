// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { explain, Fault, Unreachable } from '$kit/core/api/fault';
import { Transport } from '$kit/core/api/transport';
import { fakeTransport } from './fake';

describe('transport', () => {
  it('sends namespace, session and CSRF token', async () => {
    const { transport, asked } = fakeTransport(() => ({}));
    transport.csrfToken = 'c';
    transport.wantSession = true;
    transport.sessionId = 's';
    transport.notifySeq = 3;
    await transport.call('GetTag', {});
    expect(asked[0]).toMatchObject({
      body: { _jsns: 'urn:zimbraMail' },
      context: { session: { id: 's' }, notify: { seq: 3 }, csrfToken: 'c' },
    });
  });

  it('turns a fault into an error with its code', async () => {
    const { transport } = fakeTransport(() => ({ fault: 'mail.NO_SUCH_CONV' }));
    const error = await transport.call('GetTag', {}).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Fault);
    expect(explain(error).key).toBe('error.gone');
  });

  it('says when the session is over, but not for a refused log-in', async () => {
    const { transport } = fakeTransport(() => ({ fault: 'service.AUTH_REQUIRED' }));
    let told = 0;
    transport.onSignedOut = () => told++;
    await transport.call('Auth', { csrfTokenSecured: '1' }).catch(() => undefined);
    expect(told).toBe(0);
    await transport.call('GetTag', {}).catch(() => undefined);
    expect(told).toBe(1);
  });

  it('calls a gateway page and a broken line unreachable', async () => {
    const seen: boolean[] = [];
    for (const fetch of [
      () => Promise.resolve(new Response('<html>502</html>', { status: 502 })),
      () => Promise.reject(new TypeError('network')),
    ]) {
      const transport = new Transport(fetch);
      transport.onReachable = (r) => seen.push(r);
      await expect(transport.call('GetTag', {})).rejects.toBeInstanceOf(Unreachable);
    }
    expect(seen).toEqual([false, false]);
  });
});
