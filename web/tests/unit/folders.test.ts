// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { folder, folders } from '$kit/core/api/decode';
import { isWithin } from '$kit/core/store/folders';
import { grantTo, rightsOf, roleOf, ROLES } from '$kit/core/sharing';

describe('folders', () => {
  const all = new Map(
    folders({ id: 1, folder: [{ id: 2 }, { id: 300, folder: { id: 301, folder: [{ id: 302 }] } }] }).map(
      (f) => [f.id, f],
    ),
  );

  it('lie in those above them, and in themselves', () => {
    expect(isWithin(all, '302', '300')).toBe(true);
    expect(isWithin(all, '300', '300')).toBe(true);
    expect(isWithin(all, '300', '302')).toBe(false);
    expect(isWithin(all, '2', '300')).toBe(false);
    // A ring, however it came about, ends.
    const ring = new Map([...all, ['300', folder({ id: 300, l: '302' })]]);
    expect(isWithin(ring, '302', '2')).toBe(false);
  });

  it('say with whom they are shared', () => {
    const shared = folder({
      id: 300,
      color: 3,
      acl: { grant: [{ zid: 'u', gt: 'usr', d: 'bob@x', perm: 'rwidxc' }, { gt: 'martian' }] },
    });
    expect(shared.grants).toEqual([{ id: 'u', kind: 'usr', name: 'bob@x', rights: 'rwidxc' }]);
    expect(shared.colorNumber).toBe(3);
    expect(roleOf(shared.grants[0]?.rights ?? '')).toBe('manager');
  });

  it('are shared by roles', () => {
    for (const role of ROLES) expect(roleOf(rightsOf(role))).toBe(role);
    expect(roleOf('rw')).toBeUndefined();
    expect(grantTo('all', 'x', 'viewer')).toEqual({ gt: 'all', perm: 'r' });
    expect(grantTo('usr', 'bob@x', 'admin')).toEqual({ gt: 'usr', d: 'bob@x', perm: 'rwidxa' });
  });
});
