// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { needsPassword, SourcesApi, usualPort, type Source } from '$kit/core/api/sources';
import { fakeTransport, type Answerer } from './fake';

const stored = {
  id: 's1',
  name: 'Old mail',
  l: '2',
  isEnabled: true,
  host: 'pop.old.test',
  port: 995,
  connectionType: 'ssl',
  username: 'ann',
  pollingInterval: '1h',
  leaveOnServer: false,
  failingSince: 1_796_112_000,
  lastError: [{ _content: 'login refused' }],
};
const answers: Answerer = ({ name }) => {
  if (name === 'GetDataSources')
    return { imap: [{ id: 's2', name: 'Club', l: '300', isEnabled: false }], pop3: [stored] };
  if (name === 'TestDataSource') return { pop3: [{ success: 0, error: 'login refused' }] };
  if (name === 'GetImportStatus')
    return { imap: [{ id: 's2', isRunning: true }], pop3: { id: 's1', isRunning: false, success: true } };
  return {};
};

function setup(answer: Answerer = answers) {
  const fake = fakeTransport(answer);
  return { ...fake, api: new SourcesApi(fake.transport) };
}

async function first(): Promise<Source & ReturnType<typeof setup>> {
  const world = setup();
  const found = (await world.api.all()).find((s) => s.id === 's1');
  if (!found) throw new Error('not found');
  return { ...world, ...found };
}

describe('accounts elsewhere', () => {
  it('are listed by name, with how they go', async () => {
    const all = await setup().api.all();
    expect(all.map((s) => [s.kind, s.name, s.enabled, s.error])).toEqual([
      ['imap', 'Club', false, ''],
      ['pop3', 'Old mail', true, 'login refused'],
    ]);
    expect(all[1]?.failingSince_ms).toBe(1_796_112_000_000);
    // What the server does not say is as usual.
    expect(all[0]).toMatchObject({ security: 'ssl', port: 993, interval: '' });
  });

  it('are made with a password, and changed without one unless it was typed', async () => {
    const { api, asked, ...source } = await first();
    await api.save({ ...source, id: '' }, 'secret');
    expect(asked.at(-1)).toMatchObject({
      name: 'CreateDataSource',
      body: { pop3: { name: 'Old mail', password: 'secret', isEnabled: '1', leaveOnServer: '0' } },
    });
    await api.save(source, '');
    const changed = asked.at(-1);
    expect(changed?.name).toBe('ModifyDataSource');
    expect(changed?.body['pop3']).toMatchObject({ id: 's1', host: 'pop.old.test', pollingInterval: '1h' });
    expect(changed?.body['pop3']).not.toHaveProperty('password');
    await api.save({ ...source, kind: 'imap' }, '');
    expect(asked.at(-1)?.body['imap']).not.toHaveProperty('leaveOnServer');
  });

  it('want the password again where it would go elsewhere', async () => {
    const source: Source = await first();
    expect(needsPassword(source, { ...source, name: 'x', folder: '5', host: 'POP.old.test' })).toBe(false);
    const moved = [{ host: 'evil.test' }, { port: 110 }, { security: 'cleartext' as const }, { user: 'bob' }];
    for (const change of moved) expect(needsPassword(source, { ...source, ...change })).toBe(true);
    expect(needsPassword({ ...source, id: '' }, source)).toBe(true);
  });

  it('are tried out before they have a name or a folder', async () => {
    const { api, asked, ...source } = await first();
    expect(await api.test({ ...source, id: '', name: '', folder: '' }, 'x')).toBe('login refused');
    expect(asked.at(-1)?.body['pop3']).not.toHaveProperty('l');
    expect(asked.at(-1)?.body['pop3']).not.toHaveProperty('name');
    const good = setup(() => ({ pop3: [{ success: 1 }] }));
    expect(await good.api.test(source, 'x')).toBeUndefined();
    const silent = setup(() => ({}));
    expect(await silent.api.test(source, 'x')).toBe('');
  });

  it('are fetched from, and say when they are at work', async () => {
    const { api, asked, ...source } = await first();
    await api.fetchNow(source);
    expect(asked.at(-1)).toMatchObject({ name: 'ImportData', body: { pop3: { id: 's1' } } });
    expect(Object.fromEntries(await api.statuses())).toEqual({
      s2: { running: true, error: '' },
      s1: { running: false, error: '' },
    });
    await api.remove(source);
    expect(asked.at(-1)).toMatchObject({ name: 'DeleteDataSource', body: { pop3: { id: 's1' } } });
  });

  it('have the usual ports', () => {
    expect([usualPort('imap', 'ssl'), usualPort('imap', 'tls')]).toEqual([993, 143]);
    expect([usualPort('pop3', 'ssl'), usualPort('pop3', 'cleartext')]).toEqual([995, 110]);
  });
});
