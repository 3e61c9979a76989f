// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { MailApi } from '$kit/core/api/mail';
import type { Upload } from '$kit/core/api/upload';
import { Composers } from '$kit/core/compose/composers';
import { blank } from '$kit/core/compose/draft';
import { toChip } from '$kit/core/compose/addresses';
import { Toasts } from '$kit/core/store/toasts';
import { fakeTransport, until, type Answerer } from './fake';

const noUpload: Upload = () => ({ done: new Promise(() => undefined), cancel: () => undefined });
const saved: Answerer = ({ name }) => (name === 'SaveDraft' ? { m: { id: '70', cid: '-70', l: '6' } } : {});

function setup(answer: Answerer = saved, hold_ms = 60_000) {
  const fake = fakeTransport(answer);
  const toasts = new Toasts();
  const composers = new Composers(new MailApi(fake.transport), noUpload, toasts);
  composers.hold_ms = hold_ms;
  const letter = { ...blank(), subject: 'Hi', text: 'x', to: [toChip({ name: '', address: 'bob@x.test' })] };
  const composer = composers.start(letter);
  if (!composer) throw new Error('no window');
  return { ...fake, composers, composer, toasts };
}

describe('a letter that is held back', () => {
  it('is saved as a draft first, even if nobody touched it', async () => {
    const { composers, composer, names } = setup();
    composers.send(composer);
    await until(() => names().includes('SaveDraft'));
    expect(names()).not.toContain('SendMsg');
    expect(composers.underWay.value).toBe(1);
  });

  it('comes back to its window with undo', async () => {
    const { composers, composer, names, toasts } = setup();
    composers.send(composer);
    expect(composers.open.value).toEqual([]);
    toasts.undoLast();
    expect(composers.open.value).toEqual([composer]);
    expect(composers.underWay.value).toBe(0);
    await composers.settle();
    expect(names()).not.toContain('SendMsg');
  });

  it('goes out before the session ends, and what is open is saved', async () => {
    const { composers, composer, names } = setup();
    const other = composers.start(blank());
    const untouched = composers.start({ ...blank(), subject: 'Re: quoted' });
    other?.change({ subject: 'Unfinished' });
    composers.send(composer);
    await composers.settle();
    expect(names().filter((n) => n === 'SendMsg')).toHaveLength(1);
    expect(names().filter((n) => n === 'SaveDraft')).toHaveLength(2);
    expect(other?.draft.id).toBe('70');
    expect(untouched?.draft.id).toBeUndefined();
    expect(composers.underWay.value).toBe(0);
  });

  it('keeps the session when it can’t be kept', async () => {
    const { composers, composer } = setup(() => ({ fault: 'mail.QUOTA_EXCEEDED' }));
    composers.send(composer);
    await expect(composers.settle()).rejects.toThrow();
    expect(composers.open.value).toEqual([composer]);
  });

  it('goes at once if one wants that', async () => {
    const { composers, composer, names, toasts } = setup(saved, 0);
    composers.send(composer);
    await until(() => names().includes('SendMsg'));
    await until(() => toasts.all.value.at(-1)?.key === 'toast.sent');
  });
});

describe('a letter that is thrown away', () => {
  it('lies in Trash, and can be taken back', async () => {
    const { composers, composer, asked, toasts } = setup();
    composer.touch();
    await composer.save();
    await composers.discard(composer);
    toasts.undoLast();
    await until(() => asked.filter((a) => a.name === 'MsgAction').length === 2);
    expect(asked.filter((a) => a.name === 'MsgAction').map((a) => a.body['action'])).toEqual([
      { id: '70', op: 'trash' },
      { id: '70', op: 'move', l: '6' },
    ]);
    expect(composers.open.value).toEqual([composer]);
    composer.change({ text: 'more' });
    await composer.save();
    expect(asked.at(-1)?.name).toBe('SaveDraft');
  });
});
