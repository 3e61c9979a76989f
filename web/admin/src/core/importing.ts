// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Accounts from a table. A dry run says what each line would do and what is wrong with it, and asks the server what is
 * there already; nothing is changed by it.
 */
import type { Attrs } from './attrs';
import { parseCsv, type CsvRow } from './csv';
import { STATUSES } from './filter';
import { parseSize } from './units';

/** Columns that are no attributes, under the names that people give them. */
const COLUMNS: Record<string, string> = {
  email: 'name',
  mail: 'name',
  address: 'name',
  account: 'name',
  name: 'name',
  password: 'password',
  alias: 'aliases',
  aliases: 'aliases',
  cos: 'cos',
  quota: 'zimbraMailQuota',
  status: 'zimbraAccountStatus',
  firstname: 'givenName',
  givenname: 'givenName',
  lastname: 'sn',
  surname: 'sn',
  displayname: 'displayName',
};

export type ProblemCode =
  | 'noName'
  | 'badName'
  | 'noSuchDomain'
  | 'twice'
  | 'badQuota'
  | 'badStatus'
  | 'noSuchCos'
  | 'badAlias'
  | 'cells'
  | 'taken';

export interface Planned {
  line: number;
  name: string;
  action: 'create' | 'modify' | 'none';
  password: string;
  aliases: string[];
  attrs: Attrs;
  /** Known once the server was asked. */
  id: string;
  problems: { code: ProblemCode; value: string }[];
}

export interface Plan {
  /** Columns that are neither known nor could be an attribute. */
  unknownColumns: string[];
  hasName: boolean;
  rows: Planned[];
}

export interface World {
  /** In which accounts can be made; undefined: not known, the server will say. */
  domains: readonly string[] | undefined;
  cosByName: ReadonlyMap<string, string>;
}

const IS_ADDRESS = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/;
const IS_ATTRIBUTE = /^[a-zA-Z][a-zA-Z0-9]*$/;

function column(title: string): string | undefined {
  const known = COLUMNS[title.toLowerCase().replace(/[\s_-]/g, '')];
  return (
    known ??
    (IS_ATTRIBUTE.test(title) &&
    /^zimbra|^[a-z]+[A-Z]|^(cn|sn|o|ou|l|st|co|title|street|description|initials|mobile)$/.test(title)
      ? title
      : undefined)
  );
}

function planRow(row: CsvRow, columns: (string | undefined)[], world: World): Planned {
  const planned: Planned = {
    line: row.line,
    name: '',
    action: 'create',
    password: '',
    aliases: [],
    attrs: {},
    id: '',
    problems: [],
  };
  const attrs: Record<string, string[]> = {};
  const problem = (code: ProblemCode, value: string): void => void planned.problems.push({ code, value });
  if (row.cells.length > columns.length) problem('cells', String(row.cells.length));
  columns.forEach((name, at) => {
    const value = row.cells[at] ?? '';
    if (name === undefined || value === '') return;
    if (name === 'name') planned.name = value.toLowerCase();
    else if (name === 'password') planned.password = value;
    else if (name === 'aliases')
      planned.aliases = value
        .toLowerCase()
        .split(/[\s,;]+/)
        .filter(Boolean);
    else if (name === 'cos') {
      const id = world.cosByName.get(value.toLowerCase());
      if (id === undefined) problem('noSuchCos', value);
      else attrs['zimbraCOSId'] = [id];
    } else if (name === 'zimbraMailQuota') {
      const octets = parseSize(value);
      if (octets === undefined) problem('badQuota', value);
      else attrs[name] = [String(octets)];
    } else {
      if (name === 'zimbraAccountStatus' && !(STATUSES as readonly string[]).includes(value))
        problem('badStatus', value);
      attrs[name] = [value];
    }
  });
  planned.attrs = attrs;
  if (planned.name === '') problem('noName', '');
  else if (!IS_ADDRESS.test(planned.name)) problem('badName', planned.name);
  else if (world.domains && !world.domains.includes(planned.name.split('@')[1] ?? ''))
    problem('noSuchDomain', planned.name.split('@')[1] ?? '');
  for (const alias of planned.aliases) if (!IS_ADDRESS.test(alias)) problem('badAlias', alias);
  return planned;
}

export function plan(text: string, world: World): Plan {
  const [head, ...rows] = parseCsv(text);
  const columns = (head?.cells ?? []).map(column);
  const planned = rows.map((row) => planRow(row, columns, world));
  const seen = new Map<string, Planned>();
  for (const row of planned) {
    if (row.name !== '' && seen.has(row.name)) row.problems.push({ code: 'twice', value: row.name });
    seen.set(row.name, row);
  }
  return {
    unknownColumns: (head?.cells ?? []).filter((title, at) => title !== '' && columns[at] === undefined),
    hasName: columns.includes('name'),
    rows: planned,
  };
}

export interface Found {
  id: string;
  /** The account's own name: an alias leads to it, too. */
  name: string;
}

/** With what the server has: who is there is changed, unless the file says nothing about them. */
export async function lookUp(
  rows: readonly Planned[],
  find: (name: string) => Promise<Found | undefined>,
): Promise<Planned[]> {
  const answers: Planned[] = [];
  for (const row of rows) {
    if (row.problems.length > 0) {
      answers.push({ ...row, action: 'none' });
      continue;
    }
    const found = await find(row.name);
    if (!found) answers.push(row);
    else if (found.name !== row.name)
      answers.push({ ...row, action: 'none', problems: [{ code: 'taken', value: found.name }] });
    else {
      const says = Object.keys(row.attrs).length > 0 || row.aliases.length > 0 || row.password !== '';
      answers.push({ ...row, id: found.id, action: says ? 'modify' : 'none' });
    }
  }
  return answers;
}
