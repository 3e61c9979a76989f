// SPDX-License-Identifier: AGPL-3.0-or-later
/** Who was given which right, on what. */
import { list, text, truthy } from '$kit/core/api/decode';
import type { Many } from '$kit/core/api/types';
import type { Admin, TargetType } from './api';

export const GRANTEE_TYPES = ['usr', 'grp'] as const;
export type GranteeType = (typeof GRANTEE_TYPES)[number] | 'dom' | 'all' | 'pub' | 'gst';
export const MODIFIERS = ['deny', 'canDelegate', 'subDomain', 'disinheritSubGroups'] as const;
export type Modifier = (typeof MODIFIERS)[number];

export interface Grant {
  target: { type: TargetType; id: string; name: string };
  grantee: { type: GranteeType; id: string; name: string };
  right: string;
  modifiers: Modifier[];
}

export interface KnownRight {
  name: string;
  kind: string;
  targets: string[];
  about: string;
}

type WireGrant = {
  target?: Many<{ type?: string; id?: string; name?: string }>;
  grantee?: Many<{ type?: string; id?: string; name?: string }>;
  right?: Many<Partial<Record<Modifier, boolean | string | number>> & { _content?: string }>;
};

function grant(wire: WireGrant): Grant {
  const [target] = list(wire.target);
  const [grantee] = list(wire.grantee);
  const [right] = list(wire.right);
  return {
    target: {
      type: (target?.type ?? 'global') as TargetType,
      id: target?.id ?? '',
      name: target?.name ?? '',
    },
    grantee: {
      type: (grantee?.type ?? 'usr') as GranteeType,
      id: grantee?.id ?? '',
      name: grantee?.name ?? '',
    },
    right: text(right),
    modifiers: MODIFIERS.filter((name) => truthy(right?.[name])),
  };
}

export const keyOf = ({ target, grantee, right, modifiers }: Grant): string =>
  [target.type, target.id, grantee.type, grantee.id, right, ...modifiers].join(' ');

export class Grants {
  constructor(private readonly admin: Admin) {}

  async on(type: TargetType, by: 'id' | 'name', key: string): Promise<Grant[]> {
    return this.ask({ target: { type, by, _content: key } });
  }

  /** To an account or a list itself, and with `all` to the lists that hold it. */
  async to(type: GranteeType, by: 'id' | 'name', key: string, all: boolean): Promise<Grant[]> {
    return this.ask({ grantee: { type, by, all: all ? '1' : '0', _content: key } });
  }

  private async ask(body: object): Promise<Grant[]> {
    return list((await this.admin.ask<{ grant?: Many<WireGrant> }>('GetGrants', body)).grant).map(grant);
  }

  grant(given: Grant): Promise<object> {
    return this.admin.ask('GrantRight', this.body(given, 'name'));
  }

  revoke(given: Grant): Promise<object> {
    return this.admin.ask('RevokeRight', this.body(given, 'id'));
  }

  private body({ target, grantee, right, modifiers }: Grant, by: 'id' | 'name'): object {
    const named = (one: { type: string; id: string; name: string }): object => ({
      type: one.type,
      by,
      _content: (by === 'id' ? one.id : one.name) || one.name,
    });
    return {
      target: named(target),
      grantee: named(grantee),
      right: { ...Object.fromEntries(modifiers.map((name) => [name, '1'])), _content: right },
    };
  }

  /** All that an administrator can be given. */
  async known(): Promise<KnownRight[]> {
    const answer = await this.admin.ask<{
      right?: Many<{ name?: string; type?: string; targetType?: string; desc?: string }>;
    }>('GetAllRights');
    return list(answer.right).map(({ name = '', type = '', targetType = '', desc = '' }) => ({
      name,
      kind: type,
      targets: targetType.split(',').filter(Boolean),
      about: text(desc),
    }));
  }
}

/** What can be granted on such a target. On a domain also what holds for what is in it, on everything all; a bundle fits wherever a part of it does. */
export function rightsOn(known: readonly KnownRight[], type: TargetType): KnownRight[] {
  const IN_DOMAINS = ['domain', 'account', 'calresource', 'dl'];
  const wanted = type === 'domain' ? IN_DOMAINS : type === 'dl' ? ['dl', 'account', 'calresource'] : [type];
  return known.filter(
    ({ targets }) => type === 'global' || targets.length === 0 || targets.some((one) => wanted.includes(one)),
  );
}
