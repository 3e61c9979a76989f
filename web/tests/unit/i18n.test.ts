// SPDX-License-Identifier: AGPL-3.0-or-later
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BINDINGS } from '$kit/core/keys/keymap';
import { OPERATORS } from '$kit/core/search/suggest';
import { LOCALES, pickLocale } from '$kit/i18n';
import { argumentsOf } from './strings';

const WEB = fileURLToPath(new URL('../..', import.meta.url));
const read = (l: string): Record<string, string> =>
  JSON.parse(readFileSync(join(WEB, `client/src/locale/${l}.json`), 'utf8')) as Record<string, string>;
const en = read('en');

function* sources(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|svelte)$/.test(entry.name)) yield readFileSync(path, 'utf8');
  }
}

describe('strings', () => {
  it.each(LOCALES)('%s has every key and no other', (l) => {
    expect(Object.keys(read(l)).sort()).toEqual(Object.keys(en).sort());
  });

  it.each(LOCALES)('%s parses and names the same arguments', (l) => {
    for (const [key, message] of Object.entries(read(l))) {
      expect([key, argumentsOf(message)]).toEqual([key, argumentsOf(en[key] ?? '')]);
    }
  });

  it('exist for every key that the code names', () => {
    const all = [...sources(join(WEB, 'client/src')), ...sources(join(WEB, 'kit'))].join('\n');
    const named = [
      ...all.matchAll(/['"`]((?:error|toast|search|confirm|action|folder)\.[a-zA-Z.]+)['"`]/g),
    ].map((m) => m[1] ?? '');
    const keys = [...named, ...BINDINGS.map((b) => `key.${b.command}`), ...OPERATORS.map(([, hint]) => hint)];
    expect(keys.filter((k) => !(k in en) && !/^folder\.(id|path|kind)/.test(k))).toEqual([]);
  });

  it('picks the language of the person, else English', () => {
    expect(pickLocale(['de-AT', 'en'])).toBe('de');
    expect(pickLocale(['fr'])).toBe('en');
  });
});
