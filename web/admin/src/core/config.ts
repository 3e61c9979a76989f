// SPDX-License-Identifier: AGPL-3.0-or-later
/** What holds everywhere, and what the server says of attributes that this page has no words for. */
import { list, truthy } from '$kit/core/api/decode';
import type { Many } from '$kit/core/api/types';
import { entry, type Admin, type Editable, type Entry, type WireEntry } from './api';
import { writeAttrs, type Attrs } from './attrs';
import type { FieldKind, FieldSpec } from './fields';

/** The one entry of the global settings. Its id is empty. */
export class Config implements Editable {
  readonly target = 'config';

  constructor(private readonly admin: Admin) {}

  async get(_id = '', own = false): Promise<Entry> {
    const answer = await this.admin.ask<WireEntry>('GetAllConfig', own ? { applyConfig: '0' } : {});
    return entry(answer);
  }

  async modify(_id: string, changes: Attrs): Promise<void> {
    await this.admin.ask('ModifyConfig', { a: writeAttrs(changes) });
  }
}

interface WireInfo {
  n?: string;
  desc?: string;
  type?: string;
  values?: string;
  multi?: boolean | string | number;
  readOnly?: boolean | string | number;
}

/** An attribute as the server describes it. */
export interface Known {
  spec: FieldSpec;
  /** What values it takes, in the server's words. */
  about: string;
  readOnly: boolean;
}

const KINDS: Record<string, FieldKind> = {
  boolean: 'bool',
  integer: 'integer',
  number: 'number',
  duration: 'duration',
  enum: 'choice',
};

export function known({ n = '', desc = '', type = '', values = '', multi, readOnly }: WireInfo): Known {
  const kind = truthy(multi) ? 'lines' : (KINDS[type] ?? 'text');
  const words = kind === 'choice' ? { words: values.split(',') } : {};
  return { spec: { name: n, kind, inherits: true, ...words }, about: desc, readOnly: truthy(readOnly) };
}

export async function knownOf(admin: Admin, kind: 'globalConfig' | 'server'): Promise<Known[]> {
  const answer = await admin.ask<{ a?: Many<WireInfo> }>('GetAttributeInfo', { entryTypes: kind });
  return list(answer.a).map(known);
}
