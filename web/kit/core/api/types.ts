// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * The wire: JSON shapes of the SOAP requests that the client sends and of what comes back.
 * Attributes are members, children are arrays, but a single child may come as a plain object
 * (`Many`), numbers may come as strings in old data. Nothing outside `api/` reads these types:
 * `decode.ts` turns them into the model.
 */
import type { Flags } from './schema';

export type Many<T> = T | T[];
export type Text = string | { _content?: string } | { _content?: string }[];

export interface WireAddress {
  t?: string;
  a?: string;
  p?: string;
  d?: string;
}

export interface WireFolder {
  id: string | number;
  name?: string;
  l?: string | number;
  absFolderPath?: string;
  u?: number;
  n?: number;
  s?: number;
  f?: string;
  view?: string;
  color?: number;
  rgb?: string;
  query?: string;
  types?: string;
  owner?: string;
  zid?: string;
  rid?: string | number;
  acl?: Many<{ grant?: Many<WireGrant> }>;
  folder?: Many<WireFolder>;
  search?: Many<WireFolder>;
  link?: Many<WireFolder>;
}

export interface WireGrant {
  zid?: string;
  gt?: string;
  d?: string;
  perm?: string;
}

export interface WireTag {
  id: string | number;
  name?: string;
  color?: number;
  rgb?: string;
  u?: number;
  n?: number;
}

export interface WireConversation {
  id: string | number;
  n?: number;
  total?: number;
  u?: number;
  d?: number;
  f?: string;
  t?: string;
  tn?: string;
  su?: Text;
  fr?: Text;
  sf?: string;
  e?: Many<WireAddress>;
  m?: Many<WireMessage>;
}

export interface WirePart {
  part?: string;
  ct?: string;
  s?: number;
  filename?: string;
  name?: string;
  cd?: string;
  ci?: string;
  cl?: string;
  body?: boolean | number | string;
  truncated?: boolean | number | string;
  content?: Text;
  mp?: Many<WirePart>;
}

export interface WireMessage {
  id: string | number;
  cid?: string | number;
  l?: string | number;
  d?: number;
  s?: number;
  f?: string;
  t?: string;
  tn?: string;
  su?: Text;
  fr?: Text;
  mid?: Text;
  irt?: Text;
  origid?: string | number;
  rt?: string;
  /** When the server sends this draft, in milliseconds. */
  autoSendTime?: number | string;
  e?: Many<WireAddress>;
  mp?: Many<WirePart>;
  header?: Many<{ n?: string; _content?: string }>;
}

export interface WireContact {
  id?: string | number;
  l?: string | number;
  t?: string;
  f?: string;
  fileAsStr?: string;
  _attrs?: Record<string, unknown>;
  m?: Many<{ type?: string; value?: string; cn?: Many<WireContact> }>;
}

export interface WireMatch {
  /** `"Name" <address>` */
  email?: string;
  type?: string;
  isGroup?: boolean | number | string;
  id?: string | number;
  display?: string;
  fileas?: string;
}

export interface WireMemberChange {
  op?: '+' | '-' | 'reset';
  type?: string;
  value?: string;
}

export interface WireContactChange {
  id?: string;
  l?: string;
  a: { n: string; _content: string }[];
  m?: WireMemberChange[];
}

export interface WireItems {
  cn?: Many<WireContact>;
  folder?: Many<WireFolder>;
  search?: Many<WireFolder>;
  link?: Many<WireFolder>;
  tag?: Many<WireTag>;
  c?: Many<WireConversation>;
  m?: Many<WireMessage>;
}

export interface WireNotify {
  seq?: number;
  created?: Many<WireItems>;
  modified?: Many<WireItems>;
  deleted?: Many<{ id?: string }>;
}

export interface WireContext {
  session?: Many<{ id?: string | number; _content?: string | number }>;
  change?: Many<{ token?: string | number }>;
  refresh?: Many<{ folder?: Many<WireFolder>; tags?: Many<{ tag?: Many<WireTag> }> }>;
  notify?: Many<WireNotify>;
}

export interface WireFault {
  Code?: { Value?: string };
  Reason?: { Text?: string };
  Detail?: { Error?: { Code?: string; Trace?: string; a?: Many<{ n?: string; _content?: string }> } };
}

export interface Envelope {
  Header?: { context?: WireContext };
  Body?: Record<string, unknown> & { Fault?: WireFault };
}

/** What a draft or a message to send looks like on the wire. */
export interface WireOutgoing {
  id?: string;
  did?: string;
  origid?: string;
  rt?: 'r' | 'w';
  /** When the server is to send it, in milliseconds; saved without it, it stays. */
  autoSendTime?: number;
  /** Flags of the draft: `!` urgent, `?` low. */
  f?: string;
  e: WireAddress[];
  su: { _content: string };
  irt?: { _content: string };
  mp: WireOutgoingPart[];
  attach?: { aid?: string; mp?: { mid: string; part: string }[]; m?: { id: string }[] };
}

export interface WireOutgoingPart {
  ct: string;
  content?: { _content: string };
  mp?: WireOutgoingPart[];
  /** Content-ID of an inline part. */
  ci?: string;
  attach?: { aid?: string; mp?: { mid: string; part: string }[] };
}

export type ActionOp =
  | 'read'
  | '!read'
  | 'flag'
  | '!flag'
  | 'tag'
  | '!tag'
  | 'move'
  | 'trash'
  | 'delete'
  | 'spam'
  | '!spam'
  | 'rename'
  | 'color'
  | 'empty'
  | 'grant'
  | '!grant'
  | 'update'
  | 'recover';

export interface WireAction {
  id: string;
  op: ActionOp;
  l?: string;
  tn?: string;
  tcon?: string;
  name?: string;
  color?: number;
  rgb?: string;
  recursive?: boolean;
  grant?: WireGrant;
  /** Whose grant goes. */
  zid?: string;
}

export interface WireWantedHeader {
  n: string;
}

export interface WireAttrs {
  _attrs?: Record<string, Many<string>>;
}

export interface WireIdentity extends WireAttrs {
  id?: string;
  name?: string;
}

/** An account elsewhere; its element's name is its kind. */
export interface WireSource {
  id?: string;
  name?: string;
  l?: string | number;
  isEnabled?: Flags;
  host?: string;
  port?: number | string;
  connectionType?: string;
  username?: string;
  /** Only ever sent. */
  password?: string;
  pollingInterval?: string;
  leaveOnServer?: Flags;
  lastError?: Text;
  /** Seconds since 1970. */
  failingSince?: number | string;
}

export interface WireSourceStatus {
  id?: string;
  isRunning?: boolean | number | string;
  success?: boolean | number | string;
  error?: string;
}

/** One or more of each kind. */
export interface WireSources<T> {
  imap?: Many<T>;
  pop3?: Many<T>;
}

export interface WireSignature {
  id?: string;
  name?: string;
  content?: Many<{ type?: string; _content?: string }>;
}

export interface WireSenderChange {
  addr: { op: '+' | '-'; _content: string }[];
}
