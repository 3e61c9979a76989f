// SPDX-License-Identifier: AGPL-3.0-or-later
/** What the stores hold and the views show: the wire's shapes with every doubt removed. */
export type Role = 'from' | 'to' | 'cc' | 'bcc' | 'replyTo' | 'sender' | 'receipt';

export interface Person {
  address: string;
  /** Empty when the message gave none. */
  name: string;
}

export interface RolePerson extends Person {
  role: Role;
}

export interface Folder {
  id: string;
  parent: string;
  name: string;
  path: string;
  unread: number;
  total: number;
  kind: 'folder' | 'search' | 'link';
  /** What it holds; empty means mail. */
  view: string;
  query: string;
  color: string;
  /** The protocol's number of the colour; 0 for none. */
  colorNumber: number;
  /** With whom it is shared. */
  grants: readonly Grant[];
  /** Of a link: whose folder it shows. */
  owner: string;
  remote: { account: string; folder: string } | undefined;
}

export interface Contact {
  id: string;
  folder: string;
  /** Under which it is filed and shown. */
  name: string;
  isGroup: boolean;
  /** By the field's names: firstName, email2, workPhone … */
  attrs: Readonly<Record<string, string>>;
  members: readonly Member[];
  tags: readonly string[];
}

/** Somebody in a group: a contact's id, an entry of the directory, or an address as it is. */
export interface Member {
  kind: 'contact' | 'gal' | 'inline';
  value: string;
}

/** Who else may do what in a folder. */
export interface Grant {
  /** The grantee's id. */
  id: string;
  kind: 'usr' | 'grp' | 'dom' | 'cos' | 'all';
  name: string;
  /** Letters: r read, w write, i insert, d delete, a administer, x accept, p private, f free/busy, c create. */
  rights: string;
}

export interface Tag {
  id: string;
  name: string;
  color: string;
  colorNumber: number;
  unread: number;
}

export interface State {
  unread: boolean;
  flagged: boolean;
  attachment: boolean;
  replied: boolean;
  forwarded: boolean;
  draft: boolean;
  sent: boolean;
  invite: boolean;
  urgent: boolean;
  low: boolean;
  /** Its sender was told that it was read. */
  notified: boolean;
}

export interface Conversation {
  id: string;
  subject: string;
  fragment: string;
  count: number;
  date_ms: number;
  people: RolePerson[];
  state: State;
  tags: string[];
  /** Of a draft in a row of its own: when the server sends it. */
  sendAt_ms: number | undefined;
}

export interface Attachment {
  part: string;
  name: string;
  type: string;
  size: number;
  contentId: string;
  /** Meant to be shown inside the HTML body. */
  inline: boolean;
}

export interface Body {
  html: string | undefined;
  text: string;
  truncated: boolean;
}

export interface Unsubscribe {
  mailto: string | undefined;
  https: string | undefined;
}

export interface Message {
  id: string;
  conversation: string;
  folder: string;
  subject: string;
  fragment: string;
  date_ms: number;
  size: number;
  people: RolePerson[];
  state: State;
  tags: string[];
  messageId: string;
  /** How to leave the list that it came from (RFC 2369, RFC 8058), if it says so. */
  unsubscribe: Unsubscribe | undefined;
  /** The mailing list that it came by (RFC 2919), empty if by none. */
  listId: string;
  inReplyTo: string;
  origId: string;
  replyType: 'r' | 'w' | undefined;
  /** Of a draft: when the server sends it. */
  sendAt_ms: number | undefined;
  /** Undefined until fetched. */
  body: Body | undefined;
  attachments: Attachment[];
}

export interface Signature {
  id: string;
  name: string;
  /** Empty where there is only the other form. */
  html: string;
  text: string;
}

/** Somebody as whom the account may write. */
export interface Identity {
  id: string;
  name: string;
  from: Person;
  replyTo: Person | undefined;
  /** Ids of signatures, for new letters and for answers; empty for none. */
  signature: string;
  replySignature: string;
}

/** An id of another's mailbox is written behind that account's, with a colon. */
export const accountOf = (id: string): string | undefined =>
  id.includes(':') ? id.slice(0, id.lastIndexOf(':')).replace(/^m/, '') : undefined;

/** What a row of the list stands for. */
export type Grouping = 'conversation' | 'message';

/** A row that is one message has its id behind an m: the same number may name a conversation. */
export const messageRowId = (message: string): string => `m${message}`;
export const messageOfRow = (row: string): string | undefined =>
  row.startsWith('m') ? row.slice(1) : undefined;

/** Fixed ids of system folders (mailbox model of the wire protocol). */
export const FOLDER = {
  root: '1',
  inbox: '2',
  trash: '3',
  junk: '4',
  sent: '5',
  drafts: '6',
  contacts: '7',
  emailedContacts: '13',
  chats: '14',
} as const;

/** In the order in which the tree shows them. */
export const SYSTEM_MAIL_FOLDERS: readonly string[] = [
  FOLDER.inbox,
  FOLDER.drafts,
  FOLDER.sent,
  FOLDER.junk,
  FOLDER.trash,
];
