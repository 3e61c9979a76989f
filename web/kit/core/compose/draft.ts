// SPDX-License-Identifier: AGPL-3.0-or-later
/** A letter being written: its data, how an answer starts, and how it looks on the wire. */
import type { WireAddress, WireOutgoing, WireOutgoingPart } from '../api/types';
import { accountOf, type Attachment, type Message, type Person, type RolePerson } from '../model';
import { toChip, unique, type Chip } from './addresses';
import { isShown, pictures, toParts, withContentIds, type InlinePicture } from './inline';

export type Mode = 'new' | 'reply' | 'replyAll' | 'forward' | 'edit';

export type DraftAttachment =
  | { kind: 'uploading'; key: string; name: string; size: number; progress: number; cancel: () => void }
  | { kind: 'failed'; key: string; name: string; size: number; reason: string }
  | { kind: 'upload'; key: string; name: string; size: number; aid: string }
  | { kind: 'part'; key: string; name: string; size: number; message: string; part: string }
  /** A whole message. */
  | { kind: 'message'; key: string; name: string; size: number; message: string };

export type Priority = 'high' | 'normal' | 'low';

export interface Draft {
  mode: Mode;
  /** Undefined: as the account writes usually. */
  from: Person | undefined;
  replyTo: Person | undefined;
  priority: Priority;
  /** Where the receiver's program reports that it was read (RFC 8098), if that is wanted. */
  receiptTo: string;
  /** It answers to all what came by this mailing list. */
  answersList: string;
  /** The server's id once it was saved. */
  id: string | undefined;
  origId: string | undefined;
  replyType: 'r' | 'w' | undefined;
  /** When the server is to send it, once it is no longer written at. */
  sendAt_ms: number | undefined;
  inReplyTo: string;
  to: Chip[];
  cc: Chip[];
  bcc: Chip[];
  subject: string;
  html: string;
  text: string;
  plain: boolean;
  attachments: DraftAttachment[];
  /** Pictures in `html` that were saved with it already. */
  inline: InlinePicture[];
}

export const blank = (): Draft => ({
  mode: 'new',
  from: undefined,
  replyTo: undefined,
  priority: 'normal',
  receiptTo: '',
  answersList: '',
  id: undefined,
  origId: undefined,
  replyType: undefined,
  sendAt_ms: undefined,
  inReplyTo: '',
  to: [],
  cc: [],
  bcc: [],
  subject: '',
  html: '',
  text: '',
  plain: false,
  attachments: [],
  inline: [],
});

const ADDRESS_ROLES: readonly RolePerson['role'][] = ['to', 'cc', 'bcc'];

export const withRole = (people: readonly RolePerson[], role: RolePerson['role']): Chip[] =>
  people.filter((p) => p.role === role && p.address !== '').map(toChip);

/** One prefix, whatever language and however many were there. */
export function prefixed(prefix: 'Re' | 'Fwd', subject: string): string {
  const bare = subject.replace(/^\s*(?:(?:re|aw|sv|antw|fwd?|wg)(?:\[\d+\])?\s*:\s*)+/i, '');
  return `${prefix}: ${bare}`;
}

/** RFC 5322 §3.6.3: an answer goes to Reply-To if there is one; to all leaves out oneself. */
export function recipients(
  message: Message,
  own: readonly string[],
  all: boolean,
): { to: Chip[]; cc: Chip[] } {
  const mine = new Set(own.map((a) => a.toLowerCase()));
  const isMe = (c: Chip): boolean => mine.has(c.address.toLowerCase());
  const from = withRole(message.people, 'from');
  const originalTo = withRole(message.people, 'to');
  const replyTo = withRole(message.people, 'replyTo');
  const fromMe = from.some(isMe);
  const back = fromMe ? originalTo : replyTo.length > 0 ? replyTo : from;
  if (!all) return { to: unique(back), cc: [] };
  const to = unique([...back, ...(fromMe ? [] : originalTo.filter((c) => !isMe(c)))]);
  const taken = new Set(to.map((c) => c.address.toLowerCase()));
  const cc = unique(withRole(message.people, 'cc')).filter(
    (c) => !isMe(c) && !taken.has(c.address.toLowerCase()),
  );
  return { to, cc };
}

const part = (message: Message, a: Attachment): DraftAttachment => ({
  kind: 'part',
  key: `${message.id}-${a.part}`,
  name: a.name,
  size: a.size,
  message: message.id,
  part: a.part,
});

/** What hangs on it, without the pictures that its text shows. */
const files = (message: Message): DraftAttachment[] =>
  message.attachments.filter((a) => !isShown(message, a.part)).map((a) => part(message, a));

export interface Quote {
  html: string;
  text: string;
}

/** What lies in another's mailbox can't be referred to: it is brought along otherwise (`carry.ts`). */
const isOwn = (id: string): boolean => accountOf(id) === undefined;

export function answer(
  message: Message,
  mode: 'reply' | 'replyAll' | 'forward',
  addresses: readonly string[],
  quote: Quote,
): Draft {
  const own = isOwn(message.id);
  const base: Draft = { ...blank(), mode, origId: own ? message.id : undefined, ...quote };
  if (mode === 'forward') {
    return {
      ...base,
      replyType: 'w',
      subject: prefixed('Fwd', message.subject),
      attachments: own ? files(message) : [],
    };
  }
  return {
    ...base,
    ...recipients(message, addresses, mode === 'replyAll'),
    answersList: mode === 'replyAll' ? message.listId : '',
    replyType: 'r',
    inReplyTo: message.messageId,
    subject: prefixed('Re', message.subject),
    // An answer to plain text stays plain text.
    plain: message.body !== undefined && message.body.html === undefined,
  };
}

/** Messages as files of a new one. The server names a message without a subject itself. */
export const forwardWhole = (all: readonly Pick<Message, 'id' | 'subject' | 'size'>[]): Draft => ({
  ...blank(),
  subject: all.length === 1 ? prefixed('Fwd', all[0]?.subject ?? '') : '',
  ...(all.length === 1 ? { origId: all.map((m) => m.id).find(isOwn), replyType: 'w' as const } : {}),
  attachments: all
    .filter((m) => isOwn(m.id))
    .map((m) => ({ kind: 'message', key: `m${m.id}`, name: fileName(m), size: m.size, message: m.id })),
});

/** Of a message as a file. */
export const fileName = ({ subject }: Pick<Message, 'subject'>): string => `${subject || 'message'}.eml`;

/** Once more, as a new letter. Its pictures stay parts of the old one until this one is saved. */
export const again = (message: Message): Draft => ({
  ...editing(message),
  mode: 'new',
  id: undefined,
  origId: undefined,
  replyType: undefined,
  sendAt_ms: undefined,
  inReplyTo: '',
  ...(isOwn(message.id)
    ? { inline: pictures(message.body?.html ?? '', [], [message.id]) }
    : { attachments: [], inline: [] }),
});

export function editing(message: Message): Draft {
  const [to, cc, bcc] = ADDRESS_ROLES.map((role) => withRole(message.people, role));
  return {
    ...blank(),
    mode: 'edit',
    from: message.people.find((p) => p.role === 'from' && p.address !== ''),
    replyTo: message.people.find((p) => p.role === 'replyTo'),
    priority: message.state.urgent ? 'high' : message.state.low ? 'low' : 'normal',
    receiptTo: message.people.find((p) => p.role === 'receipt')?.address ?? '',
    id: message.id,
    origId: message.origId || undefined,
    replyType: message.replyType,
    sendAt_ms: message.sendAt_ms,
    inReplyTo: message.inReplyTo,
    to: to ?? [],
    cc: cc ?? [],
    bcc: bcc ?? [],
    subject: message.subject,
    html: message.body?.html ?? '',
    text: message.body?.text ?? '',
    plain: message.body !== undefined && message.body.html === undefined && message.body.text !== '',
    attachments: files(message),
    inline: [],
  };
}

export const isEmpty = (d: Draft): boolean =>
  d.to.length + d.cc.length + d.bcc.length + d.attachments.length + d.inline.length === 0 &&
  d.subject.trim() === '' &&
  d.text.trim() === '';

const wireAddresses = (chips: readonly Person[], t: string): WireAddress[] =>
  chips.map((c) => ({ t, a: c.address, ...(c.name ? { p: c.name } : {}) }));

const textPart = (content: string): WireOutgoingPart => ({
  ct: 'text/plain',
  content: { _content: content },
});

/** What it answers or continues may be quoted with its pictures. */
export const picturesOf = (d: Draft): InlinePicture[] => pictures(d.html, d.inline, [d.origId, d.id]);

function body(d: Draft): WireOutgoingPart[] {
  if (d.plain) return [textPart(d.text)];
  const inline = picturesOf(d);
  const html = { ct: 'text/html', content: { _content: withContentIds(d.html, inline) } };
  return [
    {
      ct: 'multipart/alternative',
      mp: [
        textPart(d.text),
        inline.length > 0 ? { ct: 'multipart/related', mp: [html, ...toParts(inline)] } : html,
      ],
    },
  ];
}

/** `purpose` decides how the saved draft is named: as the one to replace, or as the one that this sends. */
export function toWire(d: Draft, purpose: 'save' | 'send'): WireOutgoing {
  const aids = d.attachments.flatMap((a) => (a.kind === 'upload' ? [a.aid] : []));
  const parts = d.attachments.flatMap((a) => (a.kind === 'part' ? [{ mid: a.message, part: a.part }] : []));
  const whole = d.attachments.flatMap((a) => (a.kind === 'message' ? [{ id: a.message }] : []));
  return {
    ...(d.id ? (purpose === 'save' ? { id: d.id } : { did: d.id }) : {}),
    ...(d.origId ? { origid: d.origId } : {}),
    ...(d.replyType ? { rt: d.replyType } : {}),
    ...(d.priority === 'normal' ? {} : { f: d.priority === 'high' ? '!' : '?' }),
    e: [
      ...wireAddresses(d.from ? [d.from] : [], 'f'),
      ...wireAddresses(d.to, 't'),
      ...wireAddresses(d.cc, 'c'),
      ...wireAddresses(d.bcc, 'b'),
      ...wireAddresses(d.replyTo ? [d.replyTo] : [], 'r'),
      ...(d.receiptTo ? [{ t: 'n', a: d.receiptTo }] : []),
    ],
    su: { _content: d.subject },
    ...(d.inReplyTo ? { irt: { _content: d.inReplyTo } } : {}),
    mp: body(d),
    ...(aids.length + parts.length + whole.length > 0
      ? {
          attach: {
            ...(aids.length > 0 ? { aid: aids.join(',') } : {}),
            ...(parts.length > 0 ? { mp: parts } : {}),
            ...(whole.length > 0 ? { m: whole } : {}),
          },
        }
      : {}),
  };
}

/**
 * After a save the uploads are parts of the saved draft, and the next save has to name them as such. They are
 * matched by name and order; what can't be found stays as it was.
 */
export function adopt(current: readonly DraftAttachment[], saved: Message): DraftAttachment[] {
  const free = saved.attachments.filter((a) => !isShown(saved, a.part));
  return current.map((a) => {
    if (a.kind === 'uploading' || a.kind === 'failed') return a;
    const at = free.findIndex((p) => p.name === a.name || (p.name === '' && a.name === ''));
    const found = at >= 0 ? free.splice(at, 1)[0] : undefined;
    return found ? { ...part(saved, found), key: a.key } : a;
  });
}
