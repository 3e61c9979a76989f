// SPDX-License-Identifier: AGPL-3.0-or-later
/** Wire to model. Tolerant: a missing or odd member becomes an empty one, never an exception. */
import { accountOf, messageRowId } from '../model';
import type {
  Attachment,
  Body,
  Conversation,
  Folder,
  Grant,
  Message,
  Role,
  RolePerson,
  State,
  Tag,
} from '../model';
import { unsubscribe } from '../text/unsubscribe';
import type {
  Many,
  Text,
  WireAddress,
  WireConversation,
  WireFolder,
  WireMessage,
  WirePart,
  WireTag,
} from './types';

export const list = <T>(value: Many<T> | undefined | null): T[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

export function text(value: Text | undefined | null): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return text(value[0]);
  return value._content ?? '';
}

export const truthy = (value: boolean | number | string | undefined): boolean =>
  value === true || value === 1 || value === '1' || value === 'true' || value === 'TRUE';

const number = (value: number | string | undefined): number => {
  const parsed = typeof value === 'string' ? Number(value) : value;
  return parsed !== undefined && Number.isFinite(parsed) ? parsed : 0;
};

const splitIds = (value: string | undefined): string[] => (value ? value.split(',').filter(Boolean) : []);

const ROLES: Record<string, Role> = {
  f: 'from',
  t: 'to',
  c: 'cc',
  b: 'bcc',
  r: 'replyTo',
  s: 'sender',
  n: 'receipt',
};

export const people = (wire: Many<WireAddress> | undefined): RolePerson[] =>
  list(wire).flatMap((e) => {
    const role = ROLES[e.t ?? 'f'];
    return role ? [{ role, address: e.a ?? '', name: e.p ?? (e.a ? '' : (e.d ?? '')) }] : [];
  });

export const state = (flags: string | undefined): State => {
  const f = flags ?? '';
  return {
    unread: f.includes('u'),
    flagged: f.includes('f'),
    attachment: f.includes('a'),
    replied: f.includes('r'),
    forwarded: f.includes('w'),
    draft: f.includes('d'),
    sent: f.includes('s'),
    invite: f.includes('v'),
    urgent: f.includes('!'),
    low: f.includes('?'),
    notified: f.includes('n'),
  };
};

/** The protocol's ten colours, tuned to be told apart on light and dark. */
export const COLORS = [
  '',
  '#4a86e8',
  '#22a3a8',
  '#3f9a55',
  '#8b63d6',
  '#d64545',
  '#c79a1e',
  '#d65c9c',
  '#8a8f98',
  '#e07b39',
] as const;

const color = (wire: { color?: number; rgb?: string }): string =>
  /^#[0-9a-f]{6}$/i.test(wire.rgb ?? '') ? (wire.rgb ?? '') : (COLORS[number(wire.color)] ?? '');

const GRANTEES: readonly Grant['kind'][] = ['usr', 'grp', 'dom', 'cos', 'all'];

const grants = (wire: WireFolder): Grant[] =>
  list(list(wire.acl)[0]?.grant).flatMap((g) => {
    const kind = GRANTEES.find((k) => k === g.gt);
    return kind ? [{ id: g.zid ?? '', kind, name: g.d ?? '', rights: g.perm ?? '' }] : [];
  });

export function folder(wire: WireFolder, kind: Folder['kind'] = 'folder'): Folder {
  return {
    id: String(wire.id),
    parent: String(wire.l ?? ''),
    name: wire.name ?? '',
    path: (wire.absFolderPath ?? wire.name ?? '').replace(/^\//, ''),
    unread: number(wire.u),
    total: number(wire.n),
    kind,
    view: wire.view ?? '',
    query: wire.query ?? '',
    color: color(wire),
    colorNumber: number(wire.color),
    grants: grants(wire),
    owner: wire.owner ?? '',
    remote: wire.zid && wire.rid !== undefined ? { account: wire.zid, folder: String(wire.rid) } : undefined,
  };
}

/** A tree as it comes, children nested, to a flat list with parents first. */
export function folders(wire: Many<WireFolder> | undefined, parent = ''): Folder[] {
  return list(wire).flatMap((f) => {
    const own = folder({ ...f, l: f.l ?? parent });
    return [
      own,
      ...folders(f.folder, own.id),
      ...list(f.search).map((s) => folder({ ...s, l: s.l ?? own.id }, 'search')),
      ...list(f.link).map((k) => folder({ ...k, l: k.l ?? own.id }, 'link')),
    ];
  });
}

export const tag = (wire: WireTag): Tag => ({
  id: String(wire.id),
  name: wire.name ?? '',
  color: color(wire),
  colorNumber: number(wire.color),
  unread: number(wire.u),
});

export function conversation(wire: WireConversation): Conversation {
  const flags = state(wire.f);
  return {
    id: String(wire.id),
    subject: text(wire.su),
    fragment: text(wire.fr),
    count: Math.max(1, number(wire.n)),
    date_ms: number(wire.d),
    people: people(wire.e),
    state: { ...flags, unread: flags.unread || number(wire.u) > 0 },
    tags: splitIds(wire.t),
    sendAt_ms: undefined,
  };
}

/** The farthest that a date reaches (ECMA-262 §21.4.1.1): other clients may write anything. */
const DATE_MAX_MS = 8.64e15;

const sendAt = (wire: WireMessage): number | undefined => {
  const ms = Math.min(number(wire.autoSendTime), DATE_MAX_MS);
  return ms > 0 ? ms : undefined;
};

/** A row of the message view. */
export const messageRow = (wire: WireMessage): Conversation => ({
  id: messageRowId(String(wire.id)),
  subject: text(wire.su),
  fragment: text(wire.fr),
  count: 1,
  date_ms: number(wire.d),
  people: people(wire.e),
  state: state(wire.f),
  tags: splitIds(wire.t),
  sendAt_ms: sendAt(wire),
});

const isMultipart = (p: WirePart): boolean => (p.ct ?? '').startsWith('multipart/');

function* leaves(parts: Many<WirePart> | undefined): Generator<WirePart> {
  for (const part of list(parts)) {
    // A forwarded message is one attachment; its inside is not ours to spread out.
    if (part.mp !== undefined && (isMultipart(part) || !part.ct)) yield* leaves(part.mp);
    else if (!isMultipart(part)) yield part;
  }
}

/** The plain twin of an HTML body, or the other way round: a form of the text, not a file (RFC 2046 §5.1.4). */
const isOtherText = (p: WirePart): boolean =>
  /^text\/(?:plain|html|enriched)/.test(p.ct ?? '') && !p.filename && !p.name && p.cd !== 'attachment';

const attachment = (p: WirePart): Attachment => ({
  part: p.part ?? '',
  name: p.filename ?? p.name ?? '',
  type: (p.ct ?? 'application/octet-stream').toLowerCase(),
  size: number(p.s),
  contentId: (p.ci ?? '').replace(/^<|>$/g, ''),
  inline: p.cd === 'inline' || (p.cd !== 'attachment' && (p.ci ?? '') !== ''),
});

const header = (wire: WireMessage, name: string): string[] =>
  list(wire.header).flatMap((h) => (h.n?.toLowerCase() === name ? (h._content ?? '') : []));

/** The server writes pictures of a letter as parts at our own address: those of another's mailbox are at theirs. */
function ownersParts(html: string, id: string): string {
  const account = accountOf(id);
  return account === undefined
    ? html
    : html.replaceAll('"/service/home/~/?auth=co', `"/service/home/${encodeURIComponent(account)}/?auth=co`);
}

export function message(wire: WireMessage): Message {
  let body: Body | undefined;
  const attachments: Attachment[] = [];
  if (wire.mp !== undefined) {
    body = { html: undefined, text: '', truncated: false };
    for (const part of leaves(wire.mp)) {
      if (!truthy(part.body)) {
        if (!isOtherText(part)) attachments.push(attachment(part));
        continue;
      }
      body.truncated ||= truthy(part.truncated);
      if ((part.ct ?? '').startsWith('text/html'))
        body.html = (body.html ?? '') + ownersParts(text(part.content), String(wire.id));
      else if ((part.ct ?? '').startsWith('text/')) body.text += text(part.content);
      else attachments.push(attachment(part));
    }
  }
  const rt = wire.rt === 'r' || wire.rt === 'w' ? wire.rt : undefined;
  return {
    id: String(wire.id),
    conversation: String(wire.cid ?? ''),
    folder: String(wire.l ?? ''),
    subject: text(wire.su),
    fragment: text(wire.fr),
    date_ms: number(wire.d),
    size: number(wire.s),
    people: people(wire.e),
    state: state(wire.f),
    tags: splitIds(wire.t),
    messageId: text(wire.mid),
    unsubscribe: unsubscribe(header(wire, 'list-unsubscribe').join(',')),
    listId: header(wire, 'list-id')[0] ?? '',
    inReplyTo: text(wire.irt),
    origId: wire.origid === undefined ? '' : String(wire.origid),
    replyType: rt,
    sendAt_ms: sendAt(wire),
    body,
    attachments,
  };
}
