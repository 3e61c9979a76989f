// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import { toChip } from '$kit/core/compose/addresses';
import { blank, type Draft } from '$kit/core/compose/draft';
import { MANY_RECEIVERS, ownWords, speaksOfAttachment, warningsFor } from '$kit/core/compose/warnings';
import { unsubscribe } from '$kit/core/text/unsubscribe';

const draft = (members: Partial<Draft>): Draft => ({ ...blank(), subject: 'Plan', ...members });
const file = { kind: 'upload', key: '1', name: 'a', size: 1, aid: 'x' } as const;
const people = (n: number) =>
  Array.from({ length: n }, (_, i) => toChip({ name: '', address: `p${i}@x.test` }));

describe('a forgotten attachment', () => {
  it.each([
    ['Please see the attached file.', true],
    ['I’m attaching the minutes', true],
    ['Enclosed you find …', true],
    ['Anbei der Entwurf.', true],
    ['Im Anhang findest du alles.', true],
    ['Die Datei habe ich angehängt.', true],
    ['Siehe Anlagen.', true],
    ['The beigefügten Pläne', true],
    ['We are attached to old habits'.replace('attached', 'detached'), false],
    ['Ich hänge in der Leitung.', false],
    ['Der Zusammenhang ist klar.', false],
    ['veranlagen und anlagebedingt', false],
    ['Hello\n\nOn Monday, Bob wrote:\n> see attached', false],
    ['Danke!\n\nAm Montag schrieb Bob:\nim Anhang', false],
    ['Hi\n-- \nattached to the sea', false],
    ['Fine.\n---------- Forwarded message ----------\nattached', false],
  ])('%s', (text, expected) => expect(speaksOfAttachment(text)).toBe(expected));

  it('is asked about only if nothing is attached', () => {
    expect(warningsFor(draft({ text: 'see attached' }))).toEqual(['noAttachment']);
    expect(warningsFor(draft({ text: 'see attached', attachments: [file] }))).toEqual([]);
    expect(warningsFor(draft({ mode: 'reply', subject: 'Re: attachment', text: 'thanks' }))).toEqual([]);
  });

  it('looks at own words', () => expect(ownWords('a\n> b\nc')).toBe('a'));
});

describe('other things to overlook', () => {
  it('many receivers of an answer to all, counted once each', () => {
    const to = people(MANY_RECEIVERS);
    expect(warningsFor(draft({ mode: 'replyAll', to }))).toEqual(['manyReceivers']);
    expect(warningsFor(draft({ mode: 'reply', to }))).toEqual([]);
    const half = people(MANY_RECEIVERS - 1);
    expect(warningsFor(draft({ mode: 'replyAll', to: half, cc: half }))).toEqual([]);
  });

  it('a missing subject, first', () => {
    expect(warningsFor(draft({ subject: ' ', text: 'attached' }))).toEqual(['noSubject', 'noAttachment']);
  });
});

describe('List-Unsubscribe', () => {
  it.each([
    [
      '<mailto:leave@x.test?subject=u>, <https://x.test/u?1>',
      'mailto:leave@x.test?subject=u',
      'https://x.test/u?1',
    ],
    ['<http://x.test/u>', undefined, undefined],
    ['<javascript:alert(1)>, <data:text/html,x>, <https:>', undefined, undefined],
    ['<https://x.test/only>', undefined, 'https://x.test/only'],
    ['no brackets https://x.test', undefined, undefined],
    ['', undefined, undefined],
  ])('%s', (header, mailto, https) => {
    const wanted = mailto === undefined && https === undefined ? undefined : { mailto, https };
    expect(unsubscribe(header)).toEqual(wanted);
  });
});
