// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { message, messageRow } from '$kit/core/api/decode';
import { MailApi } from '$kit/core/api/mail';
import type { Upload } from '$kit/core/api/upload';
import { toChip } from '$kit/core/compose/addresses';
import { Composers } from '$kit/core/compose/composers';
import { again, blank, editing } from '$kit/core/compose/draft';
import { fromField, offers, toField } from '$kit/core/compose/later';
import { Toasts } from '$kit/core/store/toasts';
import { fakeTransport, until, type Answerer } from './fake';

const local = (text: string): number => new Date(text).getTime();
const named = (now: string) => offers(local(now)).map((o) => [o.name, toField(o.at_ms)]);

describe('times that are offered', () => {
  it('are this evening, tomorrow and Monday, in the person’s days', () => {
    // A Wednesday.
    expect(named('2026-12-02T10:00')).toEqual([
      ['evening', '2026-12-02T18:00'],
      ['tomorrow', '2026-12-03T08:00'],
      ['monday', '2026-12-07T08:00'],
    ]);
  });

  it('are to come, and each is there once', () => {
    expect(named('2026-12-02T17:45').map(([name]) => name)).toEqual(['tomorrow', 'monday']);
    // On a Sunday tomorrow is Monday; on a Monday the next one is meant.
    expect(named('2026-12-06T10:00').map(([name]) => name)).toEqual(['evening', 'tomorrow']);
    expect(named('2026-12-07T10:00').at(-1)).toEqual(['monday', '2026-12-14T08:00']);
    expect(named('2026-12-31T23:30')[0]).toEqual(['tomorrow', '2027-01-01T08:00']);
  });

  it('of one’s own are not in the past', () => {
    const now = local('2026-12-02T10:00');
    expect(fromField('2026-12-02T10:01', now)).toBe(now + 60_000);
    expect(fromField('2026-12-02T10:00', now)).toBe('past');
    expect(fromField('', now)).toBe('none');
    expect(fromField('2026-13-02T10:00', now)).toBe('none');
    expect(fromField(toField(now + 60_000), now)).toBe(now + 60_000);
  });
});

const noUpload: Upload = () => ({ done: new Promise(() => undefined), cancel: () => undefined });
const saved: Answerer = ({ name }) => (name === 'SaveDraft' ? { m: { id: '70', cid: '-70', l: '6' } } : {});
const HOUR_MS = 3_600_000;

function setup(answer: Answerer = saved, members = {}) {
  const fake = fakeTransport(answer);
  const toasts = new Toasts();
  const composers = new Composers(new MailApi(fake.transport), noUpload, toasts);
  const to = [toChip({ name: '', address: 'bob@x.test' })];
  const composer = composers.start({ ...blank(), subject: 'Hi', text: 'x', to, ...members });
  if (!composer) throw new Error('no window');
  const times = () =>
    fake.asked.flatMap(({ name, body }) =>
      name === 'SaveDraft' ? [(body['m'] as { autoSendTime?: number }).autoSendTime] : [],
    );
  return { ...fake, composers, composer, toasts, times };
}

describe('a letter that goes later', () => {
  it('is saved with its time, and Undo brings its window back without', async () => {
    const { composers, composer, names, times, toasts } = setup();
    const at_ms = Date.now() + HOUR_MS;
    await composers.sendLater(composer, at_ms);
    expect(composers.open.value).toEqual([]);
    expect(composers.underWay.value).toBe(0);
    expect(times()).toEqual([at_ms]);
    expect(toasts.all.value.at(-1)).toMatchObject({ key: 'toast.scheduled', params: { when_ms: at_ms } });
    toasts.undoLast();
    await until(() => composers.open.value.length === 1);
    expect(times()).toEqual([at_ms, undefined]);
    expect(composer.draft.sendAt_ms).toBeUndefined();
    expect(names()).not.toContain('SendMsg');
  });

  it('comes back when the server does not take it', async () => {
    const { composers, composer, toasts } = setup(() => ({ fault: 'mail.QUOTA_EXCEEDED' }));
    await composers.sendLater(composer, Date.now() + HOUR_MS);
    expect(composers.open.value).toEqual([composer]);
    expect(composer.draft.sendAt_ms).toBeUndefined();
    expect(toasts.all.value.at(-1)?.kind).toBe('error');
  });

  it('does not go while it is written at, and goes then once its window is closed', async () => {
    const at_ms = Date.now() + HOUR_MS;
    const { composers, composer, times } = setup(saved, { id: '70', sendAt_ms: at_ms });
    await composers.pause(composer);
    composer.change({ text: 'half' });
    await composer.save();
    expect(times()).toEqual([undefined, undefined]);
    await composers.close(composer);
    expect(times().at(-1)).toBe(at_ms);
  });

  it('keeps its time when the session ends', async () => {
    const at_ms = Date.now() + HOUR_MS;
    const { composers, composer, times } = setup(saved, { id: '70', sendAt_ms: at_ms });
    await composers.pause(composer);
    await composers.settle();
    expect(times()).toEqual([undefined, at_ms]);
  });

  it('stays a draft if its time came meanwhile, or was given up', async () => {
    const missed = setup(saved, { id: '70', sendAt_ms: Date.now() - 1 });
    await missed.composers.close(missed.composer);
    expect(missed.times()).toEqual([undefined]);
    expect(missed.toasts.all.value.at(-1)?.key).toBe('toast.scheduleMissed');
    const dropped = setup(saved, { id: '70', sendAt_ms: Date.now() + HOUR_MS });
    await dropped.composers.pause(dropped.composer);
    dropped.composer.change({ sendAt_ms: undefined });
    await dropped.composers.close(dropped.composer);
    expect(dropped.times()).toEqual([undefined, undefined]);
  });

  it('leaves no window if it went in the moment it was opened', async () => {
    const { composers, composer } = setup(() => ({ fault: 'mail.NO_SUCH_MSG' }), { id: '70', sendAt_ms: 1 });
    await composers.pause(composer);
    expect(composers.open.value).toEqual([]);
  });

  it('shows when it goes; a copy of it has no time', () => {
    const wire = { id: '70', f: 'd', autoSendTime: '1796112000000' };
    expect(messageRow(wire).sendAt_ms).toBe(1_796_112_000_000);
    expect(editing(message(wire)).sendAt_ms).toBe(1_796_112_000_000);
    expect(again(message(wire)).sendAt_ms).toBeUndefined();
    // Further away than a date can be.
    const far = message({ id: '70', autoSendTime: '9223372036854775807' }).sendAt_ms;
    expect(() => new Date(far ?? NaN).toISOString()).not.toThrow();
    expect(message({ id: '70' }).sendAt_ms).toBeUndefined();
  });
});
