// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { AccountApi } from '$kit/core/api/account';
import { blank } from '$kit/core/compose/draft';
import { identityFor, senders, sign, signatureFor, signTyped } from '$kit/core/compose/signature';
import { Profile } from '$kit/core/store/profile';
import type { Identity, Signature } from '$kit/core/model';
import { fakeTransport } from './fake';

const INFO = {
  id: 'u-1',
  name: 'alice@x.test',
  used: '123',
  attrs: { _attrs: { displayName: 'Alice', zimbraMailAlias: ['sales@x.test'], zimbraMailQuota: '1000' } },
  prefs: { _attrs: { zimbraPrefComposeFormat: 'text', zimbraPrefX: ['1', '2'] } },
  identities: {
    identity: [
      {
        id: 'i-2',
        name: 'Desk',
        _attrs: { zimbraPrefFromAddress: 'desk@x.test', zimbraPrefDefaultSignatureId: 's-1' },
      },
      { id: 'u-1', name: 'DEFAULT', _attrs: { zimbraPrefFromAddress: 'alice@x.test' } },
    ],
  },
  signatures: {
    signature: [{ id: 's-1', name: 'Short', content: [{ type: 'text/plain', _content: 'A.' }] }],
  },
};

describe('the profile', () => {
  it('is read from GetInfo, the usual identity first', async () => {
    const { transport } = fakeTransport(() => INFO);
    const { account, profile } = await new AccountApi(transport).info();
    expect(account).toMatchObject({ displayName: 'Alice', used: 123, quota: 1000 });
    expect(profile.identities.map((i) => i.name)).toEqual(['DEFAULT', 'Desk']);
    expect(profile.prefs['zimbraPrefX']).toEqual(['1', '2']);
    expect(profile.signatures).toEqual([{ id: 's-1', name: 'Short', html: '', text: 'A.' }]);
    expect(profile.addresses).toEqual(['alice@x.test', 'sales@x.test']);
  });

  it('changes preferences at once, and puts them back when they are refused', async () => {
    let refuse = false;
    const { transport, asked } = fakeTransport(() =>
      refuse ? { fault: 'account.INVALID_ATTR_VALUE' } : INFO,
    );
    const profile = new Profile(new AccountApi(transport));
    profile.reset((await new AccountApi(transport).info()).profile);
    await profile.setPrefs({ zimbraPrefComposeFormat: 'html', zimbraPrefX: [] });
    expect(asked.at(-1)?.body).toMatchObject({
      _attrs: { zimbraPrefComposeFormat: 'html', zimbraPrefX: '' },
    });
    refuse = true;
    await expect(profile.setPrefs({ zimbraPrefComposeFormat: 'text' })).rejects.toThrow();
    expect(profile.pref('zimbraPrefComposeFormat')).toBe('html');
  });
});

const identity = (address: string, more: Partial<Identity> = {}): Identity => ({
  id: address,
  name: address,
  from: { address, name: '' },
  replyTo: undefined,
  signature: '',
  replySignature: '',
  ...more,
});
const short: Signature = { id: 's', name: 'Short', html: '<b>A.</b>', text: 'A.' };

describe('signatures', () => {
  it('that come late stand below what was written, where the person wants them', () => {
    const own = { id: 's', name: 's', html: '', text: 'Ann $& Co' };
    const quote = '<div data-quote="">B wrote:</div><blockquote type="cite">q</blockquote>';
    const draft = { ...blank(), html: `<div>mine</div>${quote}`, text: 'mine\n\nB wrote:\n> q\n' };
    const empty = '<div><br></div>';
    const signature = '<div data-signature="s"><div>Ann $&amp; Co</div></div>';
    expect(signTyped(draft, own, 'above')).toEqual({
      html: `<div>mine</div>${empty}${signature}${empty}${quote}`,
      text: 'mine\n\n-- \nAnn $& Co\n\nB wrote:\n> q\n',
    });
    expect(signTyped(draft, own, 'below')).toEqual({
      html: `<div>mine</div>${quote}${empty}${signature}`,
      text: 'mine\n\nB wrote:\n> q\n\n-- \nAnn $& Co\n',
    });
    expect(signTyped({ ...blank(), html: '<div>new</div>', text: 'new' }, own, 'above')).toEqual({
      html: `<div>new</div>${empty}${signature}`,
      text: 'new\n\n-- \nAnn $& Co\n',
    });
  });

  it('stand between what is written and what is quoted', () => {
    const draft = {
      ...blank(),
      html: '<div><br></div><div><br></div><blockquote>q</blockquote>',
      text: '\n\n> q',
    };
    const above = sign(draft, short, 'above');
    expect(above.html).toMatch(/^<div><br><\/div><div><br><\/div><div data-signature="s"><b>A/);
    expect(above.html.indexOf('A.')).toBeLessThan(above.html.indexOf('q</block'));
    expect(above.text).toBe('\n\n-- \nA.\n\n> q');
    const below = sign(draft, short, 'below');
    expect(below.html.indexOf('A.')).toBeGreaterThan(below.html.indexOf('q</block'));
    expect(sign(draft, undefined, 'above')).toBe(draft);
  });

  it('are those of the identity, for new letters and for answers', () => {
    const i = identity('a@x', { signature: 's', replySignature: '' });
    expect(signatureFor(i, false, [short])).toBe(short);
    expect(signatureFor(i, true, [short])).toBeUndefined();
    expect(signatureFor(undefined, false, [short])).toBeUndefined();
  });
});

describe('senders', () => {
  it('are the identities, and addresses that have none', () => {
    const all = senders([identity(''), identity('desk@x')], ['a@x', 'DESK@x', 'b@x'], 'Ann');
    expect(all.map((i) => i.from.address)).toEqual(['a@x', 'desk@x', 'b@x']);
    expect(all[2]?.from.name).toBe('Ann');
  });

  it('answer as whom the message went to', () => {
    const own = [identity('a@x'), identity('desk@x')];
    expect(identityFor([{ role: 'to', address: 'Desk@X' }], own)?.id).toBe('desk@x');
    expect(
      identityFor(
        [
          { role: 'cc', address: 'desk@x' },
          { role: 'to', address: 'a@x' },
        ],
        own,
      )?.id,
    ).toBe('a@x');
    expect(identityFor([], own)?.id).toBe('a@x');
  });
});
