// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, it } from 'vitest';
import type { Logs } from '$admin/core/logs';
import { readLine, stations, trace, traces } from '$admin/core/trace';

/** As Postfix 3.7 wrote them, through the scanners and back. */
const LOG = `Nov 30 18:01:00 mail postfix/submission/smtpd[20077]: C5B729B4075: client=laptop[192.0.2.9], sasl_method=PLAIN, sasl_username=alice@example.test
Nov 30 18:01:00 mail postfix/cleanup[20694]: C5B729B4075: message-id=<one@vm>
Nov 30 18:01:00 mail postfix/qmgr[20091]: C5B729B4075: from=<alice@example.test>, size=369, nrcpt=2 (queue active)
Nov 30 18:01:02 mail postfix/smtpd[20095]: NOQUEUE: reject: RCPT from bad[198.51.100.6]: 450 4.1.8 <bad@example.net>: Sender address rejected: Domain not found; from=<bad@example.net> to=<bob@example.test> proto=ESMTP helo=<vm>
Nov 30 18:01:13 mail postfix/reinject/smtpd[20739]: ECA0C9B44D8: client=unknown[127.0.0.1], orig_queue_id=C5B729B4075, orig_client=localhost[127.0.0.1]
Nov 30 18:01:13 mail postfix/cleanup[20730]: ECA0C9B44D8: message-id=<one@vm>
Nov 30 18:01:13 mail postfix/qmgr[20708]: ECA0C9B44D8: from=<alice@example.test>, size=1359, nrcpt=2 (queue active)
Nov 30 18:01:14 mail postfix/filter/lmtp[20239]: C5B729B4075: to=<x@outside.test>, relay=127.0.0.1[127.0.0.1]:34026, delay=14, delays=9.3/1.5/1.2/1.5, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:34025): 250 2.0.0 Ok: queued as ECA0C9B44D8)
Nov 30 18:01:14 mail postfix/filter/lmtp[20239]: C5B729B4075: to=<bob@example.test>, relay=127.0.0.1[127.0.0.1]:34026, delay=14, delays=9.3/1.5/1.2/1.5, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:34025): 250 2.0.0 Ok: queued as ECA0C9B44D8)
Nov 30 18:01:14 mail postfix/qmgr[20708]: C5B729B4075: removed
Nov 30 18:01:15 mail postfix/lmtp[20738]: ECA0C9B44D8: to=<bob@example.test>, relay=127.0.0.1[127.0.0.1]:31025, delay=0.15, dsn=2.0.0, status=sent (250 2.0.0 <bob@example.test> delivered)
Nov 30 18:01:15 mail postfix/smtp[20723]: ECA0C9B44D8: to=<x@outside.test>, relay=none, delay=0.32, dsn=4.4.1, status=deferred (connect to outside.test[203.0.113.9]:25: Connection refused)
Nov 30 18:06:15 mail postfix/smtp[20723]: ECA0C9B44D8: to=<x@outside.test>, relay=none, delay=300, dsn=4.4.1, status=deferred (connect to outside.test[203.0.113.9]:25: Connection timed out)
Nov 30 18:07:00 mail postfix/postfix-script[20699]: refreshing the Postfix mail system`;
const LINES = LOG.split('\n');

describe('the way of a message', () => {
  it('goes through the scanners, whoever asks at which station', () => {
    const all = traces(stations(LINES));
    expect(all.map(({ from, to, outcome }) => [from, to, outcome])).toEqual([
      ['bad@example.net', ['bob@example.test'], 'rejected'],
      ['alice@example.test', ['bob@example.test', 'x@outside.test'], 'deferred'],
    ]);
    const way = all[1]?.stations ?? [];
    expect(way.map(({ id, service, login }) => [id, service, login])).toEqual([
      ['C5B729B4075', 'submission/smtpd', 'alice@example.test'],
      ['ECA0C9B44D8', 'reinject/smtpd', ''],
    ]);
    expect(all[1]?.messageId).toBe('one@vm');
    // What was tried last counts, once.
    const out = way[1]?.deliveries.filter(({ to }) => to === 'x@outside.test') ?? [];
    expect(out.map(({ said }) => said)).toEqual([
      'connect to outside.test[203.0.113.9]:25: Connection timed out',
    ]);
    expect(all[0]?.stations[0]?.deliveries[0]?.said).toContain('Domain not found');
  });

  it('is asked for by any word, and followed both ways', async () => {
    const asked: string[] = [];
    const component = (name: string, query: string): Promise<{ components: string[]; lines: string[] }> => {
      asked.push(`${name} ${query}`);
      const words = query.toLowerCase().split(' ');
      const lines = name === '' ? [] : LINES.filter((l) => words.every((w) => l.toLowerCase().includes(w)));
      return Promise.resolve({ components: ['mailboxd', 'postfix'], lines });
    };
    const logs = { component } as unknown as Logs;
    for (const words of [
      'x@outside.test',
      'one@vm',
      'ECA0C9B44D8',
      'connection timed',
      'alice@example.test 18:01:13',
    ]) {
      const found = await trace(logs, words);
      expect([words, found?.traces.map(({ stations: way }) => way.map(({ id }) => id))]).toEqual([
        words,
        [['C5B729B4075', 'ECA0C9B44D8']],
      ]);
    }
    expect((await trace(logs, 'bad@example.net'))?.traces).toHaveLength(1);
    expect((await trace(logs, 'nobody'))?.traces).toEqual([]);
    expect(asked.length).toBeLessThan(40);
    const without = { component: () => Promise.resolve({ components: ['mailboxd'], lines: [] }) };
    expect(await trace(without as unknown as Logs, 'x')).toBeUndefined();
  });

  it('is not led astray by what is no line of it, or goes round', () => {
    for (const odd of [
      '',
      'nonsense',
      'Nov 30 18:01:00 mail postfix/smtpd[1]: connect from x[1]',
      LINES.at(-1) ?? '',
    ])
      expect(readLine(odd)).toBeUndefined();
    expect(traces(stations(['x', '']))).toEqual([]);
    const round = ['AAAAAA1', 'AAAAAA2'].map(
      (id, at) =>
        `Nov 30 18:01:0${at} mail postfix/lmtp[1]: ${id}: to=<a@b.test>, relay=x, status=sent (queued as AAAAAA${2 - at})`,
    );
    expect(traces(stations(round))).toEqual([]);
  });
});
