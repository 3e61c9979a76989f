// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Filter rules: conditions and what is then done. What the editor has no picture for (rules of other clients may hold
 * anything) is kept as it is, so that saving loses nothing.
 */
import { list, truthy } from './api/decode';
import type { Many } from './api/types';

export type Text = 'contains' | 'is' | 'matches';

type AddressKind = 'from' | 'to' | 'cc' | 'toOrCc';

export type RuleTest =
  | { kind: AddressKind; how: Text; value: string; not: boolean }
  | { kind: 'subject'; how: Text; value: string; not: boolean }
  | { kind: 'header'; header: string; how: Text; value: string; not: boolean }
  | { kind: 'body'; value: string; not: boolean }
  | { kind: 'larger'; value: string; not: boolean }
  | { kind: 'attachment' | 'toMe' | 'known' | 'list'; not: boolean }
  | { kind: 'raw'; name: string; wire: WirePartOfRule };

export type RuleAction =
  | { kind: 'fileInto'; path: string }
  | { kind: 'tag'; name: string }
  | { kind: 'flag' | 'read' | 'keep' | 'discard' | 'stop' }
  | { kind: 'redirect'; address: string }
  | { kind: 'raw'; name: string; wire: WirePartOfRule };

export interface Rule {
  name: string;
  active: boolean;
  join: 'anyof' | 'allof';
  tests: RuleTest[];
  actions: RuleAction[];
  /** What else stands in it: variables, rules within. */
  rest: Readonly<Record<string, unknown>>;
}

export type WirePartOfRule = Record<string, unknown>;
type WireParts = Record<string, Many<WirePartOfRule> | string | undefined>;

export interface WireRule {
  name?: string;
  active?: boolean | number | string;
  filterTests?: Many<WireParts>;
  filterActions?: Many<WireParts>;
  [other: string]: unknown;
}

export const newRule = (): Rule => ({
  name: '',
  active: true,
  join: 'allof',
  tests: [{ kind: 'from', how: 'contains', value: '', not: false }],
  actions: [{ kind: 'fileInto', path: '' }],
  rest: {},
});

const text = (part: WirePartOfRule, name: string): string => {
  const value = part[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
};
const isTrue = (part: WirePartOfRule, name: string): boolean => {
  const value = part[name];
  return typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number'
    ? truthy(value)
    : false;
};

const HOWS: readonly Text[] = ['contains', 'is', 'matches'];
const ADDRESS_KINDS: Record<string, AddressKind> = {
  from: 'from',
  to: 'to',
  cc: 'cc',
  'to,cc': 'toOrCc',
};
/** Members of a test that the editor shows; one with others stays as it is. */
const KNOWN = new Set(['index', 'negative', 'header', 'stringComparison', 'value', 'part', 'caseSensitive']);
const isPlain = (wire: WirePartOfRule): boolean =>
  Object.keys(wire).every((key) => KNOWN.has(key)) &&
  !isTrue(wire, 'caseSensitive') &&
  ['', 'all'].includes(text(wire, 'part'));

function test(name: string, wire: WirePartOfRule): RuleTest {
  const not = isTrue(wire, 'negative');
  const raw: RuleTest = { kind: 'raw', name, wire };
  const how = HOWS.find((h) => h === (text(wire, 'stringComparison') || 'is').toLowerCase());
  const header = text(wire, 'header').toLowerCase().replace(/\s/g, '');
  const value = text(wire, 'value');
  switch (name) {
    case 'addressTest': {
      const kind = ADDRESS_KINDS[header];
      return kind && how && isPlain(wire) ? { kind, how, value, not } : raw;
    }
    case 'headerTest': {
      if (!how || !isPlain(wire) || header === '' || header.includes(',')) return raw;
      if (header === 'subject') return { kind: 'subject', how, value, not };
      // From, too: the whole line, with its names, is not what an addressTest looks at.
      return { kind: 'header', header: text(wire, 'header'), how, value, not };
    }
    case 'bodyTest':
      return isPlain(wire) ? { kind: 'body', value, not } : raw;
    case 'sizeTest':
      return text(wire, 'numberComparison') === 'over'
        ? { kind: 'larger', value: text(wire, 's').toUpperCase(), not }
        : raw;
    case 'attachmentTest':
      return { kind: 'attachment', not };
    case 'listTest':
      return { kind: 'list', not };
    case 'meTest':
      return header === 'to,cc' ? { kind: 'toMe', not } : raw;
    case 'addressBookTest':
      return header === 'from' ? { kind: 'known', not } : raw;
    default:
      return raw;
  }
}

function action(name: string, wire: WirePartOfRule): RuleAction {
  const raw: RuleAction = { kind: 'raw', name, wire };
  switch (name) {
    case 'actionFileInto':
      return isTrue(wire, 'copy')
        ? raw
        : { kind: 'fileInto', path: text(wire, 'folderPath').replace(/^\//, '') };
    case 'actionTag':
      return { kind: 'tag', name: text(wire, 'tagName') };
    case 'actionFlag':
      return text(wire, 'flagName') === 'flagged'
        ? { kind: 'flag' }
        : text(wire, 'flagName') === 'read'
          ? { kind: 'read' }
          : raw;
    case 'actionRedirect':
      return isTrue(wire, 'copy') ? raw : { kind: 'redirect', address: text(wire, 'a') };
    case 'actionKeep':
      return { kind: 'keep' };
    case 'actionDiscard':
      return { kind: 'discard' };
    case 'actionStop':
      return { kind: 'stop' };
    default:
      return raw;
  }
}

/** Its parts in the order of their index, whatever they are called. */
function parts<T>(wire: Many<WireParts> | undefined, read: (name: string, part: WirePartOfRule) => T): T[] {
  return list(wire)
    .flatMap((all) =>
      Object.entries(all).flatMap(([name, some]) =>
        typeof some === 'string' ? [] : list(some).map((part) => ({ name, part })),
      ),
    )
    .sort((a, b) => Number(text(a.part, 'index') || 0) - Number(text(b.part, 'index') || 0))
    .map(({ name, part }) => read(name, part));
}

export function readRule(wire: WireRule): Rule {
  const { name, active, filterTests, filterActions, ...rest } = wire;
  const condition = list(filterTests)[0]?.['condition'];
  return {
    name: name ?? '',
    active: truthy(active),
    join: condition === 'allof' ? 'allof' : 'anyof',
    tests: parts(filterTests, test),
    actions: parts(filterActions, action),
    rest,
  };
}

const negative = (not: boolean): WirePartOfRule => (not ? { negative: '1' } : {});
const HEADERS = { from: 'from', to: 'to', cc: 'cc', toOrCc: 'to,cc' } as const;

function writeTest(t: RuleTest): [string, WirePartOfRule] {
  switch (t.kind) {
    case 'raw':
      return [t.name, t.wire];
    case 'from':
    case 'to':
    case 'cc':
    case 'toOrCc':
      return [
        'addressTest',
        { header: HEADERS[t.kind], part: 'all', stringComparison: t.how, value: t.value, ...negative(t.not) },
      ];
    case 'subject':
    case 'header':
      return [
        'headerTest',
        {
          header: t.kind === 'subject' ? 'subject' : t.header,
          stringComparison: t.how,
          value: t.value,
          ...negative(t.not),
        },
      ];
    case 'body':
      return ['bodyTest', { value: t.value, ...negative(t.not) }];
    case 'larger':
      return ['sizeTest', { numberComparison: 'over', s: t.value, ...negative(t.not) }];
    case 'attachment':
      return ['attachmentTest', negative(t.not)];
    case 'list':
      return ['listTest', negative(t.not)];
    case 'toMe':
      return ['meTest', { header: 'to,cc', ...negative(t.not) }];
    case 'known':
      return ['addressBookTest', { header: 'from', ...negative(t.not) }];
  }
}

function writeAction(a: RuleAction): [string, WirePartOfRule] {
  switch (a.kind) {
    case 'raw':
      return [a.name, a.wire];
    case 'fileInto':
      return ['actionFileInto', { folderPath: `/${a.path}` }];
    case 'tag':
      return ['actionTag', { tagName: a.name }];
    case 'flag':
      return ['actionFlag', { flagName: 'flagged' }];
    case 'read':
      return ['actionFlag', { flagName: 'read' }];
    case 'redirect':
      return ['actionRedirect', { a: a.address }];
    case 'keep':
      return ['actionKeep', {}];
    case 'discard':
      return ['actionDiscard', {}];
    case 'stop':
      return ['actionStop', {}];
  }
}

function gathered(all: readonly [string, WirePartOfRule][]): WireParts {
  const out: Record<string, WirePartOfRule[]> = {};
  all.forEach(([name, part], index) => (out[name] ??= []).push({ ...part, index }));
  return out;
}

export const writeRule = (rule: Rule): WireRule => ({
  ...rule.rest,
  name: rule.name.trim(),
  active: rule.active ? '1' : '0',
  filterTests: [{ ...gathered(rule.tests.map(writeTest)), condition: rule.join }],
  filterActions: [gathered(rule.actions.map(writeAction))],
});

export type RuleProblem = 'name' | 'noTest' | 'noAction' | 'value' | 'taken';

/** What has to be mended before it can be saved. */
export function problemOf(rule: Rule, others: readonly string[]): RuleProblem | undefined {
  const name = rule.name.trim();
  if (name === '') return 'name';
  if (others.some((o) => o.toLowerCase() === name.toLowerCase())) return 'taken';
  if (rule.tests.length === 0) return 'noTest';
  if (rule.actions.length === 0) return 'noAction';
  const empty = (value: string): boolean => value.trim() === '';
  const bad =
    rule.tests.some(
      (t) => 'value' in t && (empty(t.value) || (t.kind === 'larger' && !/^\d+[KMG]?B?$/i.test(t.value))),
    ) ||
    rule.tests.some((t) => t.kind === 'header' && !/^[!-9;-~]+$/.test(t.header.trim())) ||
    rule.actions.some(
      (a) =>
        (a.kind === 'fileInto' && empty(a.path)) ||
        (a.kind === 'tag' && empty(a.name)) ||
        (a.kind === 'redirect' && !a.address.includes('@')),
    );
  return bad ? 'value' : undefined;
}
