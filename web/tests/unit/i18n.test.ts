// SPDX-License-Identifier: AGPL-3.0-or-later
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { BINDINGS } from '$kit/core/keys/keymap';
import { OPERATORS } from '$kit/core/search/suggest';
import { LOCALES, pickLocale } from '$kit/i18n';

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

/** Names of the arguments, so that a translation can't forget one. */
function argumentsOf(message: string): string[] {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (node && typeof node === 'object') {
      const { type, value } = node as { type?: number; value?: unknown };
      if (type !== undefined && type > 0 && type < 7 && typeof value === 'string') found.add(value);
      Object.values(node).forEach(visit);
    }
  };
  visit(new IntlMessageFormat(message, 'en').getAst());
  return [...found].sort();
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
