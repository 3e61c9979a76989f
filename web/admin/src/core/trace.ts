// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * The way of a message from SMTP to a mailbox, or out, read from Postfix's log: a message has a queue id at each station, since the scanners
 * give it back as a new one, and the lines say which follows which.
 */
import type { Logs } from './logs';

export type Outcome = 'sent' | 'deferred' | 'bounced' | 'rejected' | 'waiting';

export interface Delivery {
  time: string;
  to: string;
  /** Host and port, or none. */
  relay: string;
  outcome: Outcome;
  /** What the other side said. */
  said: string;
  /** The queue id that it has after this. */
  next: string;
}

/** A station: what one queue id was. */
export interface Station {
  id: string;
  time: string;
  /** smtpd, submission/smtpd, reinject/smtpd … */
  service: string;
  client: string;
  login: string;
  from: string;
  size: number;
  messageId: string;
  deliveries: Delivery[];
}

export interface Trace {
  /** First station first. */
  stations: Station[];
  /** Where it ended, over all recipients: the worst that is left. */
  outcome: Outcome;
  from: string;
  to: string[];
  messageId: string;
  time: string;
}

interface Line {
  time: string;
  service: string;
  id: string;
  text: string;
}

const LINE = /^(\w{3} +\d+ [\d:]{8}) \S+ postfix(?:\/([\w/-]+))?\[\d+\]: (NOQUEUE|[0-9A-Za-z]{6,}): (.*)$/;

export function readLine(line: string): Line | undefined {
  const [, time = '', service = '', id = '', text = ''] = LINE.exec(line) ?? [];
  return id === '' ? undefined : { time, service, id, text };
}

const OUTCOMES: Record<string, Outcome> = {
  sent: 'sent',
  deferred: 'deferred',
  bounced: 'bounced',
  expired: 'bounced',
};
const angle = (text: string, name: string): string =>
  new RegExp(`\\b${name}=<([^>]*)>`).exec(text)?.[1] ?? '';

function empty(id: string, time: string): Station {
  return { id, time, service: '', client: '', login: '', from: '', size: 0, messageId: '', deliveries: [] };
}

/** What the lines say of each queue id; what was refused before it had one is a station of its own. */
export function stations(lines: readonly string[]): Station[] {
  const found = new Map<string, Station>();
  let refused = 0;
  for (const raw of lines) {
    const line = readLine(raw);
    if (!line) continue;
    const { time, service, id, text } = line;
    if (id === 'NOQUEUE') {
      const [, client = '', said = ''] = /reject: \w+ from ([^:]+(?::\d+)?): (.*?); from=/.exec(text) ?? [];
      if (said === '') continue;
      const station = {
        ...empty(`NOQUEUE ${(refused += 1)}`, time),
        service,
        client,
        from: angle(text, 'from'),
      };
      const to = angle(text, 'to');
      station.deliveries.push({ time, to, relay: '', outcome: 'rejected', said, next: '' });
      found.set(station.id, station);
      continue;
    }
    const station = found.get(id) ?? empty(id, time);
    found.set(id, station);
    const client = /^client=(\S+?)(?:,|$)/.exec(text)?.[1];
    const to = /^to=<([^>]*)>/.exec(text)?.[1];
    if (client !== undefined) {
      station.client = client;
      station.service = service;
      station.login = /\bsasl_username=(\S+?)(?:,|$)/.exec(text)?.[1] ?? '';
    } else if (text.startsWith('message-id=')) {
      station.messageId = text.slice('message-id='.length).replace(/^<|>$/g, '');
    } else if (text.startsWith('from=<')) {
      station.from = angle(text, 'from');
      station.size = Number(/\bsize=(\d+)/.exec(text)?.[1] ?? 0);
    } else if (to !== undefined) {
      const status = /\bstatus=(\w+)(?: \((.*)\))?/.exec(text);
      const said = status?.[2] ?? '';
      const delivery: Delivery = {
        time,
        to,
        relay: /\brelay=([^,]+)/.exec(text)?.[1] ?? '',
        outcome: OUTCOMES[status?.[1] ?? ''] ?? 'waiting',
        said,
        next: /queued as ([0-9A-Za-z]{6,})/.exec(said)?.[1] ?? '',
      };
      // It is tried again and again: what was last counts.
      const earlier = station.deliveries.findIndex((one) => one.to === to);
      if (earlier >= 0) station.deliveries.splice(earlier, 1);
      station.deliveries.push(delivery);
    }
  }
  return [...found.values()];
}

/** Stations that are one message, in the order of its way. The newest message first. */
export function traces(all: readonly Station[]): Trace[] {
  const follows = new Set(
    all.flatMap(({ deliveries }) => deliveries.map(({ next }) => next)).filter(Boolean),
  );
  const byId = new Map(all.map((station) => [station.id, station]));
  const firsts = all.filter(({ id }) => !follows.has(id));
  return firsts
    .map((first) => {
      const way: Station[] = [];
      const collect = (station: Station): void => {
        if (way.includes(station)) return;
        way.push(station);
        for (const { next } of station.deliveries) {
          const after = byId.get(next);
          if (after) collect(after);
        }
      };
      collect(first);
      const last = way.flatMap(({ deliveries }) => deliveries).filter(({ next }) => !byId.has(next));
      const ORDER: Outcome[] = ['deferred', 'bounced', 'rejected', 'waiting', 'sent'];
      return {
        stations: way,
        outcome: ORDER.find((outcome) => last.some((one) => one.outcome === outcome)) ?? 'waiting',
        from: first.from || way.find(({ from }) => from !== '')?.from || '',
        to: [...new Set(last.map(({ to }) => to))],
        messageId: way.find(({ messageId }) => messageId !== '')?.messageId ?? '',
        time: first.time,
      };
    })
    .filter(({ stations: way }) => way.some(({ deliveries, from }) => deliveries.length > 0 || from !== ''))
    .reverse();
}

const COMPONENT = 'postfix';
const LINES_MAX = 500;
const IDS_MAX = 40;

/** Undefined: mail does not go through Postfix here. What is found in the end of the log that the server looks through. */
export async function trace(
  logs: Logs,
  words: string,
): Promise<{ traces: Trace[]; more: boolean } | undefined> {
  const first = await logs.component('', '', 1);
  if (!first.components.includes(COMPONENT)) return undefined;
  const { lines } = await logs.component(COMPONENT, words, LINES_MAX);
  const known = new Map<string, string[]>();
  const refused = lines.filter((line) => readLine(line)?.id === 'NOQUEUE');
  let wanted = [...new Set(lines.map((line) => readLine(line)?.id ?? ''))].filter(
    (id) => id !== '' && id !== 'NOQUEUE',
  );
  const more = wanted.length > IDS_MAX || lines.length === LINES_MAX;
  wanted = wanted.slice(-IDS_MAX);
  // Each id, and those that come before and after it: three steps lead from the way in to the way out.
  for (let step = 0; step < 3 && wanted.length > 0; step += 1) {
    const asked = await Promise.all(wanted.map((id) => logs.component(COMPONENT, id, LINES_MAX)));
    asked.forEach(({ lines: of }, at) => known.set(wanted[at] ?? '', of));
    const neighbours = asked.flatMap(({ lines: of }) => of.map((line) => readLine(line)?.id ?? ''));
    const after = asked.flatMap(({ lines: of }) =>
      stations(of).flatMap(({ deliveries }) => deliveries.map((d) => d.next)),
    );
    wanted = [...new Set([...neighbours, ...after])]
      .filter((id) => id !== '' && id !== 'NOQUEUE' && !known.has(id))
      .slice(0, IDS_MAX);
  }
  const all = [...new Set([...refused, ...[...known.values()].flat()])].sort(inTime);
  return { traces: traces(stations(all)), more };
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
/** The log has no years: January comes after December in what is at most some months. */
function inTime(a: string, b: string): number {
  const key = (line: string): string => {
    const [, month = '', day = '', time = ''] = /^(\w{3}) +(\d+) ([\d:]{8})/.exec(line) ?? [];
    return `${String(MONTHS.indexOf(month)).padStart(2, '0')}${day.padStart(2, '0')}${time}`;
  };
  const [x, y] = [key(a), key(b)];
  const isWrapped = Math.abs(Number(x.slice(0, 2)) - Number(y.slice(0, 2))) > 18;
  return (x < y ? -1 : x > y ? 1 : 0) * (isWrapped ? -1 : 1);
}
