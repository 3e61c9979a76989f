// SPDX-License-Identifier: AGPL-3.0-or-later
/** Requests about the person's own account: who they are, preferences, identities, signatures, lists, password. */
import type { Identity, Signature } from '../model';
import { list, text, truthy } from './decode';
import type { Transport } from './transport';
import type { Many, WireAttrs, WireIdentity, WireSignature } from './types';

export interface Account {
  id: string;
  name: string;
  displayName: string;
  locale: string;
  version: string;
  /** Bytes in the mailbox, and how many there may be; 0 for no limit. */
  used: number;
  quota: number;
}

export interface ProfileData {
  prefs: Readonly<Record<string, readonly string[]>>;
  /** The usual one first. */
  identities: readonly Identity[];
  signatures: readonly Signature[];
  /** As whom mail may go out, the account's own name first. */
  addresses: readonly string[];
  /** Features that the administrator has taken away, by their attributes. */
  off: readonly string[];
}

export interface SenderLists {
  allowed: string[];
  blocked: string[];
}

const SECTIONS = 'mbox,prefs,attrs,idents,sigs';
/** What Zimbra calls the identity that every account has. */
const DEFAULT_IDENTITY = 'DEFAULT';

export const isDefault = (i: Pick<Identity, 'name'>): boolean => i.name === DEFAULT_IDENTITY;

const first = (value: Many<string> | undefined): string => list(value)[0] ?? '';

function values(attrs: Many<WireAttrs> | undefined): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(list(attrs)[0]?._attrs ?? {}).map(([name, value]) => [name, list(value).map(String)]),
  );
}

/** The usual identity is the account itself, whose preferences these are. */
function identity(wire: WireIdentity, prefs: ProfileData['prefs']): Identity {
  const a = (name: string): string =>
    first(wire._attrs?.[name]) || (wire.name === DEFAULT_IDENTITY ? (prefs[name]?.[0] ?? '') : '');
  const replyTo = a('zimbraPrefReplyToAddress');
  return {
    id: wire.id ?? '',
    name: wire.name ?? '',
    from: { address: a('zimbraPrefFromAddress'), name: a('zimbraPrefFromDisplay') },
    replyTo:
      truthy(a('zimbraPrefReplyToEnabled')) && replyTo
        ? { address: replyTo, name: a('zimbraPrefReplyToDisplay') }
        : undefined,
    signature: a('zimbraPrefDefaultSignatureId'),
    replySignature: a('zimbraPrefForwardReplySignatureId'),
  };
}

function signature(wire: WireSignature): Signature {
  const content = (type: string): string => text(list(wire.content).find((c) => c.type === type));
  return {
    id: wire.id ?? '',
    name: wire.name ?? '',
    html: content('text/html'),
    text: content('text/plain'),
  };
}

const wireSignature = (s: Signature): WireSignature => ({
  ...(s.id ? { id: s.id } : {}),
  name: s.name,
  content: [
    { type: 'text/plain', _content: s.text },
    { type: 'text/html', _content: s.html },
  ],
});

const attributes = (i: Identity): Record<string, string> => ({
  zimbraPrefFromAddress: i.from.address,
  zimbraPrefFromDisplay: i.from.name,
  zimbraPrefReplyToEnabled: i.replyTo ? 'TRUE' : 'FALSE',
  zimbraPrefReplyToAddress: i.replyTo?.address ?? '',
  zimbraPrefReplyToDisplay: i.replyTo?.name ?? '',
  zimbraPrefDefaultSignatureId: i.signature,
  zimbraPrefForwardReplySignatureId: i.replySignature,
});

const wireIdentity = (i: Identity): WireIdentity => ({
  ...(i.id ? { id: i.id } : {}),
  name: i.name,
  _attrs: { zimbraPrefIdentityName: i.name, ...attributes(i) },
});

export class AccountApi {
  constructor(readonly transport: Transport) {}

  async info(): Promise<{ account: Account; profile: ProfileData }> {
    const info = await this.transport.call('GetInfo', { sections: SECTIONS });
    const attrs = values(info.attrs);
    const prefs = values(info.prefs);
    const name = info.name ?? '';
    const displayName = attrs['displayName']?.[0] ?? attrs['cn']?.[0] ?? '';
    const identities = list(list(info.identities)[0]?.identity).map((i) => identity(i, prefs));
    identities.sort((a, b) => Number(b.name === DEFAULT_IDENTITY) - Number(a.name === DEFAULT_IDENTITY));
    const addresses = [name, ...(attrs['zimbraMailAlias'] ?? []), ...(attrs['zimbraAllowFromAddress'] ?? [])];
    return {
      account: {
        id: info.id ?? '',
        name,
        displayName,
        locale: prefs['zimbraPrefLocale']?.[0] ?? '',
        version: info.version ?? '',
        used: Number(info.used ?? 0),
        quota: Number(attrs['zimbraMailQuota']?.[0] ?? 0),
      },
      profile: {
        prefs,
        identities,
        signatures: list(list(info.signatures)[0]?.signature).map(signature),
        addresses: [...new Set(addresses.filter(Boolean))],
        off: Object.keys(attrs).filter((a) => a.startsWith('zimbraFeature') && attrs[a]?.[0] === 'FALSE'),
      },
    };
  }

  modifyPrefs = (prefs: Readonly<Record<string, readonly string[]>>): Promise<object> =>
    this.transport.call('ModifyPrefs', {
      // One value that is empty takes the preference away.
      _attrs: Object.fromEntries(
        Object.entries(prefs).map(([name, all]) => [name, all.length > 1 ? [...all] : (all[0] ?? '')]),
      ),
    });

  /** Made if it has no id yet. Answers it as it is now. */
  async saveSignature(s: Signature): Promise<Signature> {
    if (s.id) {
      await this.transport.call('ModifySignature', { signature: wireSignature(s) });
      return s;
    }
    const made = await this.transport.call('CreateSignature', { signature: wireSignature(s) });
    return { ...s, id: list(made.signature)[0]?.id ?? '' };
  }

  deleteSignature = (id: string): Promise<object> =>
    this.transport.call('DeleteSignature', { signature: { id } });

  async saveIdentity(i: Identity): Promise<Identity> {
    if (isDefault(i)) {
      await this.transport.call('ModifyPrefs', { _attrs: attributes(i) });
      return i;
    }
    if (i.id) {
      await this.transport.call('ModifyIdentity', { identity: wireIdentity(i) });
      return i;
    }
    const made = list((await this.transport.call('CreateIdentity', { identity: wireIdentity(i) })).identity);
    return { ...i, id: made[0]?.id ?? '' };
  }

  deleteIdentity = (id: string): Promise<object> =>
    this.transport.call('DeleteIdentity', { identity: { id } });

  async senderLists(): Promise<SenderLists> {
    const answer = await this.transport.call('GetWhiteBlackList', {});
    const senders = (l: Many<{ addr?: Many<string | { _content?: string }> }> | undefined): string[] =>
      list(list(l)[0]?.addr)
        .map((a) => text(a))
        .filter(Boolean);
    return { allowed: senders(answer.whiteList), blocked: senders(answer.blackList) };
  }

  /** One sender on or off one of the lists. */
  changeSender = (which: 'allowed' | 'blocked', sender: string, on: boolean): Promise<object> => {
    const change = { addr: [{ op: on ? '+' : '-', _content: sender } as const] };
    return this.transport.call(
      'ModifyWhiteBlackList',
      which === 'allowed' ? { whiteList: change } : { blackList: change },
    );
  };

  /** Ends every other session. */
  async changePassword(name: string, old: string, next: string): Promise<void> {
    await this.transport.call('ChangePassword', {
      account: { by: 'name', _content: name },
      oldPassword: { _content: old },
      password: { _content: next },
    });
  }
}
