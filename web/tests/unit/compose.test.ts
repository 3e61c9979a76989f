// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { MailApi } from '$kit/core/api/mail';
import { message } from '$kit/core/api/decode';
import { parseUploadAnswer, UploadRefused, type Upload } from '$kit/core/api/upload';
import { isAddress, parseChips } from '$kit/core/compose/addresses';
import { Composer } from '$kit/core/compose/composer';
import {
  again,
  answer,
  blank,
  editing,
  forwardWhole,
  picturesOf,
  prefixed,
  recipients,
  toWire,
  type Draft,
} from '$kit/core/compose/draft';
import { adoptPictures, isShown, pictures } from '$kit/core/compose/inline';
import { fakeTransport, until, type Asked } from './fake';

const original = message({
  id: '300',
  su: 'Re: AW: Plan',
  mid: '<m1@x>',
  e: [
    { t: 'f', a: 'bob@x.test', p: 'Bob' },
    { t: 't', a: 'alice@x.test' },
    { t: 't', a: 'carol@x.test' },
    { t: 'c', a: 'dave@x.test' },
    { t: 'c', a: 'BOB@x.test' },
  ],
  mp: [{ part: '1', ct: 'text/html', body: true, content: '<p>hi</p>' }],
});

describe('pictures of a quote', () => {
  const url = '/service/home/~/?auth=co&amp;id=300&amp;part=2';
  const quote = { html: `<p>hi</p><img alt="a" src="${url}">`, text: 'hi' };
  const html = (wire: ReturnType<typeof toWire>): string => JSON.stringify(wire.mp);

  it('leave as inline parts that the text names', () => {
    const wire = toWire(answer(original, 'reply', ['alice@x.test'], quote), 'send');
    expect(html(wire)).toContain('src=\\"cid:2.300@inline.posthouse\\"');
    expect(wire.mp[0]?.mp?.[1]).toMatchObject({
      ct: 'multipart/related',
      mp: [
        { ct: 'text/html' },
        { ci: '<2.300@inline.posthouse>', attach: { mp: [{ mid: '300', part: '2' }] } },
      ],
    });
  });

  it('come from the saved draft after a save', () => {
    const draft = { ...answer(original, 'reply', ['alice@x.test'], quote), id: '301' };
    const saved = message({
      id: '301',
      mp: [{ part: '2.2', ct: 'image/png', ci: '<2.300@inline.posthouse>', cd: 'inline' }],
    });
    const inline = adoptPictures([], picturesOf(draft), saved);
    expect(html(toWire({ ...draft, inline }, 'save'))).toContain('{"mid":"301","part":"2.2"}');
  });

  it('stay in a letter that is written again', () => {
    const sent = message({
      id: '300',
      mp: [
        { part: '1', ct: 'text/html', body: true, content: quote.html },
        { part: '2', ct: 'image/png', ci: '<x>', cd: 'inline', filename: 'x.png' },
      ],
    });
    const draft = again(sent);
    expect(draft).toMatchObject({ id: undefined, origId: undefined, attachments: [] });
    expect(html(toWire(draft, 'send'))).toContain('{"mid":"300","part":"2"}');
  });

  it('are no files beside the text, and only those of the quoted letter', () => {
    const forwarded = message({
      id: '300',
      mp: [
        {
          part: '',
          ct: 'multipart/related',
          mp: [
            { part: '1', ct: 'text/html', body: true, content: quote.html },
            { part: '2', ct: 'image/png', ci: '<x>', cd: 'inline', filename: 'x.png' },
            { part: '3', ct: 'image/png', cd: 'attachment', filename: 'y.png' },
          ],
        },
      ],
    });
    const draft = answer(forwarded, 'forward', ['alice@x.test'], quote);
    expect(draft.attachments.map((a) => a.name)).toEqual(['y.png']);
    const foreign = { ...quote, html: quote.html.replace('id=300', 'id=4711') };
    const stolen = toWire(answer(forwarded, 'reply', ['alice@x.test'], foreign), 'send');
    expect(html(stolen)).not.toContain('"mid":"4711"');
  });
});

describe("what lies in another's mailbox", () => {
  const OWNER = '0b5f7d6e-1111-4222-8333-444455556666';
  const at = (part: string): string => `/service/home/${OWNER}/?auth=co&amp;id=300&amp;part=${part}`;
  const theirs = message({
    id: `${OWNER}:300`,
    mp: [
      {
        part: '1',
        ct: 'text/html',
        body: true,
        content: '<img src="/service/home/~/?auth=co&amp;id=300&amp;part=2">',
      },
      { part: '2', ct: 'image/png', ci: '<x>', cd: 'inline', filename: 'x.png' },
      { part: '3', ct: 'image/png', ci: '<y>', cd: 'inline', filename: 'y.png' },
    ],
  });
  const quote = { html: `<p>hi</p><img src="${at('2')}">`, text: 'hi' };

  it('is known for what it is', () => {
    expect(theirs.body?.html).toContain(at('2'));
    expect(['2', '3'].map((part) => isShown(theirs, part))).toEqual([true, false]);
    expect(pictures(quote.html, [], [theirs.id])[0]?.source).toEqual({
      kind: 'part',
      message: theirs.id,
      part: '2',
    });
    // The same number in one's own mailbox is something else.
    expect(pictures(quote.html, [], ['300'])).toEqual([]);
  });

  it('is never referred to', () => {
    const forwarded = answer(theirs, 'forward', [], quote);
    for (const draft of [forwarded, { ...again(theirs), ...quote }, forwardWhole([theirs])]) {
      expect(draft).toMatchObject({ origId: undefined, attachments: [] });
      expect(JSON.stringify(toWire(draft, 'send'))).not.toContain(OWNER);
    }
  });

  it('leaves as a picture of the letter once it was brought along', async () => {
    const { transport } = fakeTransport(() => ({}));
    const upload: Upload = () => {
      throw new Error('not by this way');
    };
    const composer = new Composer(1, answer(theirs, 'reply', [], quote), new MailApi(transport), upload);
    const url = at('2').replaceAll('&amp;', '&');
    const done = Promise.resolve({ aid: 'u1', name: 'x.png', size: 1 });
    composer.pictureFrom({ name: 'x.png', size: 1 }, url, { done, cancel: () => undefined });
    expect(composer.uploading).toBe(true);
    await until(() => !composer.uploading, 'uploaded');
    const wire = JSON.stringify(toWire(composer.draft, 'send'));
    expect(wire).toMatch(/src=\\"cid:[^"]+@inline\.posthouse\\"/);
    expect(wire).toContain('"attach":{"aid":"u1"}');
    expect(wire).not.toContain(OWNER);
  });
});

describe('pictures that were pasted', () => {
  const url = 'blob:https://mail.test/1-2';
  const html = (draft: Draft): string => JSON.stringify(toWire(draft, 'save').mp);
  const text = { html: `<p>look</p><img alt="p.png" src="${url}">`, text: 'look' };

  it('wait for their upload, leave as inline parts, and come from the draft after a save', async () => {
    let uploaded: (value: { aid: string; name: string; size: number }) => void = () => undefined;
    const upload: Upload = () => ({
      done: new Promise((resolve) => (uploaded = resolve)),
      cancel: () => undefined,
    });
    const { transport, asked } = fakeTransport(({ body }) => {
      const parts = JSON.stringify(body).includes('"aid":"u1"');
      const ci = /cid:([^\\"]+)/.exec(JSON.stringify(body))?.[1] ?? '';
      return {
        m: [
          {
            id: '7',
            mp: [
              { part: '1', ct: 'text/html', body: true, content: '<p>look</p>' },
              ...(parts ? [{ part: '2', ct: 'image/png', ci: `<${ci}>`, cd: 'inline' }] : []),
            ],
          },
        ],
      };
    });
    const composer = new Composer(1, blank(), new MailApi(transport), upload);
    composer.picture(new File(['x'], 'p.png', { type: 'image/png' }), url);
    composer.change(text);
    expect(composer.uploading).toBe(true);
    await composer.save();
    expect(JSON.stringify(asked[0]?.body)).not.toContain('blob:');
    uploaded({ aid: 'u1', name: 'p.png', size: 1 });
    await until(() => !composer.uploading, 'uploaded');
    await composer.save();
    expect(composer.draft.inline[0]?.source).toEqual({ kind: 'part', message: '7', part: '2' });
    expect(composer.draft.html).toContain(url);
    expect(html(composer.draft)).toContain('"mid":"7","part":"2"');
  });

  it('that failed keep the letter from going out as if they were in it', async () => {
    const upload: Upload = () => ({
      done: Promise.reject(new UploadRefused(413)),
      cancel: () => undefined,
    });
    const { transport } = fakeTransport(() => ({ m: [{ id: '7' }] }));
    const composer = new Composer(1, blank(), new MailApi(transport), upload);
    composer.picture(new File(['x'], 'p.png', { type: 'image/png' }), url);
    composer.change(text);
    await until(() => composer.draft.attachments.length === 1, 'told');
    expect(composer.draft.attachments[0]).toMatchObject({ kind: 'failed', reason: 'tooBig' });
    expect(html(composer.draft)).not.toContain('blob:');
    await composer.discard();
  });
});

describe('what a letter asks for', () => {
  it('goes out with it and comes back with the draft', () => {
    const wire = toWire(
      {
        ...blank(),
        from: { address: 'sales@x.test', name: 'Sales' },
        replyTo: { address: 'desk@x.test', name: '' },
        priority: 'high',
        receiptTo: 'alice@x.test',
      },
      'send',
    );
    expect(wire.f).toBe('!');
    expect(wire.e).toEqual([
      { t: 'f', a: 'sales@x.test', p: 'Sales' },
      { t: 'r', a: 'desk@x.test' },
      { t: 'n', a: 'alice@x.test' },
    ]);
    const draft = editing(message({ id: '1', f: 'd?', e: wire.e, mp: [] }));
    expect(draft).toMatchObject({
      priority: 'low',
      receiptTo: 'alice@x.test',
      from: { address: 'sales@x.test' },
      replyTo: { address: 'desk@x.test' },
    });
  });

  it('takes whole messages along', () => {
    const draft = forwardWhole([{ id: '5', subject: 'A', size: 9 }]);
    expect(draft.subject).toBe('Fwd: A');
    expect(toWire(draft, 'send').attach).toEqual({ m: [{ id: '5' }] });
  });
});

describe('addresses', () => {
  it('are split where people part them', () => {
    expect(parseChips('Bob <bob@x.test>, "Last, First" <c@x.test>; d@x.test\nnonsense')).toEqual([
      { name: 'Bob', address: 'bob@x.test', valid: true },
      { name: 'Last, First', address: 'c@x.test', valid: true },
      { name: '', address: 'd@x.test', valid: true },
      { name: '', address: 'nonsense', valid: false },
    ]);
  });

  it.each(['a@b.c', 'ünï@bücher.example', 'a+b@x.y', 'root@localhost'])('%s is one', (a) =>
    expect(isAddress(a)).toBe(true),
  );
  it.each(['', 'a', 'a@', '@b', 'a b@c.d', 'a@b..c', 'a@b,c'])('%s is none', (a) =>
    expect(isAddress(a)).toBe(false),
  );
});

describe('answers', () => {
  it('go to the sender, or to all but oneself', () => {
    expect(recipients(original, ['alice@x.test'], false)).toMatchObject({
      to: [{ address: 'bob@x.test' }],
      cc: [],
    });
    const all = recipients(original, ['Alice@x.test'], true);
    expect(all.to.map((c) => c.address)).toEqual(['bob@x.test', 'carol@x.test']);
    expect(all.cc.map((c) => c.address)).toEqual(['dave@x.test']);
  });

  it('go to whom I wrote when I answer myself', () => {
    const mine = recipients(original, ['bob@x.test'], false);
    expect(mine.to.map((c) => c.address)).toEqual(['alice@x.test', 'carol@x.test']);
  });

  it('have one prefix', () => {
    expect(prefixed('Re', 'Re: AW: Plan')).toBe('Re: Plan');
    expect(prefixed('Fwd', 'Plan')).toBe('Fwd: Plan');
  });

  it('carry what threading needs', () => {
    const wire = toWire(answer(original, 'reply', ['alice@x.test'], { html: '<p>q</p>', text: 'q' }), 'send');
    expect(wire).toMatchObject({
      origid: '300',
      rt: 'r',
      irt: { _content: '<m1@x>' },
      su: { _content: 'Re: Plan' },
    });
    expect(wire.mp[0]?.mp?.map((p) => p.ct)).toEqual(['text/plain', 'text/html']);
  });
});

const noUpload: Upload = () => ({ done: new Promise(() => undefined), cancel: () => undefined });

describe('a compose window', () => {
  it('makes one draft, however often it saves', async () => {
    const saves: Asked[] = [];
    const { transport } = fakeTransport((asked) => {
      if (asked.name === 'SaveDraft') saves.push(asked);
      return { m: [{ id: '500' }] };
    });
    const composer = new Composer(1, blank(), new MailApi(transport), noUpload);
    composer.change({ subject: 'a' });
    const first = composer.save();
    composer.change({ subject: 'ab' });
    await Promise.all([first, composer.save(), composer.save()]);
    expect(saves.map((s) => (s.body['m'] as { id?: string }).id)).toEqual([undefined, '500']);
    expect(composer.state.value.status).toBe('saved');
    await composer.send();
  });

  it('names uploads as parts of the draft once they are saved', async () => {
    const { transport, asked } = fakeTransport(({ name }) =>
      name === 'SaveDraft'
        ? {
            m: [
              {
                id: '500',
                mp: [
                  {
                    part: '',
                    ct: 'multipart/mixed',
                    mp: [
                      { part: '1', ct: 'text/plain', body: true, content: '' },
                      { part: '2', ct: 'text/plain', filename: 'a.txt', s: 3, cd: 'attachment' },
                    ],
                  },
                ],
              },
            ],
          }
        : {},
    );
    const upload: Upload = () => ({
      done: Promise.resolve({ aid: 'u:1', name: 'a.txt', size: 3 }),
      cancel: () => undefined,
    });
    const composer = new Composer(1, blank(), new MailApi(transport), upload);
    composer.attach(new File(['abc'], 'a.txt'));
    await until(() => !composer.uploading);
    await composer.save();
    composer.change({ subject: 'x' });
    await composer.send();
    const attach = asked.map((a) => (a.body['m'] as { attach?: object }).attach);
    expect(attach[0]).toEqual({ aid: 'u:1' });
    expect(attach[1]).toEqual({ mp: [{ mid: '500', part: '2' }] });
    expect(asked.at(-1)).toMatchObject({ name: 'SendMsg', body: { m: { did: '500' } } });
  });

  it('stays dirty when sending failed, so that nothing is lost', async () => {
    const { transport } = fakeTransport(() => ({ fault: 'mail.SEND_FAILURE' }));
    const composer = new Composer(1, { ...blank(), subject: 'x' }, new MailApi(transport), noUpload);
    await expect(composer.send()).rejects.toThrow();
    expect(composer.state.value.status).toBe('dirty');
  });

  it('reads the raw upload answer', () => {
    expect(
      parseUploadAnswer(`200,'null',[{"aid":"p:1","ct":"text/plain","filename":"it's, odd].txt","s":"3"}]\n`),
    ).toEqual([{ aid: 'p:1', filename: "it's, odd].txt", s: 3 }]);
    expect(() => parseUploadAnswer(`413,'null'`)).toThrow(UploadRefused);
  });
});
