// SPDX-License-Identifier: AGPL-3.0-or-later
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import en from '../../setup/src/locale/en.json';
import de from '../../setup/src/locale/de.json';
import { followedDomain, pageOf, PAGES, pagesFor, proposed } from '../../setup/src/pages';
import type { Facts } from '../../setup/src/types';

const RUST = fileURLToPath(new URL('../../../supervisor/src/setup', import.meta.url));
const rust = (file: string): string => readFileSync(join(RUST, file), 'utf8');

const facts = (more: Partial<Facts> = {}): Facts => ({
  version: '0',
  is_appliance: true,
  is_image: false,
  is_ready: true,
  hostname: 'mail.a.test',
  memory_bytes: 4e9,
  antivirus_bytes: 1.3e9,
  rest_bytes: 0.5e9,
  time_zone: 'Europe/Vienna',
  time_zones: [],
  keyboards: [],
  interfaces: [{ name: 'eth0', addresses: [] }],
  disks: [],
  ...more,
});

describe('the installer’s strings', () => {
  it('are there in both languages', () => {
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
  });

  it('translate every problem that the server finds, at a field of a page', () => {
    const sources = rust('check.rs') + rust('certificate.rs');
    const constants: Record<string, string> = { CHAIN: 'certificate.chain', KEY: 'certificate.key' };
    const calls = [...sources.matchAll(/problem\(\s*(?:"([a-z_.]+)"|([A-Z]+)),\s*"([a-z-]+)"/g)];
    const found = calls.map(
      ([, field, constant, code]) => [field ?? constants[constant ?? ''], code] as const,
    );
    expect(found.length).toBeGreaterThan(20);
    for (const [field = '', code] of found) {
      expect(Object.keys(en)).toContain(`problem.${field}.${code}`);
      expect([field, pageOf(field)]).not.toEqual([field, 'summary']);
    }
  });

  it('name every step', () => {
    const names = [...rust('plan.rs').matchAll(/Step::\w+ => "([a-z-]+)"/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(Object.keys(en)).toContain(`step.${name}`);
  });

  it('are all used', () => {
    const src = fileURLToPath(new URL('../../setup/src', import.meta.url));
    const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter((f) =>
      /\.(ts|svelte)$/.test(f.name),
    );
    const code = files.map((f) => readFileSync(join(f.parentPath, f.name), 'utf8')).join('\n');
    const groups = ['problem', 'step', 'page', 'verdict', 'outcome', 'trouble'];
    const single = Object.keys(en).filter((key) => !groups.includes(key.split('.')[0] ?? ''));
    expect(single.filter((key) => !code.includes(`'${key}'`))).toEqual([]);
  });
});

describe('the installer’s pages', () => {
  it('ask a machine about what it is', () => {
    const disks = [{ path: '/dev/vdb', bytes: 8e9, model: '' }];
    expect(pagesFor(facts({ is_image: true, disks }))).toEqual([...PAGES]);
    expect(pagesFor(facts({ is_image: true }))).not.toContain('disk');
    expect(pagesFor(facts({ is_appliance: false }))).not.toContain('protection');
    expect(pagesFor(facts())).not.toContain('network');
  });

  it('propose what fits the machine', () => {
    expect(proposed(facts(), 'de')).toMatchObject({
      language: 'de',
      hostname: 'mail.a.test',
      domain: 'a.test',
      protection: { antivirus: true },
      system: { network: null, time_zone: null },
    });
    expect(proposed(facts({ memory_bytes: 1e9 }), 'en').protection.antivirus).toBe(false);
    expect(proposed(facts({ hostname: 'debian' }), 'en')).toMatchObject({ hostname: '', domain: '' });
    expect(proposed(facts({ is_image: true }), 'de').system.keyboard).toBe(null);
    expect(proposed(facts({ is_image: true, keyboards: ['de', 'us'] }), 'de').system).toEqual({
      time_zone: 'Europe/Vienna',
      keyboard: 'de',
      store_disk: null,
      network: { mode: 'dhcp', interface: 'eth0' },
    });
  });

  it('derive the domain from the name until somebody writes another one', () => {
    expect(followedDomain('', 'mail.a.test', '')).toBe('a.test');
    expect(followedDomain('mail.a.test', 'mail.b.test', 'a.test')).toBe('b.test');
    expect(followedDomain('mail.a.test', 'mail.b.test', 'c.test')).toBe('c.test');
  });
});
