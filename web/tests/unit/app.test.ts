// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it, vi } from 'vitest';
import { App } from '$kit/core/app';
import { toChip } from '$kit/core/compose/addresses';
import { blank } from '$kit/core/compose/draft';
import { folder } from '$kit/core/api/decode';
import { fakeServer, until } from './fake';

/** A page, and whoever signs in there. */
async function setup() {
  let who = 'ann';
  let lost = false;
  const server = fakeServer(({ name }) => {
    if (lost && name !== 'Auth') return { fault: 'service.AUTH_EXPIRED' };
    if (name === 'GetInfo') return { id: `id-${who}`, name: `${who}@x.test` };
    if (name === 'SaveDraft') return { m: { id: '70', cid: '-70', l: '6' } };
    return name === 'NoOp' ? new Promise<object>(() => undefined) : {};
  });
  const app = new App(
    server.fetch,
    () => () => ({ done: new Promise(() => undefined), cancel: () => undefined }),
    { load: () => undefined, save: () => undefined },
  );
  app.composers.hold_ms = 60_000;
  let forgotten = 0;
  app.onForget = () => forgotten++;
  const signIn = (name: string): Promise<void> => {
    who = name;
    lost = false;
    return app.signIn(name, 'x');
  };
  await signIn('ann');
  const open = app.composers.start({ ...blank(), subject: 'Open' });
  const letter = { ...blank(), subject: 'Hi', text: 'x', to: [toChip({ name: '', address: 'bob@x.test' })] };
  const held = app.composers.start(letter);
  if (!open || !held) throw new Error('no window');
  app.composers.send(held);
  await until(() => held.draft.id !== undefined, 'saved');
  let undone = 0;
  app.toasts.done('toast.trashed', {}, () => undone++);
  const expire = async (): Promise<void> => {
    lost = true;
    await app.api.folders().catch(() => undefined);
    expect(app.session.value).toEqual({ phase: 'signedOut', expired: true });
  };
  return { ...server, app, open, held, signIn, expire, counts: () => ({ forgotten, undone }) };
}

describe('a session that ended', () => {
  it('leaves nothing to the next person at this page', async () => {
    const { app, asked, open, signIn, expire, counts } = await setup();
    open.change({ subject: 'Not saved yet' });
    await expire();
    await signIn('bob');
    const before = asked.length;
    app.toasts.undoLast();
    await app.composers.settle();
    await open.save();
    expect(asked.slice(before).map((a) => a.name)).not.toContain('SendMsg');
    expect(asked.slice(before).map((a) => a.name)).not.toContain('SaveDraft');
    expect(app.toasts.all.value).toEqual([]);
    expect(app.composers.open.value).toEqual([]);
    expect(app.composers.underWay.value).toBe(0);
    expect(counts()).toEqual({ forgotten: 1, undone: 0 });
    app.live.stop();
  });

  it('keeps all for the same person', async () => {
    const { app, open, names, signIn, expire, counts } = await setup();
    await expire();
    await signIn('ann');
    expect(app.composers.open.value).toEqual([open]);
    app.toasts.undoLast();
    expect(counts()).toEqual({ forgotten: 0, undone: 1 });
    await app.composers.settle();
    expect(names().filter((n) => n === 'SendMsg')).toHaveLength(1);
    app.live.stop();
  });
});

describe('a new password', () => {
  it('does not end the watch on a shared folder', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { app } = await setup();
      app.folders.put(folder({ id: '300', l: '1', name: 'Theirs', zid: 'id-bob', rid: '2' }, 'link'));
      await app.show({ kind: 'folder', folder: '300' });
      const revalidate = vi.spyOn(app.list, 'revalidate').mockImplementation(() => undefined);
      vi.advanceTimersByTime(15_000);
      expect(revalidate).toHaveBeenCalledTimes(1);
      await app.changePassword('ann', 'x', 'y');
      vi.advanceTimersByTime(15_000);
      expect(revalidate).toHaveBeenCalledTimes(2);
      app.live.stop();
      vi.advanceTimersByTime(60_000);
      expect(revalidate).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the list', () => {
  it('shows drafts one by one, and other folders as the person wants', async () => {
    const { app, asked } = await setup();
    const types = () => asked.filter((a) => a.name === 'Search').map((a) => a.body['types']);
    await app.show({ kind: 'folder', folder: '6' });
    await app.show({ kind: 'folder', folder: '2' });
    expect(types().slice(-2)).toEqual(['message', 'conversation']);
    await app.group('message');
    expect(types().at(-1)).toBe('message');
  });
});
