// SPDX-License-Identifier: AGPL-3.0-or-later
// Made from the server's definitions (mailboxd/soap/src/schema/) by a test of theirs: don't edit.
/** What each request takes, as the server checks it. */

export type Texts = string | number;
export type Numbers = number | string;
export type Flags = boolean | 0 | 1 | '0' | '1' | 'true' | 'false' | 'TRUE' | 'FALSE';
/** What has no members of its own may be an object with its text. */
export type Plain<T> = T | { _content: T };
export type Some<T> = T | readonly T[];

export interface AccountElement {
  by?: Plain<Texts>;
  _content?: Texts;
}

export interface PrefElement {
  name?: Plain<Texts>;
  _content?: Texts;
}

export interface AElement {
  name: Plain<Texts>;
  _content?: Texts;
}

export interface IdentityElement {
  a?: Some<AElement>;
  name?: Plain<Texts>;
  id?: Plain<Texts>;
  _attrs?: Record<string, Some<Texts>>;
}

export interface ContentElement {
  type?: Plain<Texts>;
  _content?: Texts;
}

export interface SignatureElement {
  id?: Plain<Texts>;
  name?: Plain<Texts>;
  content?: Some<ContentElement>;
  cid?: Plain<Texts>;
}

export interface Identity2 {
  name?: Plain<Texts>;
  id?: Plain<Texts>;
}

export interface AceElement {
  zid?: Plain<Texts>;
  gt: Plain<Texts>;
  right: Plain<Texts>;
  d?: Plain<Texts>;
  key?: Plain<Texts>;
  deny?: Plain<Flags>;
}

export interface AddrElement {
  op?: Plain<Texts>;
  _content?: Texts;
}

export interface WhiteListElement {
  addr?: Some<AddrElement>;
}

export interface FilterRuleElement {
  name?: Plain<Texts>;
}

export interface FilterRulesElement {
  filterRule?: Some<FilterRuleElement>;
}

export interface MElement {
  ids?: Plain<Texts>;
}

export interface EElement {
  a?: Plain<Texts>;
  t?: Plain<Texts>;
  p?: Plain<Texts>;
}

export interface ActionElement {
  id?: Plain<Texts>;
  op: Plain<Texts>;
  tcon?: Plain<Texts>;
  tag?: Plain<Texts>;
  l?: Plain<Texts>;
  name?: Plain<Texts>;
  f?: Plain<Texts>;
  t?: Plain<Texts>;
  tn?: Plain<Texts>;
}

export interface ImapElement {
  id?: Plain<Texts>;
  name?: Plain<Texts>;
  l?: Plain<Texts>;
  isEnabled?: Plain<Flags>;
  importOnly?: Plain<Flags>;
  host?: Plain<Texts>;
  port?: Plain<Numbers>;
  connectionType?: Plain<Texts>;
  username?: Plain<Texts>;
  password?: Plain<Texts>;
  pollingInterval?: Plain<Texts>;
  emailAddress?: Plain<Texts>;
  useAddressForForwardReply?: Plain<Flags>;
  defaultSignature?: Plain<Texts>;
  forwardReplySignature?: Plain<Texts>;
  fromDisplay?: Plain<Texts>;
  replyToAddress?: Plain<Texts>;
  replyToDisplay?: Plain<Texts>;
  importClass?: Plain<Texts>;
  a?: Some<Plain<Texts>>;
}

export interface Pop3Element {
  id?: Plain<Texts>;
  name?: Plain<Texts>;
  l?: Plain<Texts>;
  isEnabled?: Plain<Flags>;
  importOnly?: Plain<Flags>;
  host?: Plain<Texts>;
  port?: Plain<Numbers>;
  connectionType?: Plain<Texts>;
  username?: Plain<Texts>;
  password?: Plain<Texts>;
  pollingInterval?: Plain<Texts>;
  emailAddress?: Plain<Texts>;
  useAddressForForwardReply?: Plain<Flags>;
  defaultSignature?: Plain<Texts>;
  forwardReplySignature?: Plain<Texts>;
  fromDisplay?: Plain<Texts>;
  replyToAddress?: Plain<Texts>;
  replyToDisplay?: Plain<Texts>;
  importClass?: Plain<Texts>;
  a?: Some<Plain<Texts>>;
  leaveOnServer?: Plain<Flags>;
}

export interface A2 {
  name?: Plain<Texts>;
  id?: Plain<Texts>;
  token?: Plain<Texts>;
  types?: Plain<Texts>;
}

export interface AddElement {
  a?: Some<A2>;
}

export interface GrantElement {
  perm?: Plain<Texts>;
  gt?: Plain<Texts>;
  zid?: Plain<Texts>;
  d?: Plain<Texts>;
  key?: Plain<Texts>;
}

export interface PolicyElement {
  type?: Plain<Texts>;
  id?: Plain<Texts>;
  name?: Plain<Texts>;
  lifetime?: Plain<Texts>;
}

export interface KeepElement {
  policy?: Some<PolicyElement>;
}

export interface A3 {
  n: Plain<Texts>;
}

export interface CnElement {
  id?: Plain<Texts>;
}

export interface HeaderElement {
  n?: Plain<Texts>;
}

export interface FilterVariableElement {
  name: Plain<Texts>;
  value?: Plain<Texts>;
}

export interface FilterVariablesElement {
  index?: Plain<Numbers>;
  filterVariable?: Some<FilterVariableElement>;
}

export interface HeaderTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  header?: Plain<Texts>;
  part?: Plain<Texts>;
  stringComparison?: Plain<Texts>;
  valueComparison?: Plain<Texts>;
  valueComparisonComparator?: Plain<Texts>;
  countComparison?: Plain<Texts>;
  caseSensitive?: Plain<Flags>;
  value?: Plain<Texts>;
}

export interface HeaderExistsTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  header?: Plain<Texts>;
}

export interface SizeTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  numberComparison?: Plain<Texts>;
  s?: Plain<Texts>;
}

export interface DateTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  dateComparison?: Plain<Texts>;
  d?: Plain<Numbers>;
}

export interface CurrentTimeTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  dateComparison?: Plain<Texts>;
  time?: Plain<Texts>;
}

export interface CurrentDayOfWeekTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  value?: Plain<Texts>;
}

export interface BodyTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  caseSensitive?: Plain<Flags>;
  value?: Plain<Texts>;
}

export interface AttachmentTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
}

export interface ConversationTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  where?: Plain<Texts>;
}

export interface ImportanceTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  imp?: Plain<Texts>;
}

export interface FlaggedTestElement {
  index?: Plain<Numbers>;
  negative?: Plain<Flags>;
  flagName?: Plain<Texts>;
}

export interface FilterTestsElement {
  condition?: Plain<Texts>;
  headerTest?: Some<HeaderTestElement>;
  mimeHeaderTest?: Some<HeaderTestElement>;
  addressTest?: Some<HeaderTestElement>;
  envelopeTest?: Some<HeaderTestElement>;
  headerExistsTest?: Some<HeaderExistsTestElement>;
  sizeTest?: Some<SizeTestElement>;
  dateTest?: Some<DateTestElement>;
  currentTimeTest?: Some<CurrentTimeTestElement>;
  currentDayOfWeekTest?: Some<CurrentDayOfWeekTestElement>;
  bodyTest?: Some<BodyTestElement>;
  attachmentTest?: Some<AttachmentTestElement>;
  inviteTest?: Some<AttachmentTestElement>;
  meTest?: Some<HeaderExistsTestElement>;
  addressBookTest?: Some<HeaderExistsTestElement>;
  contactRankingTest?: Some<HeaderExistsTestElement>;
  conversationTest?: Some<ConversationTestElement>;
  importanceTest?: Some<ImportanceTestElement>;
  flaggedTest?: Some<FlaggedTestElement>;
  listTest?: Some<AttachmentTestElement>;
  bulkTest?: Some<AttachmentTestElement>;
  trueTest?: Some<AttachmentTestElement>;
  facebookTest?: Some<AttachmentTestElement>;
  linkedinTest?: Some<AttachmentTestElement>;
  twitterTest?: Some<AttachmentTestElement>;
  socialcastTest?: Some<AttachmentTestElement>;
  communityRequestsTest?: Some<AttachmentTestElement>;
  communityContentTest?: Some<AttachmentTestElement>;
  communityConnectionsTest?: Some<AttachmentTestElement>;
}

export interface ActionKeepElement {
  index?: Plain<Numbers>;
}

export interface ActionFileIntoElement {
  index?: Plain<Numbers>;
  folderPath?: Plain<Texts>;
  copy?: Plain<Flags>;
}

export interface ActionFlagElement {
  index?: Plain<Numbers>;
  flagName?: Plain<Texts>;
}

export interface ActionTagElement {
  index?: Plain<Numbers>;
  tagName?: Plain<Texts>;
}

export interface ActionRedirectElement {
  index?: Plain<Numbers>;
  a?: Plain<Texts>;
  copy?: Plain<Flags>;
}

export interface Content2 {
  _content?: Texts;
}

export interface ActionReplyElement {
  index?: Plain<Numbers>;
  content?: Some<Content2>;
}

export interface ActionNotifyElement {
  index?: Plain<Numbers>;
  a?: Plain<Texts>;
  su?: Plain<Texts>;
  content?: Some<Content2>;
}

export interface ActionRejectElement {
  index?: Plain<Numbers>;
  _content?: Texts;
}

export interface ActionAddheaderElement {
  index?: Plain<Numbers>;
  last?: Plain<Flags>;
  headerName?: Plain<Texts>;
  headerValue?: Plain<Texts>;
}

export interface TestElement {
  matchType?: Plain<Texts>;
  headerName?: Plain<Texts>;
  headerValue?: Some<Plain<Texts>>;
}

export interface ActionDeleteheaderElement {
  index?: Plain<Numbers>;
  last?: Plain<Flags>;
  offset?: Plain<Numbers>;
  test?: Some<TestElement>;
}

export interface ActionReplaceheaderElement {
  index?: Plain<Numbers>;
  last?: Plain<Flags>;
  offset?: Plain<Numbers>;
  test?: Some<TestElement>;
  newName?: Plain<Texts>;
  newValue?: Plain<Texts>;
}

export interface FilterActionsElement {
  filterVariables?: Some<FilterVariablesElement>;
  actionKeep?: Some<ActionKeepElement>;
  actionDiscard?: Some<ActionKeepElement>;
  actionStop?: Some<ActionKeepElement>;
  actionFileInto?: Some<ActionFileIntoElement>;
  actionFlag?: Some<ActionFlagElement>;
  actionTag?: Some<ActionTagElement>;
  actionRedirect?: Some<ActionRedirectElement>;
  actionReply?: Some<ActionReplyElement>;
  actionNotify?: Some<ActionNotifyElement>;
  actionReject?: Some<ActionRejectElement>;
  actionEreject?: Some<ActionRejectElement>;
  actionLog?: Some<ActionRejectElement>;
  actionAddheader?: Some<ActionAddheaderElement>;
  actionDeleteheader?: Some<ActionDeleteheaderElement>;
  actionReplaceheader?: Some<ActionReplaceheaderElement>;
}

export interface NestedRuleElement {
  filterVariables?: Some<FilterVariablesElement>;
  filterTests?: Some<FilterTestsElement>;
  filterActions?: Some<FilterActionsElement>;
  nestedRule?: Some<object>;
}

export interface FilterRule2 {
  name: Plain<Texts>;
  active?: Plain<Flags>;
  filterVariables?: Some<FilterVariablesElement>;
  filterTests?: Some<FilterTestsElement>;
  filterActions?: Some<FilterActionsElement>;
  nestedRule?: Some<NestedRuleElement>;
}

export interface FilterRules2 {
  filterRule?: Some<FilterRule2>;
}

export interface A4 {
  n: Plain<Texts>;
  _content?: Texts;
}

export interface MetaElement {
  section: Plain<Texts>;
  a?: Some<A4>;
  _attrs?: Record<string, Some<Texts>>;
}

export interface Mp2 {
  mid?: Plain<Texts>;
  part?: Plain<Texts>;
}

export interface AttachElement {
  aid?: Plain<Texts>;
  mp?: Some<Mp2>;
  m?: Some<CnElement>;
  cn?: Some<CnElement>;
  doc?: Some<CnElement>;
}

export interface MpElement {
  ct?: Plain<Texts>;
  content?: Plain<Texts>;
  ci?: Plain<Texts>;
  mp?: Some<object>;
  attach?: Some<AttachElement>;
}

export interface TzElement {
  id: Plain<Texts>;
  stdoff?: Plain<Numbers>;
}

export interface CursorElement {
  id?: Plain<Texts>;
  sortVal?: Plain<Texts>;
  endSortVal?: Plain<Texts>;
}

export interface RemoveElement {
  a?: Some<CnElement>;
}

export interface A5 {
  n?: Plain<Texts>;
  _content?: Texts;
}

export interface TargetElement {
  type: Plain<Texts>;
  by?: Plain<Texts>;
  _content?: Texts;
}

export interface GranteeElement {
  type?: Plain<Texts>;
  by?: Plain<Texts>;
  secret?: Plain<Texts>;
  all?: Plain<Flags>;
  _content?: Texts;
}

export interface VolumeElement {
  id?: Plain<Texts>;
  name: Plain<Texts>;
  rootpath: Plain<Texts>;
  type?: Plain<Numbers>;
  compressBlobs?: Plain<Flags>;
  current?: Plain<Flags>;
}

export interface MboxElement {
  id: Plain<Texts>;
}

export interface ServerElement {
  _content?: Texts;
  by?: Plain<Texts>;
}

export interface StartTimeElement {
  time?: Plain<Numbers>;
}

export interface MatchElement {
  value: Plain<Texts>;
}

export interface FieldElement {
  name: Plain<Texts>;
  match?: Some<MatchElement>;
}

export interface QueryElement {
  offset?: Plain<Numbers>;
  limit?: Plain<Numbers>;
  field?: Some<FieldElement>;
}

export interface RightElement {
  deny?: Plain<Flags>;
  canDelegate?: Plain<Flags>;
  disinheritSubGroups?: Plain<Flags>;
  subDomain?: Plain<Flags>;
  _content?: Texts;
}

export interface CondElement {
  not?: Plain<Flags>;
  attr: Plain<Texts>;
  op: Plain<Texts>;
  value?: Plain<Texts>;
}

/** Of urn:zimbraAccount. */
export interface AccountSchema {
  /** Logs in with a password, or shows that a token is good; the answer has a token. */
  AuthRequest: {
    persistAuthTokenCookie?: Plain<Flags>;
    csrfTokenSecured?: Plain<Flags>;
    account?: Some<AccountElement>;
    password?: Plain<Texts>;
    preauth?: Some<{
      timestamp?: Plain<Numbers>;
      expires?: Plain<Numbers>;
      _content?: Texts;
    }>;
    authToken?: Some<{
      _content?: Texts;
      lifetime?: Plain<Numbers>;
    }>;
    virtualHost?: Plain<Texts>;
    prefs?: Some<{
      pref?: Some<PrefElement>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
    attrs?: Some<{
      attr?: Some<PrefElement>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Entries of the global address list that begin with what is typed. */
  AutoCompleteGalRequest: {
    needExp?: Plain<Flags>;
    name: Plain<Texts>;
    type?: Plain<Texts>;
    limit?: Plain<Numbers>;
  };
  /** Sets another password, by the old one; tokens from before are void. */
  ChangePasswordRequest: {
    account?: Some<AccountElement>;
    oldPassword: Plain<Texts>;
    password: Plain<Texts>;
    virtualHost?: Plain<Texts>;
  };
  /** Whether the sender has rights on accounts, lists or domains that others gave. */
  CheckRightsRequest: {
    target?: Some<{
      type?: Plain<Texts>;
      by?: Plain<Texts>;
      key?: Plain<Texts>;
      right?: Some<Plain<Texts>>;
    }>;
  };
  /** Makes an identity to send mail as. */
  CreateIdentityRequest: {
    identity: Some<IdentityElement>;
  };
  /** Makes a signature. */
  CreateSignatureRequest: {
    signature: Some<SignatureElement>;
  };
  /** Deletes an identity. */
  DeleteIdentityRequest: {
    identity: Some<Identity2>;
  };
  /** Deletes a signature. */
  DeleteSignatureRequest: {
    signature: Some<Identity2>;
  };
  /** Entries on which others gave the sender these rights. */
  DiscoverRightsRequest: {
    right?: Some<Plain<Texts>>;
  };
  /** Ends a session; with logoff the token, too. */
  EndSessionRequest: {
    logoff?: Plain<Flags>;
    all?: Plain<Flags>;
    excludeCurrent?: Plain<Flags>;
    sessionId?: Plain<Texts>;
  };
  /** Languages of the web client. */
  GetAllLocalesRequest: object;
  /** Formats of CSV that contacts are exported in. */
  GetAvailableCsvFormatsRequest: object;
  /** Languages of the web client. */
  GetAvailableLocalesRequest: object;
  /** Themes of the web client. */
  GetAvailableSkinsRequest: object;
  /** Members of a list that the sender may see. */
  GetDistributionListMembersRequest: {
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    dl: Plain<Texts>;
  };
  /** Identities, the default one first. */
  GetIdentitiesRequest: object;
  /** The account: its name, preferences, attributes, identities, signatures, use of space. */
  GetInfoRequest: {
    sections?: Plain<Texts>;
  };
  /** Preferences, all or those that are named. */
  GetPrefsRequest: {
    pref?: Some<AElement>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Rights that the owner gave others on the account. */
  GetRightsRequest: {
    ace?: Some<{
      right: Plain<Texts>;
    }>;
  };
  /** Folders of others that are shared with the account. */
  GetShareInfoRequest: {
    includeSelf?: Plain<Flags>;
    grantee?: Some<{
      type?: Plain<Texts>;
      id?: Plain<Texts>;
      name?: Plain<Texts>;
    }>;
    owner?: Some<AccountElement>;
  };
  /** Signatures. */
  GetSignaturesRequest: object;
  /** The server's version. */
  GetVersionInfoRequest: object;
  /** Senders that are always, and never, let through. */
  GetWhiteBlackListRequest: object;
  /** Gives others rights on the account. */
  GrantRightsRequest: {
    ace?: Some<AceElement>;
  };
  /** Changes an identity. */
  ModifyIdentityRequest: {
    identity: Some<IdentityElement>;
  };
  /** Sets preferences; their values are checked. */
  ModifyPrefsRequest: {
    pref?: Some<AElement>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets properties of zimlets. */
  ModifyPropertiesRequest: {
    prop?: Some<{
      zimlet: Plain<Texts>;
      name: Plain<Texts>;
      _content?: Texts;
    }>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Changes a signature. */
  ModifySignatureRequest: {
    signature: Some<SignatureElement>;
  };
  /** Changes who is always, and never, let through. */
  ModifyWhiteBlackListRequest: {
    whiteList?: Some<WhiteListElement>;
    blackList?: Some<WhiteListElement>;
  };
  /** Takes rights on the account back. */
  RevokeRightsRequest: {
    ace?: Some<AceElement>;
  };
  /** Searches the global address list. */
  SearchGalRequest: {
    ref?: Plain<Texts>;
    name?: Plain<Texts>;
    type?: Plain<Texts>;
    needExp?: Plain<Flags>;
    sortBy?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
  };
  /** What changed in the global address list since a token. */
  SyncGalRequest: {
    token?: Plain<Texts>;
    idOnly?: Plain<Flags>;
    limit?: Plain<Numbers>;
  };
}

/** Of urn:zimbraMail. */
export interface MailSchema {
  /** Puts a message into a folder as it is, without sending it. */
  AddMsgRequest: {
    m: Some<{
      f?: Plain<Texts>;
      t?: Plain<Texts>;
      tn?: Plain<Texts>;
      l?: Plain<Texts>;
      noICal?: Plain<Flags>;
      d?: Plain<Numbers>;
      aid?: Plain<Texts>;
      content?: Plain<Texts>;
    }>;
  };
  /** Runs filter rules over messages that are there. */
  ApplyFilterRulesRequest: {
    filterRules: Some<FilterRulesElement>;
    m?: Some<MElement>;
    query?: Plain<Texts>;
  };
  /** Runs rules for outgoing mail over messages that are there. */
  ApplyOutgoingFilterRulesRequest: {
    filterRules: Some<FilterRulesElement>;
    m?: Some<MElement>;
    query?: Plain<Texts>;
  };
  /** Addresses that begin with what is typed, those one writes to most first. */
  AutoCompleteRequest: {
    name: Plain<Texts>;
    t?: Plain<Texts>;
    needExp?: Plain<Flags>;
    folders?: Plain<Texts>;
    includeGal?: Plain<Flags>;
  };
  /** Sends a message on unchanged, with Resent fields. */
  BounceMsgRequest: {
    m: Some<{
      id: Plain<Texts>;
      e?: Some<EElement>;
    }>;
  };
  /** Whether the sender has rights on an account or calendar of somebody else. */
  CheckPermissionRequest: {
    target?: Some<{
      type: Plain<Texts>;
      by: Plain<Texts>;
      _content?: Texts;
    }>;
    right?: Some<Plain<Texts>>;
  };
  /** Words of a text that no dictionary has, and what may be meant. */
  CheckSpellingRequest: {
    dictionary?: Plain<Texts>;
    ignore?: Plain<Texts>;
    _content?: Texts;
  };
  /** Does something to contacts: tag, flag, move, copy, trash, delete. */
  ContactActionRequest: {
    action: Some<{
      id?: Plain<Texts>;
      op: Plain<Texts>;
      tcon?: Plain<Texts>;
      tag?: Plain<Texts>;
      l?: Plain<Texts>;
      name?: Plain<Texts>;
      f?: Plain<Texts>;
      t?: Plain<Texts>;
      tn?: Plain<Texts>;
      a?: Some<{
        n?: Plain<Texts>;
        id?: Plain<Texts>;
        part?: Plain<Texts>;
        _content?: Texts;
      }>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Does something to all messages of conversations. */
  ConvActionRequest: {
    action: Some<ActionElement>;
  };
  /** Makes a contact or a group, from attributes or a vCard. */
  CreateContactRequest: {
    verbose?: Plain<Flags>;
    cn: Some<{
      id?: Plain<Texts>;
      l?: Plain<Texts>;
      t?: Plain<Texts>;
      tn?: Plain<Texts>;
      vcard?: Some<{
        mid?: Plain<Texts>;
        part?: Plain<Texts>;
        aid?: Plain<Texts>;
        _content?: Texts;
      }>;
      a?: Some<{
        n: Plain<Texts>;
        aid?: Plain<Texts>;
        id?: Plain<Texts>;
        part?: Plain<Texts>;
        _content?: Texts;
      }>;
      m?: Some<{
        type?: Plain<Texts>;
        value?: Plain<Texts>;
      }>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Makes an account elsewhere whose mail is fetched. */
  CreateDataSourceRequest: {
    imap?: Some<ImapElement>;
    pop3?: Some<Pop3Element>;
  };
  /** Makes a folder. */
  CreateFolderRequest: {
    folder: Some<{
      name: Plain<Texts>;
      view?: Plain<Texts>;
      f?: Plain<Texts>;
      color?: Plain<Numbers>;
      rgb?: Plain<Texts>;
      l?: Plain<Texts>;
      fie?: Plain<Flags>;
    }>;
  };
  /** Puts somebody else's shared folder among one's own. */
  CreateMountpointRequest: {
    link: Some<{
      name: Plain<Texts>;
      view?: Plain<Texts>;
      f?: Plain<Texts>;
      color?: Plain<Numbers>;
      rgb?: Plain<Texts>;
      l?: Plain<Texts>;
      zid?: Plain<Texts>;
      owner?: Plain<Texts>;
      rid?: Plain<Texts>;
    }>;
  };
  /** Saves a search as a folder. */
  CreateSearchFolderRequest: {
    search: Some<{
      name: Plain<Texts>;
      query: Plain<Texts>;
      types?: Plain<Texts>;
      sortBy?: Plain<Texts>;
      f?: Plain<Texts>;
      color?: Plain<Numbers>;
      rgb?: Plain<Texts>;
      l?: Plain<Texts>;
    }>;
  };
  /** Makes a tag. */
  CreateTagRequest: {
    tag?: Some<{
      name: Plain<Texts>;
      rgb?: Plain<Texts>;
      color?: Plain<Numbers>;
    }>;
  };
  /** Begins to wait for changes of accounts. */
  CreateWaitSetRequest: {
    defTypes: Plain<Texts>;
    allAccounts?: Plain<Flags>;
    add?: Some<AddElement>;
  };
  /** Deletes accounts elsewhere; what was fetched stays. */
  DeleteDataSourceRequest: {
    imap?: Some<Identity2>;
    pop3?: Some<Identity2>;
  };
  /** Ends a wait set. */
  DestroyWaitSetRequest: {
    waitSet: Plain<Texts>;
  };
  /** Compares two versions of a document. */
  DiffDocumentRequest: {
    doc?: Some<{
      id?: Plain<Texts>;
      v1?: Plain<Numbers>;
      v2?: Plain<Numbers>;
    }>;
  };
  /** Does something to documents: move, rename, lock, delete. */
  DocumentActionRequest: {
    action: Some<{
      id?: Plain<Texts>;
      op: Plain<Texts>;
      tcon?: Plain<Texts>;
      tag?: Plain<Texts>;
      l?: Plain<Texts>;
      rgb?: Plain<Texts>;
      color?: Plain<Numbers>;
      name?: Plain<Texts>;
      f?: Plain<Texts>;
      t?: Plain<Texts>;
      tn?: Plain<Texts>;
      zid?: Plain<Texts>;
      grant?: Some<GrantElement>;
    }>;
  };
  /** Deletes for good what was deleted, unless it is held. */
  EmptyDumpsterRequest: object;
  /** Contacts as CSV or vCards. */
  ExportContactsRequest: {
    ct: Plain<Texts>;
    l?: Plain<Texts>;
  };
  /** Does something to folders: read, rename, move, empty, delete, colour, grant. */
  FolderActionRequest: {
    action: Some<{
      id?: Plain<Texts>;
      op: Plain<Texts>;
      tag?: Plain<Texts>;
      l?: Plain<Texts>;
      rgb?: Plain<Texts>;
      color?: Plain<Numbers>;
      name?: Plain<Texts>;
      f?: Plain<Texts>;
      t?: Plain<Texts>;
      zid?: Plain<Texts>;
      gt?: Plain<Texts>;
      view?: Plain<Texts>;
      grant?: Some<GrantElement>;
      retentionPolicy?: Some<{
        keep?: Some<KeepElement>;
        purge?: Some<KeepElement>;
      }>;
    }>;
  };
  /** AutoComplete with the ranking of several accounts in one answer. */
  FullAutocompleteRequest: {
    AutoCompleteRequest: Some<{
      name: Plain<Texts>;
      folders?: Plain<Texts>;
      includeGal?: Plain<Flags>;
      needExp?: Plain<Flags>;
    }>;
  };
  /** Contacts, all of a folder or those that are named. */
  GetContactsRequest: {
    l?: Plain<Texts>;
    sortBy?: Plain<Texts>;
    derefGroupMember?: Plain<Flags>;
    a?: Some<A3>;
    ma?: Some<A3>;
    cn?: Some<CnElement>;
  };
  /** A conversation with its messages. */
  GetConvRequest: {
    c: Some<{
      id: Plain<Texts>;
      fetch?: Plain<Texts>;
      html?: Plain<Flags>;
      max?: Plain<Numbers>;
      header?: Some<HeaderElement>;
    }>;
  };
  /** What clients keep of their own with an item. */
  GetCustomMetadataRequest: {
    id: Plain<Texts>;
    meta?: Some<{
      section?: Plain<Texts>;
    }>;
  };
  /** Accounts elsewhere. */
  GetDataSourcesRequest: object;
  /** What the sender may do in a folder. */
  GetEffectiveFolderPermsRequest: {
    folder: Some<{
      l: Plain<Texts>;
    }>;
  };
  /** Filter rules for mail that comes in. */
  GetFilterRulesRequest: object;
  /** The tree of folders, or a part of it. */
  GetFolderRequest: {
    view?: Plain<Texts>;
    depth?: Plain<Numbers>;
    folder?: Some<{
      uuid?: Plain<Texts>;
      l?: Plain<Texts>;
      path?: Plain<Texts>;
    }>;
  };
  /** How far fetching from accounts elsewhere is. */
  GetImportStatusRequest: object;
  /** One item, by its id or path. */
  GetItemRequest: {
    item?: Some<{
      id?: Plain<Texts>;
      l?: Plain<Texts>;
      name?: Plain<Texts>;
      path?: Plain<Texts>;
    }>;
  };
  /** What clients keep of their own with the mailbox. */
  GetMailboxMetadataRequest: {
    meta: Some<{
      section: Plain<Texts>;
    }>;
  };
  /** Rows of messages, without what is in them. */
  GetMsgMetadataRequest: {
    m: Some<{
      ids: Plain<Texts>;
    }>;
  };
  /** One message with its parts. */
  GetMsgRequest: {
    m: Some<{
      id: Plain<Texts>;
      part?: Plain<Texts>;
      raw?: Plain<Flags>;
      read?: Plain<Flags>;
      max?: Plain<Numbers>;
      html?: Plain<Flags>;
      neuter?: Plain<Flags>;
      header?: Some<HeaderElement>;
    }>;
  };
  /** Filter rules for mail that goes out. */
  GetOutgoingFilterRulesRequest: object;
  /** Saved searches. */
  GetSearchFolderRequest: object;
  /** Dictionaries that there are. */
  GetSpellDictionariesRequest: object;
  /** All tags. */
  GetTagRequest: object;
  /** Contacts from CSV or vCards. */
  ImportContactsRequest: {
    ct: Plain<Texts>;
    l?: Plain<Texts>;
    content: Some<{
      aid?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Fetches from accounts elsewhere now. */
  ImportDataRequest: {
    imap?: Some<Identity2>;
    pop3?: Some<Identity2>;
  };
  /** Does something to items of any kind. */
  ItemActionRequest: {
    action: Some<{
      id?: Plain<Texts>;
      op: Plain<Texts>;
      tcon?: Plain<Texts>;
      tag?: Plain<Texts>;
      l?: Plain<Texts>;
      rgb?: Plain<Texts>;
      color?: Plain<Numbers>;
      name?: Plain<Texts>;
      f?: Plain<Texts>;
      t?: Plain<Texts>;
      tn?: Plain<Texts>;
    }>;
  };
  /** Versions of a document. */
  ListDocumentRevisionsRequest: {
    doc: Some<{
      id: Plain<Texts>;
      ver?: Plain<Texts>;
      count?: Plain<Numbers>;
    }>;
  };
  /** Changes a contact's attributes or a group's members. */
  ModifyContactRequest: {
    replace?: Plain<Flags>;
    verbose?: Plain<Flags>;
    cn: Some<{
      id?: Plain<Texts>;
      tn?: Plain<Texts>;
      a?: Some<{
        n: Plain<Texts>;
        aid?: Plain<Texts>;
        id?: Plain<Texts>;
        part?: Plain<Texts>;
        _content?: Texts;
        op?: Plain<Texts>;
      }>;
      m?: Some<{
        type?: Plain<Texts>;
        value?: Plain<Texts>;
        op?: Plain<Texts>;
      }>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Changes an account elsewhere. */
  ModifyDataSourceRequest: {
    imap?: Some<ImapElement>;
    pop3?: Some<Pop3Element>;
  };
  /** Replaces the filter rules for mail that comes in. */
  ModifyFilterRulesRequest: {
    filterRules: Some<FilterRules2>;
  };
  /** Changes some of what a client keeps with the mailbox. */
  ModifyMailboxMetadataRequest: {
    meta: Some<MetaElement>;
  };
  /** Replaces the filter rules for mail that goes out. */
  ModifyOutgoingFilterRulesRequest: {
    filterRules: Some<FilterRules2>;
  };
  /** Changes a saved search. */
  ModifySearchFolderRequest: {
    search: Some<{
      id: Plain<Texts>;
      query: Plain<Texts>;
      types?: Plain<Texts>;
      sortBy?: Plain<Texts>;
    }>;
  };
  /** Does something to messages: read, flag, tag, move, spam, delete, recover. */
  MsgActionRequest: {
    action: Some<ActionElement>;
  };
  /** Nothing but notifications; with wait, once there are some. */
  NoOpRequest: {
    wait?: Plain<Flags>;
    limitToOneBlocked?: Plain<Flags>;
    timeout?: Plain<Numbers>;
  };
  /** Deletes versions of a document. */
  PurgeRevisionRequest: {
    revision: Some<{
      id: Plain<Texts>;
      ver?: Plain<Texts>;
      includeOlderRevisions?: Plain<Flags>;
    }>;
  };
  /** Forgets whom one writes to, one address or all. */
  RankingActionRequest: {
    action: Some<{
      op: Plain<Texts>;
      email?: Plain<Texts>;
    }>;
  };
  /** Makes a document, or a new version of one. */
  SaveDocumentRequest: {
    doc: Some<{
      name?: Plain<Texts>;
      ct?: Plain<Texts>;
      desc?: Plain<Texts>;
      l?: Plain<Texts>;
      id?: Plain<Texts>;
      ver?: Plain<Texts>;
      content?: Plain<Texts>;
      descEnabled?: Plain<Flags>;
      f?: Plain<Texts>;
      upload?: Some<CnElement>;
      m?: Some<{
        id: Plain<Texts>;
        part: Plain<Texts>;
      }>;
      doc?: Some<{
        id: Plain<Texts>;
        ver?: Plain<Texts>;
      }>;
      action?: Plain<Texts>;
      type?: Plain<Texts>;
    }>;
  };
  /** Saves a draft, or a new state of one; with a time it is sent then. */
  SaveDraftRequest: {
    m?: Some<{
      aid?: Plain<Texts>;
      origid?: Plain<Texts>;
      rt?: Plain<Texts>;
      su?: Plain<Texts>;
      irt?: Plain<Texts>;
      f?: Plain<Texts>;
      content?: Plain<Texts>;
      mp?: Some<MpElement>;
      attach?: Some<AttachElement>;
      e?: Some<EElement>;
      name?: Plain<Texts>;
      _content?: Texts;
      id?: Plain<Texts>;
      t?: Plain<Texts>;
      autoSendTime?: Plain<Numbers>;
    }>;
  };
  /** Messages of one conversation, those that match marked. */
  SearchConvRequest: {
    query?: Plain<Texts>;
    inDumpster?: Plain<Flags>;
    types?: Plain<Texts>;
    groupBy?: Plain<Texts>;
    sortBy?: Plain<Texts>;
    fetch?: Plain<Texts>;
    read?: Plain<Flags>;
    max?: Plain<Numbers>;
    html?: Plain<Flags>;
    neuter?: Plain<Flags>;
    recip?: Plain<Texts>;
    resultMode?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    header?: Some<HeaderElement>;
    tz?: Some<TzElement>;
    cursor?: Some<CursorElement>;
    cid: Plain<Texts>;
    nest?: Plain<Flags>;
  };
  /** Looks for items by the query language, page by page. */
  SearchRequest: {
    query?: Plain<Texts>;
    inDumpster?: Plain<Flags>;
    types?: Plain<Texts>;
    groupBy?: Plain<Texts>;
    sortBy?: Plain<Texts>;
    fetch?: Plain<Texts>;
    read?: Plain<Flags>;
    max?: Plain<Numbers>;
    html?: Plain<Flags>;
    neuter?: Plain<Flags>;
    recip?: Plain<Texts>;
    resultMode?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    header?: Some<HeaderElement>;
    tz?: Some<TzElement>;
    cursor?: Some<CursorElement>;
  };
  /** Tells a sender who asked that the message was read. */
  SendDeliveryReportRequest: {
    mid: Plain<Texts>;
  };
  /** Sends a message. */
  SendMsgRequest: {
    noSave?: Plain<Flags>;
    suid?: Plain<Texts>;
    m?: Some<{
      aid?: Plain<Texts>;
      origid?: Plain<Texts>;
      rt?: Plain<Texts>;
      su?: Plain<Texts>;
      irt?: Plain<Texts>;
      l?: Plain<Texts>;
      f?: Plain<Texts>;
      content?: Plain<Texts>;
      mp?: Some<MpElement>;
      attach?: Some<AttachElement>;
      e?: Some<{
        a?: Plain<Texts>;
        t?: Plain<Texts>;
        p?: Plain<Texts>;
        add?: Plain<Flags>;
      }>;
      name?: Plain<Texts>;
      _content?: Texts;
      did?: Plain<Texts>;
      sfd?: Plain<Flags>;
    }>;
  };
  /** Tells others by mail what is shared with them. */
  SendShareNotificationRequest: {
    item?: Some<CnElement>;
    e?: Some<{
      a: Plain<Texts>;
      t?: Plain<Texts>;
      p?: Plain<Texts>;
    }>;
    share?: Some<{
      l: Plain<Texts>;
      gt: Plain<Texts>;
      zid?: Plain<Texts>;
      d?: Plain<Texts>;
    }>;
    notes?: Plain<Texts>;
    action?: Plain<Texts>;
  };
  /** Keeps names and values of a client's own with an item. */
  SetCustomMetadataRequest: {
    id: Plain<Texts>;
    meta: Some<MetaElement>;
  };
  /** Keeps names and values of a client's own with the mailbox. */
  SetMailboxMetadataRequest: {
    meta: Some<MetaElement>;
  };
  /** What changed since a token; without one, everything there is. */
  SyncRequest: {
    token?: Plain<Texts>;
    msgCutoff?: Plain<Numbers>;
    l?: Plain<Texts>;
    typed?: Plain<Flags>;
    changeLimit?: Plain<Numbers>;
  };
  /** Does something to tags: read, rename, colour, delete. */
  TagActionRequest: {
    action: Some<{
      id?: Plain<Texts>;
      op: Plain<Texts>;
      tag?: Plain<Texts>;
      l?: Plain<Texts>;
      rgb?: Plain<Texts>;
      color?: Plain<Numbers>;
      name?: Plain<Texts>;
      f?: Plain<Texts>;
      t?: Plain<Texts>;
      tn?: Plain<Texts>;
    }>;
  };
  /** Whether an account elsewhere can be logged in to. */
  TestDataSourceRequest: {
    imap?: Some<ImapElement>;
    pop3?: Some<Pop3Element>;
  };
  /** Waits until an account of the set changes. */
  WaitSetRequest: {
    waitSet: Plain<Texts>;
    seq: Plain<Texts>;
    block?: Plain<Flags>;
    defTypes?: Plain<Texts>;
    timeout?: Plain<Numbers>;
    add?: Some<AddElement>;
    update?: Some<AddElement>;
    remove?: Some<RemoveElement>;
  };
}

/** Of urn:zimbraAdmin. */
export interface AdminSchema {
  /** Stops moving old mail to secondary volumes. */
  AbortHsmRequest: object;
  /** Gives an account another address. */
  AddAccountAliasRequest: {
    id?: Plain<Texts>;
    alias: Plain<Texts>;
  };
  /** Gives a list another address. */
  AddDistributionListAliasRequest: {
    id?: Plain<Texts>;
    alias: Plain<Texts>;
  };
  /** Puts members into a list. */
  AddDistributionListMemberRequest: {
    id?: Plain<Texts>;
    dlm?: Some<Plain<Texts>>;
  };
  /** Begins to wait for changes of any accounts. */
  AdminCreateWaitSetRequest: {
    defTypes?: Plain<Texts>;
    allAccounts?: Plain<Flags>;
    add?: Some<AddElement>;
  };
  /** Ends a wait set. */
  AdminDestroyWaitSetRequest: {
    waitSet?: Plain<Texts>;
  };
  /** Waits until an account of the set changes. */
  AdminWaitSetRequest: {
    waitSet?: Plain<Texts>;
    seq?: Plain<Texts>;
    block?: Plain<Flags>;
    defTypes?: Plain<Texts>;
    timeout?: Plain<Numbers>;
    add?: Some<AddElement>;
    update?: Some<AddElement>;
    remove?: Some<RemoveElement>;
  };
  /** Logs an administrator in. */
  AuthRequest: {
    persistAuthTokenCookie?: Plain<Flags>;
    csrfTokenSecured?: Plain<Flags>;
    authToken?: Plain<Texts>;
    name?: Plain<Texts>;
    password?: Plain<Texts>;
    account?: Some<AccountElement>;
    virtualHost?: Plain<Texts>;
  };
  /** Entries of a domain's global address list that begin with what is typed. */
  AutoCompleteGalRequest: {
    domain: Plain<Texts>;
    name: Plain<Texts>;
    type?: Plain<Texts>;
    limit?: Plain<Numbers>;
  };
  /** In which backups accounts are. */
  BackupAccountQueryRequest: {
    query: Some<{
      target?: Plain<Texts>;
      type?: Plain<Texts>;
      label?: Plain<Texts>;
      from?: Plain<Numbers>;
      to?: Plain<Numbers>;
      backupListOffset?: Plain<Numbers>;
      backupListCount?: Plain<Numbers>;
      account?: Some<FilterRuleElement>;
    }>;
  };
  /** Which backups there are, and what is in them. */
  BackupQueryRequest: {
    query: Some<{
      target?: Plain<Texts>;
      type?: Plain<Texts>;
      label?: Plain<Texts>;
      from?: Plain<Numbers>;
      to?: Plain<Numbers>;
      stats?: Plain<Flags>;
      backupListOffset?: Plain<Numbers>;
      backupListCount?: Plain<Numbers>;
      accountListStatus?: Plain<Texts>;
      accountListOffset?: Plain<Numbers>;
      accountListCount?: Plain<Numbers>;
    }>;
  };
  /** Makes a backup, ends the one that runs, or deletes old ones. */
  BackupRequest: {
    backup: Some<{
      method?: Plain<Texts>;
      target?: Plain<Texts>;
      label?: Plain<Texts>;
      before?: Plain<Texts>;
      sync?: Plain<Flags>;
      account?: Some<FilterRuleElement>;
    }>;
  };
  /** Renames an account and keeps the old name as an alias. */
  ChangePrimaryEmailRequest: {
    account?: Some<AccountElement>;
    newName: Plain<Texts>;
  };
  /** Whether directories are on this machine. */
  CheckDirectoryRequest: {
    directory?: Some<{
      path: Plain<Texts>;
      create?: Plain<Flags>;
    }>;
  };
  /** Whether the server is well. */
  CheckHealthRequest: object;
  /** Whether a host name has an address. */
  CheckHostnameResolveRequest: {
    hostname?: Plain<Texts>;
  };
  /** Whether an account may have this password. */
  CheckPasswordStrengthRequest: {
    id?: Plain<Texts>;
    password: Plain<Texts>;
  };
  /** Whether somebody has a right on a target, and through which grant. */
  CheckRightRequest: {
    a?: Some<A5>;
    target: Some<TargetElement>;
    grantee: Some<GranteeElement>;
    right: Some<Content2>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** How much the accounts of each domain hold, counted now. */
  ComputeAggregateQuotaUsageRequest: object;
  /** Copies a class of service. */
  CopyCosRequest: {
    name?: Plain<Texts>;
    cos?: Some<AccountElement>;
  };
  /** Accounts of a domain by class of service. */
  CountAccountRequest: {
    domain?: Some<AccountElement>;
  };
  /** How many entries of a type there are. */
  CountObjectsRequest: {
    type: Plain<Texts>;
    domain?: Some<AccountElement>;
  };
  /** Makes an account. */
  CreateAccountRequest: {
    a?: Some<A5>;
    name: Plain<Texts>;
    password?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a calendar resource. */
  CreateCalendarResourceRequest: {
    a?: Some<A5>;
    name: Plain<Texts>;
    password?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a class of service. */
  CreateCosRequest: {
    a?: Some<A5>;
    name: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a distribution list. */
  CreateDistributionListRequest: {
    a?: Some<A5>;
    name: Plain<Texts>;
    dynamic?: Plain<Flags>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a domain. */
  CreateDomainRequest: {
    a?: Some<A5>;
    name: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a server entry. */
  CreateServerRequest: {
    a?: Some<A5>;
    name: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a retention policy for everybody or a class of service. */
  CreateSystemRetentionPolicyRequest: {
    cos?: Some<AccountElement>;
    keep?: Some<object>;
    purge?: Some<object>;
  };
  /** Makes a volume for message files. */
  CreateVolumeRequest: {
    volume: Some<VolumeElement>;
  };
  /** A token to act as a user. */
  DelegateAuthRequest: {
    account?: Some<AccountElement>;
    duration?: Plain<Numbers>;
  };
  /** Deletes an account with its mailbox. */
  DeleteAccountRequest: {
    id?: Plain<Texts>;
  };
  /** Deletes a calendar resource. */
  DeleteCalendarResourceRequest: {
    id?: Plain<Texts>;
  };
  /** Deletes a class of service. */
  DeleteCosRequest: {
    id?: Plain<Texts>;
  };
  /** Deletes a distribution list. */
  DeleteDistributionListRequest: {
    id?: Plain<Texts>;
  };
  /** Deletes a domain that is empty. */
  DeleteDomainRequest: {
    id?: Plain<Texts>;
  };
  /** Deletes a mailbox; the account stays. */
  DeleteMailboxRequest: {
    mbox?: Some<MboxElement>;
  };
  /** Deletes a server entry. */
  DeleteServerRequest: {
    id?: Plain<Texts>;
  };
  /** Deletes a retention policy. */
  DeleteSystemRetentionPolicyRequest: {
    cos?: Some<AccountElement>;
    policy: Some<PolicyElement>;
  };
  /** Deletes a volume that is empty. */
  DeleteVolumeRequest: {
    id?: Plain<Texts>;
  };
  /** How many sessions there are. */
  DumpSessionsRequest: {
    listSessions?: Plain<Flags>;
    groupByAccount?: Plain<Flags>;
  };
  /** Has the directory read anew. */
  FlushCacheRequest: {
    cache?: Some<{
      type: Plain<Texts>;
    }>;
  };
  /** An account's name, class of service and addresses of service. */
  GetAccountInfoRequest: {
    account?: Some<AccountElement>;
  };
  /** Lists that an account is in, and through which. */
  GetAccountMembershipRequest: {
    account?: Some<AccountElement>;
  };
  /** An account. */
  GetAccountRequest: {
    attrs?: Plain<Texts>;
    applyCos?: Plain<Flags>;
    account?: Some<AccountElement>;
  };
  /** Parts of the console that an administrator sees. */
  GetAdminConsoleUICompRequest: {
    account?: Some<AccountElement>;
    dl?: Some<AccountElement>;
  };
  /** Searches that the administrator saved. */
  GetAdminSavedSearchesRequest: {
    search?: Some<FilterRuleElement>;
  };
  /** How much the accounts of each domain hold. */
  GetAggregateQuotaUsageOnServerRequest: object;
  /** All accounts, of a domain or everywhere. */
  GetAllAccountsRequest: {
    server?: Some<ServerElement>;
    domain?: Some<AccountElement>;
  };
  /** All administrators. */
  GetAllAdminAccountsRequest: {
    applyCos?: Plain<Flags>;
  };
  /** All calendar resources. */
  GetAllCalendarResourcesRequest: {
    server?: Some<ServerElement>;
    domain?: Some<AccountElement>;
  };
  /** Settings for the whole system. */
  GetAllConfigRequest: object;
  /** All classes of service. */
  GetAllCosRequest: object;
  /** All distribution lists. */
  GetAllDistributionListsRequest: {
    domain?: Some<AccountElement>;
  };
  /** All domains. */
  GetAllDomainsRequest: {
    applyConfig?: Plain<Flags>;
  };
  /** Everything that somebody may do. */
  GetAllEffectiveRightsRequest: {
    grantee?: Some<GranteeElement>;
    expandAllAttrs?: Plain<Texts>;
  };
  /** Languages. */
  GetAllLocalesRequest: object;
  /** All mailboxes. */
  GetAllMailboxesRequest: {
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
  };
  /** All rights there are. */
  GetAllRightsRequest: {
    targetType?: Plain<Texts>;
    expandAllAttrs?: Plain<Flags>;
    rightClass?: Plain<Texts>;
  };
  /** All servers. */
  GetAllServersRequest: {
    service?: Plain<Texts>;
    applyConfig?: Plain<Flags>;
  };
  /** Themes of the web client. */
  GetAllSkinsRequest: object;
  /** All volumes. */
  GetAllVolumesRequest: object;
  /** What attributes are for. */
  GetAttributeInfoRequest: {
    attrs?: Plain<Texts>;
    entryTypes?: Plain<Texts>;
  };
  /** Lines of the audit log that hold some words, newest first. */
  GetAuditLogRequest: {
    query?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
  };
  /** Which backups there are, and how they are. */
  GetBackupsRequest: {
    query?: Some<{
      backupListOffset?: Plain<Numbers>;
      backupListCount?: Plain<Numbers>;
    }>;
  };
  /** A calendar resource. */
  GetCalendarResourceRequest: {
    attrs?: Plain<Texts>;
    applyCos?: Plain<Flags>;
    calresource?: Some<AccountElement>;
  };
  /** The last lines that a component wrote. */
  GetComponentLogRequest: {
    component?: Plain<Texts>;
    limit?: Plain<Numbers>;
    query?: Plain<Texts>;
  };
  /** One setting for the whole system. */
  GetConfigRequest: {
    a?: Some<A4>;
  };
  /** A class of service. */
  GetCosRequest: {
    attrs?: Plain<Texts>;
    cos?: Some<AccountElement>;
  };
  /** Attributes that may be set on an entry to be made. */
  GetCreateObjectAttrsRequest: {
    target: Some<{
      type: Plain<Texts>;
      _content?: Texts;
    }>;
    domain?: Some<AccountElement>;
    cos?: Some<AccountElement>;
  };
  /** Volumes that new messages go to. */
  GetCurrentVolumesRequest: object;
  /** Limits of what administrators with rights may set. */
  GetDelegatedAdminConstraintsRequest: {
    type: Plain<Texts>;
    id?: Plain<Texts>;
    name?: Plain<Texts>;
    a?: Some<FilterRuleElement>;
  };
  /** Accounts that were deleted and can be had back, the latest first. */
  GetDeletedAccountsRequest: {
    domain?: Some<AccountElement>;
  };
  /** Lists that a list is in. */
  GetDistributionListMembershipRequest: {
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    dl?: Some<AccountElement>;
  };
  /** A list with its members, page by page. */
  GetDistributionListRequest: {
    attrs?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    sortAscending?: Plain<Flags>;
    dl?: Some<AccountElement>;
  };
  /** What a domain should have in the DNS, and what is seen there. */
  GetDomainDnsRequest: {
    domain?: Some<AccountElement>;
  };
  /** What a login page shows of a domain. */
  GetDomainInfoRequest: {
    applyConfig?: Plain<Flags>;
    domain?: Some<AccountElement>;
  };
  /** A domain. */
  GetDomainRequest: {
    attrs?: Plain<Texts>;
    applyConfig?: Plain<Flags>;
    domain?: Some<AccountElement>;
  };
  /** What somebody may do on a target. */
  GetEffectiveRightsRequest: {
    target: Some<TargetElement>;
    grantee?: Some<GranteeElement>;
    expandAllAttrs?: Plain<Texts>;
  };
  /** Filter rules of administrators for mail that comes in. */
  GetFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<AccountElement>;
    domain?: Some<AccountElement>;
    cos?: Some<AccountElement>;
    server?: Some<AccountElement>;
  };
  /** Grants on a target, or to a grantee. */
  GetGrantsRequest: {
    target?: Some<TargetElement>;
    grantee?: Some<GranteeElement>;
  };
  /** How far moving old mail is. */
  GetHsmStatusRequest: object;
  /** The server's figures over time. */
  GetLoggerStatsRequest: {
    stats?: Some<{
      name?: Plain<Texts>;
      limit?: Plain<Numbers>;
    }>;
    startTime?: Some<StartTimeElement>;
    endTime?: Some<StartTimeElement>;
  };
  /** How many messages wait in each queue. */
  GetMailQueueInfoRequest: {
    server?: Some<FilterRuleElement>;
  };
  /** Messages that wait in a queue, page by page, and what they have in common. */
  GetMailQueueRequest: {
    server: Some<{
      name?: Plain<Texts>;
      queue: Some<{
        name: Plain<Texts>;
        query?: Some<QueryElement>;
      }>;
    }>;
  };
  /** A mailbox's id and size. */
  GetMailboxRequest: {
    mbox?: Some<MboxElement>;
  };
  /** Number and size of all mailboxes. */
  GetMailboxStatsRequest: object;
  /** Filter rules of administrators for mail that goes out. */
  GetOutgoingFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<AccountElement>;
    domain?: Some<AccountElement>;
    cos?: Some<AccountElement>;
    server?: Some<AccountElement>;
  };
  /** One message that was withheld, as text. */
  GetQuarantineMessageRequest: {
    id: Plain<Texts>;
  };
  /** What the scanners withheld. */
  GetQuarantineRequest: {
    query?: Plain<Texts>;
  };
  /** How much accounts hold, and may. */
  GetQuotaUsageRequest: {
    domain?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    sortBy?: Plain<Texts>;
    sortAscending?: Plain<Flags>;
  };
  /** What a right is. */
  GetRightRequest: {
    expandAllAttrs?: Plain<Flags>;
    right: Plain<Texts>;
  };
  /** All rights with what they allow. */
  GetRightsDocRequest: {
    package?: Some<FilterRuleElement>;
  };
  /** A server. */
  GetServerRequest: {
    attrs?: Plain<Texts>;
    applyConfig?: Plain<Flags>;
    server?: Some<ServerElement>;
  };
  /** Which services run. */
  GetServiceStatusRequest: object;
  /** Sessions, page by page. */
  GetSessionsRequest: {
    type: Plain<Texts>;
    sortBy?: Plain<Texts>;
    offset?: Plain<Numbers>;
    limit?: Plain<Numbers>;
  };
  /** Retention policies. */
  GetSystemRetentionPolicyRequest: {
    cos?: Some<AccountElement>;
  };
  /** The server's version. */
  GetVersionInfoRequest: object;
  /** A volume. */
  GetVolumeRequest: {
    id?: Plain<Texts>;
  };
  /** Gives a right on a target. */
  GrantRightRequest: {
    target: Some<TargetElement>;
    grantee: Some<GranteeElement>;
    right: Some<RightElement>;
  };
  /** Keeps a deleted account until that is taken back. */
  HoldDeletedAccountRequest: {
    account?: Some<AccountElement>;
    id?: Plain<Texts>;
    hold: Plain<Flags>;
  };
  /** Begins to move old mail to secondary volumes. */
  HsmRequest: object;
  /** Holds, lets go, tries again or deletes messages that wait. */
  MailQueueActionRequest: {
    server: Some<{
      name?: Plain<Texts>;
      queue: Some<{
        name: Plain<Texts>;
        action: Some<{
          op: Plain<Texts>;
          by: Plain<Texts>;
          query?: Some<QueryElement>;
          _content?: Texts;
        }>;
      }>;
    }>;
  };
  /** Tries everything that waits again. */
  MailQueueFlushRequest: {
    server?: Some<FilterRuleElement>;
  };
  /** Sets attributes of an account. */
  ModifyAccountRequest: {
    a?: Some<A5>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Saves the administrator's searches. */
  ModifyAdminSavedSearchesRequest: {
    search?: Some<AElement>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets attributes of a calendar resource. */
  ModifyCalendarResourceRequest: {
    a?: Some<A5>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets settings for the whole system. */
  ModifyConfigRequest: {
    a?: Some<A4>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets attributes of a class of service. */
  ModifyCosRequest: {
    a?: Some<A5>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Limits what administrators with rights may set. */
  ModifyDelegatedAdminConstraintsRequest: {
    type: Plain<Texts>;
    id?: Plain<Texts>;
    name?: Plain<Texts>;
    a?: Some<{
      name?: Plain<Texts>;
      constraint?: Some<{
        min?: Plain<Texts>;
        max?: Plain<Texts>;
        values?: Some<{
          v?: Some<Plain<Texts>>;
        }>;
      }>;
    }>;
  };
  /** Sets attributes of a list. */
  ModifyDistributionListRequest: {
    a?: Some<A5>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets attributes of a domain. */
  ModifyDomainRequest: {
    a?: Some<A5>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Replaces filter rules of administrators for mail that comes in. */
  ModifyFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<AccountElement>;
    domain?: Some<AccountElement>;
    cos?: Some<AccountElement>;
    server?: Some<AccountElement>;
    filterRules: Some<FilterRules2>;
  };
  /** Replaces filter rules of administrators for mail that goes out. */
  ModifyOutgoingFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<AccountElement>;
    domain?: Some<AccountElement>;
    cos?: Some<AccountElement>;
    server?: Some<AccountElement>;
    filterRules: Some<FilterRules2>;
  };
  /** Sets attributes of a server. */
  ModifyServerRequest: {
    a?: Some<A5>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Changes a retention policy. */
  ModifySystemRetentionPolicyRequest: {
    cos?: Some<AccountElement>;
    policy: Some<PolicyElement>;
  };
  /** Changes a volume. */
  ModifyVolumeRequest: {
    id?: Plain<Texts>;
    volume: Some<VolumeElement>;
  };
  /** Nothing. */
  NoOpRequest: object;
  /** Makes a full backup, or checks one, now. */
  OrderBackupRequest: {
    backup: Some<{
      method: Plain<Texts>;
    }>;
  };
  /** Nothing; shows that the server answers. */
  PingRequest: object;
  /** Deletes a deleted account for good, before its time. */
  PurgeDeletedAccountRequest: {
    account?: Some<AccountElement>;
    id?: Plain<Texts>;
  };
  /** Deletes now what is older than it may become. */
  PurgeMessagesRequest: {
    mbox?: Some<MboxElement>;
  };
  /** Lets what was withheld go, or deletes it. */
  QuarantineActionRequest: {
    action: Some<{
      op: Plain<Texts>;
      ids: Plain<Texts>;
      to?: Plain<Texts>;
    }>;
  };
  /** Builds a mailbox's search index anew, tells how far it is, or stops it. */
  ReIndexRequest: {
    action?: Plain<Texts>;
    mbox: Some<{
      id: Plain<Texts>;
      ids?: Plain<Texts>;
    }>;
  };
  /** A mailbox's size. */
  RecalculateMailboxCountsRequest: {
    mbox: Some<MboxElement>;
  };
  /** Takes an address of an account away. */
  RemoveAccountAliasRequest: {
    id?: Plain<Texts>;
    alias: Plain<Texts>;
  };
  /** Takes an address of a list away. */
  RemoveDistributionListAliasRequest: {
    id?: Plain<Texts>;
    alias: Plain<Texts>;
  };
  /** Takes members out of a list. */
  RemoveDistributionListMemberRequest: {
    id?: Plain<Texts>;
    dlm?: Some<Plain<Texts>>;
    account?: Some<Plain<Texts>>;
  };
  /** Renames an account. */
  RenameAccountRequest: {
    id?: Plain<Texts>;
    newName: Plain<Texts>;
  };
  /** Renames a calendar resource. */
  RenameCalendarResourceRequest: {
    id?: Plain<Texts>;
    newName?: Plain<Texts>;
  };
  /** Renames a class of service. */
  RenameCosRequest: {
    id?: Plain<Texts>;
    newName: Plain<Texts>;
  };
  /** Renames a list. */
  RenameDistributionListRequest: {
    id?: Plain<Texts>;
    newName: Plain<Texts>;
  };
  /** Brings mailboxes back as they were at a moment, in place or beside. */
  RestoreRequest: {
    restore: Some<{
      method?: Plain<Texts>;
      target?: Plain<Texts>;
      label?: Plain<Texts>;
      prefix?: Plain<Texts>;
      sysData?: Plain<Flags>;
      dryRun?: Plain<Flags>;
      includeIncrementals?: Plain<Flags>;
      replayRedo?: Plain<Flags>;
      restoreToTime?: Plain<Numbers>;
      restoreToIncrLabel?: Plain<Texts>;
      restoreToRedoSeq?: Plain<Texts>;
      account?: Some<FilterRuleElement>;
    }>;
  };
  /** Takes a right on a target back. */
  RevokeRightRequest: {
    target: Some<TargetElement>;
    grantee: Some<GranteeElement>;
    right: Some<RightElement>;
  };
  /** Searches accounts by a filter of LDAP. */
  SearchAccountsRequest: {
    query: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    domain?: Plain<Texts>;
    applyCos?: Plain<Flags>;
    attrs?: Plain<Texts>;
    sortBy?: Plain<Texts>;
    types?: Plain<Texts>;
    sortAscending?: Plain<Flags>;
  };
  /** Searches calendar resources. */
  SearchCalendarResourcesRequest: {
    attrs?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    domain?: Plain<Texts>;
    applyCos?: Plain<Flags>;
    sortBy?: Plain<Texts>;
    sortAscending?: Plain<Flags>;
    searchFilter?: Some<{
      conds?: Some<{
        not?: Plain<Flags>;
        or?: Plain<Flags>;
        conds?: Some<object>;
        cond?: Some<CondElement>;
      }>;
      cond?: Some<CondElement>;
    }>;
  };
  /** Searches the directory by a filter of LDAP, page by page. */
  SearchDirectoryRequest: {
    attrs?: Plain<Texts>;
    query?: Plain<Texts>;
    maxResults?: Plain<Numbers>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    domain?: Plain<Texts>;
    applyCos?: Plain<Flags>;
    applyConfig?: Plain<Flags>;
    sortBy?: Plain<Texts>;
    types?: Plain<Texts>;
    sortAscending?: Plain<Flags>;
    countOnly?: Plain<Flags>;
  };
  /** Searches a domain's global address list. */
  SearchGalRequest: {
    domain: Plain<Texts>;
    name?: Plain<Texts>;
    limit?: Plain<Numbers>;
    type?: Plain<Texts>;
  };
  /** Looks for items in many mailboxes, page by page. */
  SearchMultiMailboxRequest: {
    query?: Plain<Texts>;
    inDumpster?: Plain<Flags>;
    types?: Plain<Texts>;
    groupBy?: Plain<Texts>;
    sortBy?: Plain<Texts>;
    fetch?: Plain<Texts>;
    max?: Plain<Numbers>;
    html?: Plain<Flags>;
    neuter?: Plain<Flags>;
    recip?: Plain<Texts>;
    resultMode?: Plain<Texts>;
    limit?: Plain<Numbers>;
    header?: Some<HeaderElement>;
    tz?: Some<TzElement>;
    cursor?: Some<CursorElement>;
    domain?: Some<AccountElement>;
    mbx?: Some<{
      id?: Plain<Texts>;
      name?: Plain<Texts>;
    }>;
  };
  /** Says which volume new messages go to. */
  SetCurrentVolumeRequest: {
    id?: Plain<Texts>;
    type?: Plain<Numbers>;
  };
  /** Sets an account's password. */
  SetPasswordRequest: {
    id?: Plain<Texts>;
    newPassword: Plain<Texts>;
  };
  /** Brings a deleted account back with its mailbox. */
  UndeleteAccountRequest: {
    account?: Some<AccountElement>;
    id?: Plain<Texts>;
    name?: Plain<Texts>;
  };
}
