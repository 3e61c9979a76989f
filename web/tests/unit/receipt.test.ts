// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { message } from '$kit/core/api/decode';
import { MailApi } from '$kit/core/api/mail';
import type { WireMessage } from '$kit/core/api/types';
import { receiptTo, Receipts } from '$kit/core/receipt';
import { Reader } from '$kit/core/store/reader';
import { fakeTransport, type Answerer } from './fake';

const asks: WireMessage = {
  id: '40',
  cid: '-40',
  l: '2',
  e: [
    { t: 'f', a: 'bob@x.test' },
    { t: 'n', a: 'desk@x.test' },
  ],
  mp: [{ part: '1', ct: 'text/plain', body: true, content: 'x' }],
};

async function setup(answer: Answerer = () => ({})) {
  const fake = fakeTransport((asked) =>
    asked.name === 'GetConv' ? { c: { id: '-40', m: [asks] } } : answer(asked),
  );
  const api = new MailApi(fake.transport);
  const reader = new Reader(api);
  await reader.open({ id: '-40', subject: '', count: 1 });
  return { ...fake, api, reader, receipts: new Receipts(api, reader) };
}

describe('a message that asks for a receipt', () => {
  it('is one from somebody else that names one address and came by no list', () => {
    const to = (more: Partial<WireMessage>) => receiptTo(message({ ...asks, ...more }))?.address;
    expect(to({})).toBe('desk@x.test');
    expect(to({ e: [{ t: 'f', a: 'bob@x.test' }] })).toBeUndefined();
    expect(to({ e: [...(asks.e as []), { t: 'n', a: 'other@x.test' }] })).toBeUndefined();
    expect(to({ f: 's' })).toBeUndefined();
    expect(to({ f: 'd' })).toBeUndefined();
    expect(to({ id: 'abc:40' })).toBeUndefined();
    expect(to({ header: [{ n: 'List-Id', _content: 'Team <team.x.test>' }] })).toBeUndefined();
  });

  it('gets none by being read', async () => {
    const { names } = await setup();
    expect(names()).not.toContain('SendDeliveryReport');
  });

  it('says that it was sent, once the server says so', async () => {
    const { receipts, reader, asked } = await setup();
    await receipts.send('40');
    expect(asked.at(-1)).toMatchObject({ name: 'SendDeliveryReport', body: { mid: '40' } });
    expect(reader.state.value.messages[0]?.state.notified).toBe(true);
    // Another client did it.
    expect(message({ ...asks, f: 'n' }).state.notified).toBe(true);
  });

  it('goes on asking when it was refused', async () => {
    const { receipts, reader } = await setup(() => ({ fault: 'service.INVALID_REQUEST' }));
    await expect(receipts.send('40')).rejects.toThrow();
    expect(reader.state.value.messages[0]?.state.notified).toBe(false);
  });

  it('is quiet after “Not now”, until somebody else is here', async () => {
    const { receipts, names } = await setup();
    receipts.decline('40');
    expect(receipts.declined.value.has('40')).toBe(true);
    expect(names()).not.toContain('SendDeliveryReport');
    receipts.forget();
    expect(receipts.declined.value.size).toBe(0);
  });
});

describe('a message that is sent on', () => {
  it('names whom it goes to', async () => {
    const { api, asked } = await setup();
    await api.redirect('40', [
      { address: 'carol@x.test', name: 'Carol' },
      { address: 'dave@x.test', name: '' },
    ]);
    expect(asked.at(-1)).toMatchObject({
      name: 'BounceMsg',
      body: {
        m: {
          id: '40',
          e: [
            { t: 't', a: 'carol@x.test', p: 'Carol' },
            { t: 't', a: 'dave@x.test' },
          ],
        },
      },
    });
  });
});
