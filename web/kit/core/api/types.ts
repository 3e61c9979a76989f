// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * The wire: JSON shapes of the SOAP requests that the client sends and of what comes back.
 * Attributes are members, children are arrays, but a single child may come as a plain object
 * (`Many`), numbers may come as strings in old data. Nothing outside `api/` reads these types:
 * `decode.ts` turns them into the model.
 */
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
  e?: Many<WireAddress>;
  mp?: Many<WirePart>;
  header?: Many<{ n?: string; _content?: string }>;
}

export interface WireItems {
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
  | 'update';

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

export interface WireSignature {
  id?: string;
  name?: string;
  content?: Many<{ type?: string; _content?: string }>;
}

interface WireSenderChange {
  addr: { op: '+' | '-'; _content: string }[];
}

interface ActionResponse {
  action?: { id?: string; op?: string };
}

/** Every request of the client: its namespace is in `namespaces`, its shapes are here. */
export interface Requests {
  Auth: {
    request: {
      account?: { by: 'name'; _content: string };
      password?: { _content: string };
      csrfTokenSecured: '1';
    };
    response: { authToken?: Text; lifetime?: number; csrfToken?: Text };
  };
  EndSession: { request: { logoff: '1' }; response: object };
  GetInfo: {
    request: { sections: string };
    response: {
      id?: string;
      name?: string;
      version?: string;
      used?: number | string;
      attrs?: Many<WireAttrs>;
      prefs?: Many<WireAttrs>;
      identities?: Many<{ identity?: Many<WireIdentity> }>;
      signatures?: Many<{ signature?: Many<WireSignature> }>;
    };
  };
  ModifyPrefs: { request: { _attrs: Record<string, string | string[]> }; response: object };
  CreateSignature: {
    request: { signature: WireSignature };
    response: { signature?: Many<{ id?: string; name?: string }> };
  };
  ModifySignature: { request: { signature: WireSignature }; response: object };
  DeleteSignature: { request: { signature: { id: string } }; response: object };
  CreateIdentity: {
    request: { identity: WireIdentity };
    response: { identity?: Many<WireIdentity> };
  };
  ModifyIdentity: { request: { identity: WireIdentity }; response: object };
  DeleteIdentity: { request: { identity: { id: string } }; response: object };
  GetWhiteBlackList: {
    request: object;
    response: {
      whiteList?: Many<{ addr?: Many<string | { _content?: string }> }>;
      blackList?: Many<{ addr?: Many<string | { _content?: string }> }>;
    };
  };
  ModifyWhiteBlackList: {
    request: { whiteList?: WireSenderChange; blackList?: WireSenderChange };
    response: object;
  };
  ChangePassword: {
    request: {
      account: { by: 'name'; _content: string };
      oldPassword: { _content: string };
      password: { _content: string };
    };
    response: { authToken?: Text; lifetime?: number };
  };
  NoOp: { request: { wait?: '1'; timeout?: number; limitToOneBlocked?: '1' }; response: object };
  GetFolder: { request: { folder?: { l: string } }; response: { folder?: Many<WireFolder> } };
  GetTag: { request: object; response: { tag?: Many<WireTag> } };
  CreateFolder: {
    request: { folder: { name: string; l: string; view: 'message' | 'contact'; color?: number } };
    response: { folder?: Many<WireFolder> };
  };
  CreateSearchFolder: {
    request: { search: { name: string; query: string; types: string; l: string } };
    response: { search?: Many<WireFolder> };
  };
  CreateTag: { request: { tag: { name: string; color: number } }; response: { tag?: Many<WireTag> } };
  FolderAction: { request: { action: WireAction }; response: ActionResponse };
  TagAction: { request: { action: WireAction }; response: ActionResponse };
  ConvAction: { request: { action: WireAction }; response: ActionResponse };
  MsgAction: { request: { action: WireAction }; response: ActionResponse };
  Search: {
    request: {
      query: { _content: string };
      types: 'conversation' | 'message';
      sortBy: string;
      offset: number;
      limit: number;
      fetch: 'none';
      /** Nothing but ids. */
      resultMode?: 'IDS';
      /** Whom a hit shows that went out: senders, receivers, both. */
      recip: '0' | '1' | '2';
      /** Minutes east of UTC. */
      tz?: { id: string; stdoff: number };
    };
    response: {
      c?: Many<WireConversation>;
      m?: Many<WireMessage>;
      hit?: Many<{ id: string | number }>;
      more?: boolean | number | string;
      offset?: number | string;
      total?: number;
    };
  };
  GetConv: {
    request: { c: { id: string; fetch: string; html: '1'; needExp: '1'; header?: WireWantedHeader[] } };
    response: { c?: Many<WireConversation> };
  };
  GetMsg: {
    request: { m: { id: string; html: '1'; needExp: '1'; max?: number; header?: WireWantedHeader[] } };
    response: { m?: Many<WireMessage> };
  };
  SaveDraft: { request: { m: WireOutgoing }; response: { m?: Many<WireMessage> } };
  SendMsg: { request: { m: WireOutgoing; suid?: string }; response: { m?: Many<WireMessage> } };
}

export type RequestName = keyof Requests;

const ACCOUNT: ReadonlySet<RequestName> = new Set([
  'Auth',
  'EndSession',
  'GetInfo',
  'ModifyPrefs',
  'CreateSignature',
  'ModifySignature',
  'DeleteSignature',
  'CreateIdentity',
  'ModifyIdentity',
  'DeleteIdentity',
  'GetWhiteBlackList',
  'ModifyWhiteBlackList',
  'ChangePassword',
]);

export const namespaceOf = (name: RequestName): string =>
  ACCOUNT.has(name) ? 'urn:zimbraAccount' : 'urn:zimbraMail';
