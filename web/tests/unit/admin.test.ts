// SPDX-License-Identifier: AGPL-3.0-or-later
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { clientUrl } from '$admin/core/accounts';
import { Draft, readAttrs, writeAttrs } from '$admin/core/attrs';
import { Batch } from '$admin/core/batch';
import { delimiterOf, parseCsv } from '$admin/core/csv';
import { ALL_FIELDS, DOMAIN_GROUPS, LIST_GROUPS, RESOURCE_GROUPS, SERVICE_GROUPS } from '$admin/core/fields';
import { accountFilter, all, any, contains, equal, escape, words } from '$admin/core/filter';
import { lookUp, plan } from '$admin/core/importing';
import { newPassword } from '$admin/core/password';
import { AREAS, areasFor, Powers, readHeld, Rights } from '$admin/core/powers';
import { SETTING_GROUPS } from '$admin/core/settings';
import { parseSize, parseTime, share, writeSize } from '$admin/core/units';
import en from '../../admin/src/locale/en.json';
import de from '../../admin/src/locale/de.json';
import { argumentsOf } from './strings';

const SOURCES = fileURLToPath(new URL('../../admin/src', import.meta.url));
const KNOWN = fileURLToPath(new URL('../../../mailboxd/directory/src/known', import.meta.url));

const ANY = { text: '', status: '', cos: '', role: '' };

describe('filters of the directory', () => {
  it('escape what means something in them (RFC 4515)', () => {
    expect(escape('a*(b)\\\0')).toBe('a\\2a\\28b\\29\\5c\\00');
    expect(contains('cn', '*)(uid=*')).toBe('(cn=*\\2a\\29\\28uid=\\2a*)');
    expect(escape('Zoë')).toBe('Zoë');
  });

  it('are joined only where there is more than one', () => {
    expect(all()).toBe('');
    expect(all(undefined, equal('a', '1'))).toBe('(a=1)');
    expect(all(equal('a', '1'), any(equal('b', '2'), equal('c', '3')))).toBe('(&(a=1)(|(b=2)(c=3)))');
  });

  it('look for each word', () => {
    expect(words('ann  lee', ['cn', 'mail'])).toBe('(&(|(cn=*ann*)(mail=*ann*))(|(cn=*lee*)(mail=*lee*)))');
    expect(words('   ')).toBe('');
  });

  it('know that a status that was never set is active', () => {
    expect(accountFilter(ANY)).toBe('');
    expect(accountFilter({ ...ANY, status: 'active' })).toBe(
      '(|(zimbraAccountStatus=active)(!(zimbraAccountStatus=*)))',
    );
    expect(accountFilter({ ...ANY, status: 'locked', cos: 'none', role: 'admin' })).toBe(
      '(&(zimbraAccountStatus=locked)(!(zimbraCOSId=*))(zimbraIsAdminAccount=TRUE))',
    );
  });
});

describe('sizes and times', () => {
  it.each([
    ['5 GB', 5e9],
    ['1,5g', 1.5e9],
    ['1GiB', 2 ** 30],
    ['500 mb', 5e8],
    ['1024', 1024],
    ['0', 0],
  ])('read %s', (text, octets) => expect(parseSize(text)).toBe(octets));

  it.each(['', 'much', '-1', '5 XB', '1.2.3', '99999999 TB'])('refuse %j', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );

  it.each([0, 1, 999, 1000, 1024, 5e9, 2 ** 30, 1.5e9, 1_073_741_825, 123_456_789_012])(
    'write %d so that it reads back',
    (octets) => expect(parseSize(writeSize(octets))).toBe(octets),
  );

  it('tell how full it is, if there is a limit', () => {
    expect(share(5, 10)).toBe(0.5);
    expect(share(50, 10)).toBe(1);
    expect(share(5, 0)).toBeUndefined();
  });

  it('read generalized time', () => {
    expect(parseTime('20260131123000Z')).toBe(Date.UTC(2026, 0, 31, 12, 30));
    expect(parseTime('20260131123000.123Z')).toBe(Date.UTC(2026, 0, 31, 12, 30));
    expect(parseTime('never')).toBe(0);
  });
});

describe('a draft of an entry', () => {
  const draft = new Draft({ displayName: ['Ann'], mail: ['a', 'b'] }, { zimbraMailQuota: ['5'] });

  it('has what is set, else what is inherited', () => {
    expect(draft.effective('displayName')).toBe('Ann');
    expect(draft.effective('zimbraMailQuota')).toBe('5');
    expect(draft.isOwn('zimbraMailQuota')).toBe(false);
    const set = draft.with('zimbraMailQuota', ['7']);
    expect([set.effective('zimbraMailQuota'), set.isOwn('zimbraMailQuota'), set.count]).toEqual([
      '7',
      true,
      1,
    ]);
    expect(set.with('zimbraMailQuota', []).count).toBe(0);
  });

  it('forgets what was put back, and writes what goes as empty', () => {
    expect(draft.with('displayName', ['Anna']).with('displayName', ['Ann']).count).toBe(0);
    const gone = draft.with('mail', []);
    expect(gone.isOwn('mail')).toBe(false);
    expect(writeAttrs(gone.edits)).toEqual([{ n: 'mail', _content: '' }]);
    expect(writeAttrs({ mail: ['x', 'y'] })).toHaveLength(2);
  });

  it('comes from the wire with all values', () => {
    expect(readAttrs([{ n: 'a', _content: '1' }, { n: 'a', _content: '2' }, { n: 'b' }])).toEqual({
      a: ['1', '2'],
      b: [''],
    });
  });
});

describe('CSV', () => {
  it('finds the delimiter of the first line, outside of quotes', () => {
    expect(delimiterOf('a;b;c\n1,2,3,4,5')).toBe(';');
    expect(delimiterOf('"a,b,c"\tb')).toBe('\t');
  });

  it('reads quotes, line breaks in them, and empty lines (RFC 4180)', () => {
    const rows = parseCsv('\uFEFFname,note\r\n"a ""x""","two\nlines"\r\n\r\n,\nlast, y ');
    expect(rows).toEqual([
      { line: 1, cells: ['name', 'note'] },
      { line: 2, cells: ['a "x"', 'two\nlines'] },
      { line: 6, cells: ['last', 'y'] },
    ]);
  });
});

describe('an import', () => {
  const world = { domains: ['a.test'], cosByName: new Map([['gold', 'id-1']]) };

  it('says what each line would do and what is wrong with it', () => {
    const text = [
      'Email,Display name,Password,COS,Quota,Aliases,nonsense column',
      'Ann@a.test,Ann,secret,Gold,5 GB,"x@a.test y@a.test",',
      'bob@b.test,,,,,,',
      'nobody,,,silver,huge,bad alias,',
      'ann@a.test,Again,,,,,',
      ',No name,,,,,',
    ].join('\n');
    const { rows, unknownColumns, hasName } = plan(text, world);
    expect([hasName, unknownColumns]).toEqual([true, ['nonsense column']]);
    expect(rows[0]).toMatchObject({
      line: 2,
      name: 'ann@a.test',
      password: 'secret',
      aliases: ['x@a.test', 'y@a.test'],
      attrs: { displayName: ['Ann'], zimbraCOSId: ['id-1'], zimbraMailQuota: ['5000000000'] },
      problems: [],
    });
    const codes = rows.map((row) => row.problems.map((p) => p.code));
    expect(codes.slice(1)).toEqual([
      ['noSuchDomain'],
      ['noSuchCos', 'badQuota', 'badName', 'badAlias', 'badAlias'],
      ['twice'],
      ['noName'],
    ]);
  });

  it('takes attributes by their names', () => {
    const { rows, unknownColumns } = plan('email,zimbraPrefLocale,telephoneNumber\na@a.test,de,1', world);
    expect(unknownColumns).toEqual([]);
    expect(rows[0]?.attrs).toEqual({ zimbraPrefLocale: ['de'], telephoneNumber: ['1'] });
  });

  it('changes who is there, leaves alone whom it says nothing of, and takes no alias for an account', async () => {
    const { rows } = plan(
      'email,displayName\nnew@a.test,N\nold@a.test,O\nquiet@a.test,\nalias@a.test,A\nbad,',
      world,
    );
    const there: Record<string, string> = {
      'old@a.test': 'old@a.test',
      'quiet@a.test': 'quiet@a.test',
      'alias@a.test': 'old@a.test',
    };
    const asked: string[] = [];
    const done = await lookUp(rows, (name) => {
      asked.push(name);
      const own = there[name];
      return Promise.resolve(own === undefined ? undefined : { id: `id of ${own}`, name: own });
    });
    expect(done.map((row) => row.action)).toEqual(['create', 'modify', 'none', 'none', 'none']);
    expect(done[3]?.problems).toEqual([{ code: 'taken', value: 'old@a.test' }]);
    expect(asked).not.toContain('bad');
  });
});

describe('work on many', () => {
  it('goes on after a failure, and stops when it is told to', async () => {
    const seen: number[] = [];
    const batch = new Batch([1, 2, 3, 4], (n) => {
      seen.push(n);
      if (n === 3) batch.stop();
      return n === 2 ? Promise.reject(new Error('no')) : Promise.resolve();
    });
    const { done, failed, phase } = await batch.run();
    expect([seen, done, failed.map((f) => f.item), phase]).toEqual([[1, 2, 3], 3, [2], 'stopped']);
  });

  it('ends at an error that all would have', async () => {
    const batch = new Batch(
      [1, 2, 3],
      () => Promise.reject(new Error('signed out')),
      () => true,
    );
    expect((await batch.run()).done).toBe(1);
  });
});

describe('what somebody may do', () => {
  const held = readHeld([
    {
      type: 'account',
      inDomains: [
        {
          domain: [{ name: 'a.test' }],
          rights: {
            right: [{ n: 'listAccount' }, { n: 'deleteAccount' }],
            setAttrs: { a: [{ n: 'displayName' }] },
            getAttrs: { all: true },
          },
        },
      ],
    },
    {
      type: 'domain',
      entries: {
        entry: { name: 'a.test' },
        rights: { right: { n: 'createAccount' }, setAttrs: {}, getAttrs: {} },
      },
    },
  ]);

  it('decides which places there are', () => {
    expect(areasFor(new Powers(true, []))).toEqual(AREAS);
    expect(areasFor(new Powers(false, held))).toEqual(['dashboard', 'accounts', 'rights']);
    expect(areasFor(new Powers(false, []))).toEqual(['dashboard', 'rights']);
  });

  it('says in which domains', () => {
    expect(new Powers(true, []).domains('createAccount')).toBeUndefined();
    expect(new Powers(false, held).domains('createAccount')).toEqual(['a.test']);
    expect(new Powers(false, held).domains('createAlias')).toEqual([]);
  });

  it('says which attributes', () => {
    const rights = held[0]?.rights ?? Rights.NONE;
    expect([rights.may('deleteAccount'), rights.may('renameAccount')]).toEqual([true, false]);
    expect([rights.maySet('displayName'), rights.maySet('zimbraMailQuota')]).toEqual([true, false]);
    expect(rights.mayGet('zimbraMailQuota')).toBe(true);
    expect(Rights.NONE.mayGet('cn')).toBe(false);
  });
});

describe('the way to somebody’s mail', () => {
  it('is on the host of the console, at the port that the server names', () => {
    expect(clientUrl('https://mail.a.test', 'mail.a.test')).toBe('https://mail.a.test/');
    expect(clientUrl('https://vm:14443', '127.0.0.1')).toBe('https://127.0.0.1:14443/');
    expect(clientUrl('', '::1')).toBe('https://[::1]/');
  });
});

describe('a password that is made up', () => {
  it('is long, has each kind of letter, and is another one each time', () => {
    const made = Array.from({ length: 200 }, newPassword);
    expect(new Set(made).size).toBe(200);
    for (const password of made) {
      expect(password).toHaveLength(16);
      for (const kind of [/[A-Z]/, /[a-z]/, /\d/, /[-_.+:]/]) expect(password).toMatch(kind);
      expect(password).not.toMatch(/[O0Il1]/);
    }
  });
});

describe('the console’s attributes', () => {
  const LABELLED = [...ALL_FIELDS, ...SETTING_GROUPS.flatMap(({ fields }) => fields)];

  it('are known to the directory', () => {
    const table = ['table.rs', 'wishes.rs'].map((file) => readFileSync(join(KNOWN, file), 'utf8')).join('\n');
    for (const { name } of LABELLED) expect(table).toContain(`"${name}"`);
  });

  it('have labels, and their groups have names', () => {
    for (const { name } of LABELLED) expect(Object.keys(en)).toContain(`attr.${name}`);
    for (const { key } of SETTING_GROUPS) expect(Object.keys(en)).toContain(`group.${key}`);
    for (const { key } of [...SERVICE_GROUPS, ...DOMAIN_GROUPS, ...LIST_GROUPS, ...RESOURCE_GROUPS])
      expect(Object.keys(en)).toContain(`group.${key}`);
  });
});

describe('the console’s strings', () => {
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true }).filter((f) =>
    /\.(ts|svelte)$/.test(f.name),
  );
  const code = files.map((f) => readFileSync(join(f.parentPath, f.name), 'utf8')).join('\n');

  it('are there in both languages, with the same arguments', () => {
    expect(Object.keys(de).sort()).toEqual(Object.keys(en).sort());
    for (const [key, message] of Object.entries(en)) {
      expect([key, argumentsOf(de[key as keyof typeof de])]).toEqual([key, argumentsOf(message)]);
    }
  });

  it('exist for every key that the code names', () => {
    const named = [...code.matchAll(/\b(?:t|tell)\(\s*'([\w.]+)'/g)].map((m) => m[1] ?? '');
    const toasts = [...code.matchAll(/'((?:toast|error)\.\w+)'/g)].map((m) => m[1] ?? '');
    expect([...named, ...toasts].filter((key) => !(key in en))).toEqual([]);
  });

  it('are all used', () => {
    // Put together from what the server says, or said by the kit.
    const groups = ['attr', 'word', 'status', 'service', 'role', 'group', 'area', 'theme', 'error'];
    const templates = [...code.matchAll(/`([\w.]+\.\$\{[^`]*)`/g)].map(
      (m) => new RegExp(`^${(m[1] ?? '').replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '\\w+')}$`),
    );
    const sets = ['grantee', 'target', 'modifier'];
    const single = Object.keys(en).filter(
      (key) =>
        ![...groups, ...sets].includes(key.split('.')[0] ?? '') &&
        !templates.some((template) => template.test(key)),
    );
    expect(single.filter((key) => !code.includes(`'${key}'`))).toEqual([]);
  });
});
