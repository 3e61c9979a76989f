// SPDX-License-Identifier: AGPL-3.0-or-later
/** Every request of the client: what it sends, what comes back, and its namespace. */
import type {
  Many,
  Text,
  WireAction,
  WireAddress,
  WireAttrs,
  WireContact,
  WireContactChange,
  WireConversation,
  WireFolder,
  WireIdentity,
  WireMatch,
  WireMessage,
  WireOutgoing,
  WireSenderChange,
  WireSignature,
  WireSource,
  WireSources,
  WireSourceStatus,
  WireTag,
  WireWantedHeader,
} from './types';
import type { AccountSchema, MailSchema } from './schema';
import type { WireRule } from '../rules';

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
  GetContacts: {
    request: { l?: string; cn?: { id: string }; a?: { n: string }[]; derefGroupMember?: '1' };
    response: { cn?: Many<WireContact> };
  };
  CreateContact: { request: { cn: WireContactChange }; response: { cn?: Many<WireContact> } };
  ModifyContact: {
    request: { replace: '0' | '1'; cn: WireContactChange };
    response: { cn?: Many<WireContact> };
  };
  ContactAction: { request: { action: WireAction }; response: ActionResponse };
  ImportContacts: {
    request: { ct: 'csv' | 'vcf'; l: string; content: { aid: string } };
    response: { cn?: Many<{ ids?: string; n?: number }> };
  };
  ExportContacts: { request: { ct: 'csv' | 'vcf'; l?: string }; response: { content?: Text } };
  AutoComplete: { request: { name: string }; response: { match?: Many<WireMatch> } };
  SearchGal: {
    request: { name: string; type: 'all'; limit: number };
    response: { cn?: Many<WireContact>; more?: boolean | number | string };
  };
  GetFilterRules: { request: object; response: { filterRules?: Many<{ filterRule?: Many<WireRule> }> } };
  ModifyFilterRules: { request: { filterRules: [{ filterRule: WireRule[] }] }; response: object };
  ApplyFilterRules: {
    request: { filterRules: [{ filterRule: { name: string }[] }]; query: { _content: string } };
    response: { m?: Many<{ ids?: string }> };
  };
  ChangePassword: {
    request: {
      account: { by: 'name'; _content: string };
      oldPassword: { _content: string };
      password: { _content: string };
    };
    response: { authToken?: Text; lifetime?: number };
  };
  GetDataSources: { request: object; response: WireSources<WireSource> };
  CreateDataSource: { request: WireSources<WireSource>; response: WireSources<{ id?: string }> };
  ModifyDataSource: { request: WireSources<WireSource>; response: object };
  DeleteDataSource: { request: WireSources<{ id: string }>; response: object };
  TestDataSource: { request: WireSources<WireSource>; response: WireSources<WireSourceStatus> };
  ImportData: { request: WireSources<{ id: string }>; response: object };
  GetImportStatus: { request: object; response: WireSources<WireSourceStatus> };
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
  CreateMountpoint: {
    request: { link: { name: string; l: string; zid: string; rid: string; view?: string } };
    response: { link?: Many<WireFolder> };
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
      /** What was deleted, instead of what is there. */
      inDumpster?: '1';
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
  SendDeliveryReport: { request: { mid: string }; response: object };
  BounceMsg: { request: { m: { id: string; e: WireAddress[] } }; response: object };
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
  'SearchGal',
]);

export const namespaceOf = (name: RequestName): string =>
  ACCOUNT.has(name) ? 'urn:zimbraAccount' : 'urn:zimbraMail';

/** Rules that another client wrote go back as they came. */
type Loose = 'ModifyFilterRules';
/** What is sent is what the server says it takes: a request that does not fit does not compile. */
type Taken = AccountSchema & Omit<MailSchema, `${Loose}Request`> & Record<`${Loose}Request`, object>;
type Fits<All extends Record<RequestName, true>> = All;
export type Checked = Fits<{
  [K in RequestName]: `${K}Request` extends keyof Taken
    ? Requests[K]['request'] extends Taken[`${K}Request`]
      ? true
      : false
    : false;
}>;
