// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { BINDINGS, KeyReader } from '$kit/core/keys/keymap';

const press = (key: string, more = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more });

describe('keys', () => {
  it('mean commands, sequences too', () => {
    const keys = new KeyReader();
    expect(keys.read(press('j'), 0)).toBe('next');
    expect(keys.read(press('g'), 10)).toBe('pending');
    expect(keys.read(press('i'), 20)).toBe('goInbox');
    expect(keys.read(press('g'), 30)).toBe('pending');
    expect(keys.read(press('s'), 5_000)).toBe('flag');
  });

  it('leave the browser its own', () => {
    expect(new KeyReader().read(press('r', { ctrlKey: true }), 0)).toBeUndefined();
  });

  it('know arrows with Shift from those without', () => {
    const keys = new KeyReader();
    expect(keys.read(press('ArrowDown'), 0)).toBe('next');
    expect(keys.read(press('ArrowDown', { shiftKey: true }), 0)).toBe('extendNext');
  });

  it('are bound once', () => {
    const all = BINDINGS.flatMap((b) => b.keys.map((k) => k.join(' ')));
    expect(new Set(all).size).toBe(all.length);
  });
});
