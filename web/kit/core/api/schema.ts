// SPDX-License-Identifier: AGPL-3.0-or-later
// Made from the server's definitions (mailboxd/soap/src/schema/) by a test of theirs: don't edit.
/** What each request takes, as the server checks it. */

export type Texts = string | number;
export type Numbers = number | string;
export type Flags = boolean | 0 | 1 | '0' | '1' | 'true' | 'false' | 'TRUE' | 'FALSE';
/** What has no members of its own may be an object with its text. */
export type Plain<T> = T | { _content: T };
export type Some<T> = T | readonly T[];

/** Of urn:zimbraAccount. */
export interface AccountSchema {
  /** Logs in with a password, or shows that a token is good; the answer has a token. */
  AuthRequest: {
    persistAuthTokenCookie?: Plain<Flags>;
    csrfTokenSecured?: Plain<Flags>;
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
      pref?: Some<{
        name?: Plain<Texts>;
        _content?: Texts;
      }>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
    attrs?: Some<{
      attr?: Some<{
        name?: Plain<Texts>;
        _content?: Texts;
      }>;
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
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
    identity: Some<{
      a?: Some<{
        name: Plain<Texts>;
        _content?: Texts;
      }>;
      name?: Plain<Texts>;
      id?: Plain<Texts>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Makes a signature. */
  CreateSignatureRequest: {
    signature: Some<{
      id?: Plain<Texts>;
      name?: Plain<Texts>;
      content?: Some<{
        type?: Plain<Texts>;
        _content?: Texts;
      }>;
      cid?: Plain<Texts>;
    }>;
  };
  /** Deletes an identity. */
  DeleteIdentityRequest: {
    identity: Some<{
      name?: Plain<Texts>;
      id?: Plain<Texts>;
    }>;
  };
  /** Deletes a signature. */
  DeleteSignatureRequest: {
    signature: Some<{
      name?: Plain<Texts>;
      id?: Plain<Texts>;
    }>;
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
    pref?: Some<{
      name: Plain<Texts>;
      _content?: Texts;
    }>;
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
    owner?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Signatures. */
  GetSignaturesRequest: object;
  /** The server's version. */
  GetVersionInfoRequest: object;
  /** Senders that are always, and never, let through. */
  GetWhiteBlackListRequest: object;
  /** Gives others rights on the account. */
  GrantRightsRequest: {
    ace?: Some<{
      zid?: Plain<Texts>;
      gt: Plain<Texts>;
      right: Plain<Texts>;
      d?: Plain<Texts>;
      key?: Plain<Texts>;
      deny?: Plain<Flags>;
    }>;
  };
  /** Changes an identity. */
  ModifyIdentityRequest: {
    identity: Some<{
      a?: Some<{
        name: Plain<Texts>;
        _content?: Texts;
      }>;
      name?: Plain<Texts>;
      id?: Plain<Texts>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Sets preferences; their values are checked. */
  ModifyPrefsRequest: {
    pref?: Some<{
      name: Plain<Texts>;
      _content?: Texts;
    }>;
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
    signature: Some<{
      id?: Plain<Texts>;
      name?: Plain<Texts>;
      content?: Some<{
        type?: Plain<Texts>;
        _content?: Texts;
      }>;
      cid?: Plain<Texts>;
    }>;
  };
  /** Changes who is always, and never, let through. */
  ModifyWhiteBlackListRequest: {
    whiteList?: Some<{
      addr?: Some<{
        op?: Plain<Texts>;
        _content?: Texts;
      }>;
    }>;
    blackList?: Some<{
      addr?: Some<{
        op?: Plain<Texts>;
        _content?: Texts;
      }>;
    }>;
  };
  /** Takes rights on the account back. */
  RevokeRightsRequest: {
    ace?: Some<{
      zid?: Plain<Texts>;
      gt: Plain<Texts>;
      right: Plain<Texts>;
      d?: Plain<Texts>;
      key?: Plain<Texts>;
      deny?: Plain<Flags>;
    }>;
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
    filterRules: Some<{
      filterRule?: Some<{
        name?: Plain<Texts>;
      }>;
    }>;
    m?: Some<{
      ids?: Plain<Texts>;
    }>;
    query?: Plain<Texts>;
  };
  /** Runs rules for outgoing mail over messages that are there. */
  ApplyOutgoingFilterRulesRequest: {
    filterRules: Some<{
      filterRule?: Some<{
        name?: Plain<Texts>;
      }>;
    }>;
    m?: Some<{
      ids?: Plain<Texts>;
    }>;
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
      e?: Some<{
        a?: Plain<Texts>;
        t?: Plain<Texts>;
        p?: Plain<Texts>;
      }>;
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
    }>;
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
    imap?: Some<{
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
    }>;
    pop3?: Some<{
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
    }>;
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
    add?: Some<{
      a?: Some<{
        name?: Plain<Texts>;
        id?: Plain<Texts>;
        token?: Plain<Texts>;
        types?: Plain<Texts>;
      }>;
    }>;
  };
  /** Deletes accounts elsewhere; what was fetched stays. */
  DeleteDataSourceRequest: {
    imap?: Some<{
      name?: Plain<Texts>;
      id?: Plain<Texts>;
    }>;
    pop3?: Some<{
      name?: Plain<Texts>;
      id?: Plain<Texts>;
    }>;
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
      grant?: Some<{
        perm?: Plain<Texts>;
        gt?: Plain<Texts>;
        zid?: Plain<Texts>;
        d?: Plain<Texts>;
        key?: Plain<Texts>;
      }>;
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
      grant?: Some<{
        perm?: Plain<Texts>;
        gt?: Plain<Texts>;
        zid?: Plain<Texts>;
        d?: Plain<Texts>;
        key?: Plain<Texts>;
      }>;
      retentionPolicy?: Some<{
        keep?: Some<{
          policy?: Some<{
            type?: Plain<Texts>;
            id?: Plain<Texts>;
            name?: Plain<Texts>;
            lifetime?: Plain<Texts>;
          }>;
        }>;
        purge?: Some<{
          policy?: Some<{
            type?: Plain<Texts>;
            id?: Plain<Texts>;
            name?: Plain<Texts>;
            lifetime?: Plain<Texts>;
          }>;
        }>;
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
    a?: Some<{
      n: Plain<Texts>;
    }>;
    ma?: Some<{
      n: Plain<Texts>;
    }>;
    cn?: Some<{
      id?: Plain<Texts>;
    }>;
  };
  /** A conversation with its messages. */
  GetConvRequest: {
    c: Some<{
      id: Plain<Texts>;
      fetch?: Plain<Texts>;
      html?: Plain<Flags>;
      max?: Plain<Numbers>;
      header?: Some<{
        n?: Plain<Texts>;
      }>;
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
      header?: Some<{
        n?: Plain<Texts>;
      }>;
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
    imap?: Some<{
      name?: Plain<Texts>;
      id?: Plain<Texts>;
    }>;
    pop3?: Some<{
      name?: Plain<Texts>;
      id?: Plain<Texts>;
    }>;
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
    imap?: Some<{
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
    }>;
    pop3?: Some<{
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
    }>;
  };
  /** Replaces the filter rules for mail that comes in. */
  ModifyFilterRulesRequest: {
    filterRules: Some<{
      filterRule?: Some<{
        name: Plain<Texts>;
        active?: Plain<Flags>;
        filterVariables?: Some<{
          index?: Plain<Numbers>;
          filterVariable?: Some<{
            name: Plain<Texts>;
            value?: Plain<Texts>;
          }>;
        }>;
        filterTests?: Some<{
          condition?: Plain<Texts>;
          headerTest?: Some<{
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
          }>;
          mimeHeaderTest?: Some<{
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
          }>;
          addressTest?: Some<{
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
          }>;
          envelopeTest?: Some<{
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
          }>;
          headerExistsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          sizeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            numberComparison?: Plain<Texts>;
            s?: Plain<Texts>;
          }>;
          dateTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            d?: Plain<Numbers>;
          }>;
          currentTimeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            time?: Plain<Texts>;
          }>;
          currentDayOfWeekTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          bodyTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            caseSensitive?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          attachmentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          inviteTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          meTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          addressBookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          contactRankingTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          conversationTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            where?: Plain<Texts>;
          }>;
          importanceTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            imp?: Plain<Texts>;
          }>;
          flaggedTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            flagName?: Plain<Texts>;
          }>;
          listTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          bulkTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          trueTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          facebookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          linkedinTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          twitterTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          socialcastTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityRequestsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityContentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityConnectionsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
        }>;
        filterActions?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          actionKeep?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionDiscard?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionStop?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionFileInto?: Some<{
            index?: Plain<Numbers>;
            folderPath?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionFlag?: Some<{
            index?: Plain<Numbers>;
            flagName?: Plain<Texts>;
          }>;
          actionTag?: Some<{
            index?: Plain<Numbers>;
            tagName?: Plain<Texts>;
          }>;
          actionRedirect?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionReply?: Some<{
            index?: Plain<Numbers>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionNotify?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            su?: Plain<Texts>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionReject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionEreject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionLog?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionAddheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            headerName?: Plain<Texts>;
            headerValue?: Plain<Texts>;
          }>;
          actionDeleteheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
          }>;
          actionReplaceheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
            newName?: Plain<Texts>;
            newValue?: Plain<Texts>;
          }>;
        }>;
        nestedRule?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          filterTests?: Some<{
            condition?: Plain<Texts>;
            headerTest?: Some<{
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
            }>;
            mimeHeaderTest?: Some<{
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
            }>;
            addressTest?: Some<{
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
            }>;
            envelopeTest?: Some<{
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
            }>;
            headerExistsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            sizeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              numberComparison?: Plain<Texts>;
              s?: Plain<Texts>;
            }>;
            dateTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              d?: Plain<Numbers>;
            }>;
            currentTimeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              time?: Plain<Texts>;
            }>;
            currentDayOfWeekTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            bodyTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              caseSensitive?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            attachmentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            inviteTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            meTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            addressBookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            contactRankingTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            conversationTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              where?: Plain<Texts>;
            }>;
            importanceTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              imp?: Plain<Texts>;
            }>;
            flaggedTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              flagName?: Plain<Texts>;
            }>;
            listTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            bulkTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            trueTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            facebookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            linkedinTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            twitterTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            socialcastTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityRequestsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityContentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityConnectionsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
          }>;
          filterActions?: Some<{
            filterVariables?: Some<{
              index?: Plain<Numbers>;
              filterVariable?: Some<{
                name: Plain<Texts>;
                value?: Plain<Texts>;
              }>;
            }>;
            actionKeep?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionDiscard?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionStop?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionFileInto?: Some<{
              index?: Plain<Numbers>;
              folderPath?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionFlag?: Some<{
              index?: Plain<Numbers>;
              flagName?: Plain<Texts>;
            }>;
            actionTag?: Some<{
              index?: Plain<Numbers>;
              tagName?: Plain<Texts>;
            }>;
            actionRedirect?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionReply?: Some<{
              index?: Plain<Numbers>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionNotify?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              su?: Plain<Texts>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionReject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionEreject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionLog?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionAddheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              headerName?: Plain<Texts>;
              headerValue?: Plain<Texts>;
            }>;
            actionDeleteheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
            }>;
            actionReplaceheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
              newName?: Plain<Texts>;
              newValue?: Plain<Texts>;
            }>;
          }>;
          nestedRule?: Some<object>;
        }>;
      }>;
    }>;
  };
  /** Changes some of what a client keeps with the mailbox. */
  ModifyMailboxMetadataRequest: {
    meta: Some<{
      section: Plain<Texts>;
      a?: Some<{
        n: Plain<Texts>;
        _content?: Texts;
      }>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Replaces the filter rules for mail that goes out. */
  ModifyOutgoingFilterRulesRequest: {
    filterRules: Some<{
      filterRule?: Some<{
        name: Plain<Texts>;
        active?: Plain<Flags>;
        filterVariables?: Some<{
          index?: Plain<Numbers>;
          filterVariable?: Some<{
            name: Plain<Texts>;
            value?: Plain<Texts>;
          }>;
        }>;
        filterTests?: Some<{
          condition?: Plain<Texts>;
          headerTest?: Some<{
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
          }>;
          mimeHeaderTest?: Some<{
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
          }>;
          addressTest?: Some<{
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
          }>;
          envelopeTest?: Some<{
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
          }>;
          headerExistsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          sizeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            numberComparison?: Plain<Texts>;
            s?: Plain<Texts>;
          }>;
          dateTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            d?: Plain<Numbers>;
          }>;
          currentTimeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            time?: Plain<Texts>;
          }>;
          currentDayOfWeekTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          bodyTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            caseSensitive?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          attachmentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          inviteTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          meTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          addressBookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          contactRankingTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          conversationTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            where?: Plain<Texts>;
          }>;
          importanceTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            imp?: Plain<Texts>;
          }>;
          flaggedTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            flagName?: Plain<Texts>;
          }>;
          listTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          bulkTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          trueTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          facebookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          linkedinTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          twitterTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          socialcastTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityRequestsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityContentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityConnectionsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
        }>;
        filterActions?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          actionKeep?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionDiscard?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionStop?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionFileInto?: Some<{
            index?: Plain<Numbers>;
            folderPath?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionFlag?: Some<{
            index?: Plain<Numbers>;
            flagName?: Plain<Texts>;
          }>;
          actionTag?: Some<{
            index?: Plain<Numbers>;
            tagName?: Plain<Texts>;
          }>;
          actionRedirect?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionReply?: Some<{
            index?: Plain<Numbers>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionNotify?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            su?: Plain<Texts>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionReject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionEreject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionLog?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionAddheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            headerName?: Plain<Texts>;
            headerValue?: Plain<Texts>;
          }>;
          actionDeleteheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
          }>;
          actionReplaceheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
            newName?: Plain<Texts>;
            newValue?: Plain<Texts>;
          }>;
        }>;
        nestedRule?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          filterTests?: Some<{
            condition?: Plain<Texts>;
            headerTest?: Some<{
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
            }>;
            mimeHeaderTest?: Some<{
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
            }>;
            addressTest?: Some<{
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
            }>;
            envelopeTest?: Some<{
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
            }>;
            headerExistsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            sizeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              numberComparison?: Plain<Texts>;
              s?: Plain<Texts>;
            }>;
            dateTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              d?: Plain<Numbers>;
            }>;
            currentTimeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              time?: Plain<Texts>;
            }>;
            currentDayOfWeekTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            bodyTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              caseSensitive?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            attachmentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            inviteTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            meTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            addressBookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            contactRankingTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            conversationTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              where?: Plain<Texts>;
            }>;
            importanceTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              imp?: Plain<Texts>;
            }>;
            flaggedTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              flagName?: Plain<Texts>;
            }>;
            listTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            bulkTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            trueTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            facebookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            linkedinTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            twitterTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            socialcastTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityRequestsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityContentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityConnectionsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
          }>;
          filterActions?: Some<{
            filterVariables?: Some<{
              index?: Plain<Numbers>;
              filterVariable?: Some<{
                name: Plain<Texts>;
                value?: Plain<Texts>;
              }>;
            }>;
            actionKeep?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionDiscard?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionStop?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionFileInto?: Some<{
              index?: Plain<Numbers>;
              folderPath?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionFlag?: Some<{
              index?: Plain<Numbers>;
              flagName?: Plain<Texts>;
            }>;
            actionTag?: Some<{
              index?: Plain<Numbers>;
              tagName?: Plain<Texts>;
            }>;
            actionRedirect?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionReply?: Some<{
              index?: Plain<Numbers>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionNotify?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              su?: Plain<Texts>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionReject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionEreject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionLog?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionAddheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              headerName?: Plain<Texts>;
              headerValue?: Plain<Texts>;
            }>;
            actionDeleteheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
            }>;
            actionReplaceheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
              newName?: Plain<Texts>;
              newValue?: Plain<Texts>;
            }>;
          }>;
          nestedRule?: Some<object>;
        }>;
      }>;
    }>;
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
    }>;
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
      upload?: Some<{
        id?: Plain<Texts>;
      }>;
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
      mp?: Some<{
        ct?: Plain<Texts>;
        content?: Plain<Texts>;
        ci?: Plain<Texts>;
        mp?: Some<object>;
        attach?: Some<{
          aid?: Plain<Texts>;
          mp?: Some<{
            mid?: Plain<Texts>;
            part?: Plain<Texts>;
          }>;
          m?: Some<{
            id?: Plain<Texts>;
          }>;
          cn?: Some<{
            id?: Plain<Texts>;
          }>;
          doc?: Some<{
            id?: Plain<Texts>;
          }>;
        }>;
      }>;
      attach?: Some<{
        aid?: Plain<Texts>;
        mp?: Some<{
          mid?: Plain<Texts>;
          part?: Plain<Texts>;
        }>;
        m?: Some<{
          id?: Plain<Texts>;
        }>;
        cn?: Some<{
          id?: Plain<Texts>;
        }>;
        doc?: Some<{
          id?: Plain<Texts>;
        }>;
      }>;
      e?: Some<{
        a?: Plain<Texts>;
        t?: Plain<Texts>;
        p?: Plain<Texts>;
      }>;
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
    header?: Some<{
      n?: Plain<Texts>;
    }>;
    tz?: Some<{
      id?: Plain<Texts>;
      stdoff?: Plain<Numbers>;
    }>;
    cursor?: Some<{
      id?: Plain<Texts>;
      sortVal?: Plain<Texts>;
      endSortVal?: Plain<Texts>;
    }>;
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
    header?: Some<{
      n?: Plain<Texts>;
    }>;
    tz?: Some<{
      id: Plain<Texts>;
      stdoff?: Plain<Numbers>;
    }>;
    cursor?: Some<{
      id?: Plain<Texts>;
      sortVal?: Plain<Texts>;
      endSortVal?: Plain<Texts>;
    }>;
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
      mp?: Some<{
        ct?: Plain<Texts>;
        content?: Plain<Texts>;
        ci?: Plain<Texts>;
        mp?: Some<object>;
        attach?: Some<{
          aid?: Plain<Texts>;
          mp?: Some<{
            mid?: Plain<Texts>;
            part?: Plain<Texts>;
          }>;
          m?: Some<{
            id?: Plain<Texts>;
          }>;
          cn?: Some<{
            id?: Plain<Texts>;
          }>;
          doc?: Some<{
            id?: Plain<Texts>;
          }>;
        }>;
      }>;
      attach?: Some<{
        aid?: Plain<Texts>;
        mp?: Some<{
          mid?: Plain<Texts>;
          part?: Plain<Texts>;
        }>;
        m?: Some<{
          id?: Plain<Texts>;
        }>;
        cn?: Some<{
          id?: Plain<Texts>;
        }>;
        doc?: Some<{
          id?: Plain<Texts>;
        }>;
      }>;
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
    item?: Some<{
      id?: Plain<Texts>;
    }>;
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
    meta: Some<{
      section: Plain<Texts>;
      a?: Some<{
        n: Plain<Texts>;
        _content?: Texts;
      }>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
  };
  /** Keeps names and values of a client's own with the mailbox. */
  SetMailboxMetadataRequest: {
    meta: Some<{
      section: Plain<Texts>;
      a?: Some<{
        n: Plain<Texts>;
        _content?: Texts;
      }>;
      _attrs?: Record<string, Some<Texts>>;
    }>;
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
    imap?: Some<{
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
    }>;
    pop3?: Some<{
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
    }>;
  };
  /** Waits until an account of the set changes. */
  WaitSetRequest: {
    waitSet: Plain<Texts>;
    seq: Plain<Texts>;
    block?: Plain<Flags>;
    defTypes?: Plain<Texts>;
    timeout?: Plain<Numbers>;
    add?: Some<{
      a?: Some<{
        name?: Plain<Texts>;
        id?: Plain<Texts>;
        token?: Plain<Texts>;
        types?: Plain<Texts>;
      }>;
    }>;
    update?: Some<{
      a?: Some<{
        name?: Plain<Texts>;
        id?: Plain<Texts>;
        token?: Plain<Texts>;
        types?: Plain<Texts>;
      }>;
    }>;
    remove?: Some<{
      a?: Some<{
        id?: Plain<Texts>;
      }>;
    }>;
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
    add?: Some<{
      a?: Some<{
        name?: Plain<Texts>;
        id?: Plain<Texts>;
        token?: Plain<Texts>;
        types?: Plain<Texts>;
      }>;
    }>;
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
    add?: Some<{
      a?: Some<{
        name?: Plain<Texts>;
        id?: Plain<Texts>;
        token?: Plain<Texts>;
        types?: Plain<Texts>;
      }>;
    }>;
    update?: Some<{
      a?: Some<{
        name?: Plain<Texts>;
        id?: Plain<Texts>;
        token?: Plain<Texts>;
        types?: Plain<Texts>;
      }>;
    }>;
    remove?: Some<{
      a?: Some<{
        id?: Plain<Texts>;
      }>;
    }>;
  };
  /** Logs an administrator in. */
  AuthRequest: {
    persistAuthTokenCookie?: Plain<Flags>;
    csrfTokenSecured?: Plain<Flags>;
    authToken?: Plain<Texts>;
    name?: Plain<Texts>;
    password?: Plain<Texts>;
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
      account?: Some<{
        name?: Plain<Texts>;
      }>;
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
      account?: Some<{
        name?: Plain<Texts>;
      }>;
    }>;
  };
  /** Renames an account and keeps the old name as an alias. */
  ChangePrimaryEmailRequest: {
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    target: Some<{
      type: Plain<Texts>;
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    grantee: Some<{
      type?: Plain<Texts>;
      by?: Plain<Texts>;
      secret?: Plain<Texts>;
      all?: Plain<Flags>;
      _content?: Texts;
    }>;
    right: Some<{
      _content?: Texts;
    }>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** How much the accounts of each domain hold, counted now. */
  ComputeAggregateQuotaUsageRequest: object;
  /** Copies a class of service. */
  CopyCosRequest: {
    name?: Plain<Texts>;
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Accounts of a domain by class of service. */
  CountAccountRequest: {
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** How many entries of a type there are. */
  CountObjectsRequest: {
    type: Plain<Texts>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Makes an account. */
  CreateAccountRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    name: Plain<Texts>;
    password?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a calendar resource. */
  CreateCalendarResourceRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    name: Plain<Texts>;
    password?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a class of service. */
  CreateCosRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    name: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a distribution list. */
  CreateDistributionListRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    name: Plain<Texts>;
    dynamic?: Plain<Flags>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a domain. */
  CreateDomainRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    name: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a server entry. */
  CreateServerRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    name: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Makes a retention policy for everybody or a class of service. */
  CreateSystemRetentionPolicyRequest: {
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    keep?: Some<object>;
    purge?: Some<object>;
  };
  /** Makes a volume for message files. */
  CreateVolumeRequest: {
    volume: Some<{
      id?: Plain<Texts>;
      name: Plain<Texts>;
      rootpath: Plain<Texts>;
      type?: Plain<Numbers>;
      compressBlobs?: Plain<Flags>;
      current?: Plain<Flags>;
    }>;
  };
  /** A token to act as a user. */
  DelegateAuthRequest: {
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
    mbox?: Some<{
      id: Plain<Texts>;
    }>;
  };
  /** Deletes a server entry. */
  DeleteServerRequest: {
    id?: Plain<Texts>;
  };
  /** Deletes a retention policy. */
  DeleteSystemRetentionPolicyRequest: {
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    policy: Some<{
      type?: Plain<Texts>;
      id?: Plain<Texts>;
      name?: Plain<Texts>;
      lifetime?: Plain<Texts>;
    }>;
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
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Lists that an account is in, and through which. */
  GetAccountMembershipRequest: {
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** An account. */
  GetAccountRequest: {
    attrs?: Plain<Texts>;
    applyCos?: Plain<Flags>;
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Parts of the console that an administrator sees. */
  GetAdminConsoleUICompRequest: {
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    dl?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Searches that the administrator saved. */
  GetAdminSavedSearchesRequest: {
    search?: Some<{
      name?: Plain<Texts>;
    }>;
  };
  /** How much the accounts of each domain hold. */
  GetAggregateQuotaUsageOnServerRequest: object;
  /** All accounts, of a domain or everywhere. */
  GetAllAccountsRequest: {
    server?: Some<{
      _content?: Texts;
      by?: Plain<Texts>;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** All administrators. */
  GetAllAdminAccountsRequest: {
    applyCos?: Plain<Flags>;
  };
  /** All calendar resources. */
  GetAllCalendarResourcesRequest: {
    server?: Some<{
      _content?: Texts;
      by?: Plain<Texts>;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Settings for the whole system. */
  GetAllConfigRequest: object;
  /** All classes of service. */
  GetAllCosRequest: object;
  /** All distribution lists. */
  GetAllDistributionListsRequest: {
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** All domains. */
  GetAllDomainsRequest: {
    applyConfig?: Plain<Flags>;
  };
  /** Everything that somebody may do. */
  GetAllEffectiveRightsRequest: {
    grantee?: Some<{
      type?: Plain<Texts>;
      by?: Plain<Texts>;
      secret?: Plain<Texts>;
      all?: Plain<Flags>;
      _content?: Texts;
    }>;
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
    calresource?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** The last lines that a component wrote. */
  GetComponentLogRequest: {
    component?: Plain<Texts>;
    limit?: Plain<Numbers>;
    query?: Plain<Texts>;
  };
  /** One setting for the whole system. */
  GetConfigRequest: {
    a?: Some<{
      n: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** A class of service. */
  GetCosRequest: {
    attrs?: Plain<Texts>;
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Attributes that may be set on an entry to be made. */
  GetCreateObjectAttrsRequest: {
    target: Some<{
      type: Plain<Texts>;
      _content?: Texts;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Volumes that new messages go to. */
  GetCurrentVolumesRequest: object;
  /** Limits of what administrators with rights may set. */
  GetDelegatedAdminConstraintsRequest: {
    type: Plain<Texts>;
    id?: Plain<Texts>;
    name?: Plain<Texts>;
    a?: Some<{
      name?: Plain<Texts>;
    }>;
  };
  /** Accounts that were deleted and can be had back, the latest first. */
  GetDeletedAccountsRequest: {
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Lists that a list is in. */
  GetDistributionListMembershipRequest: {
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    dl?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** A list with its members, page by page. */
  GetDistributionListRequest: {
    attrs?: Plain<Texts>;
    limit?: Plain<Numbers>;
    offset?: Plain<Numbers>;
    sortAscending?: Plain<Flags>;
    dl?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** What a domain should have in the DNS, and what is seen there. */
  GetDomainDnsRequest: {
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** What a login page shows of a domain. */
  GetDomainInfoRequest: {
    applyConfig?: Plain<Flags>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** A domain. */
  GetDomainRequest: {
    attrs?: Plain<Texts>;
    applyConfig?: Plain<Flags>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** What somebody may do on a target. */
  GetEffectiveRightsRequest: {
    target: Some<{
      type: Plain<Texts>;
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    grantee?: Some<{
      type?: Plain<Texts>;
      by?: Plain<Texts>;
      secret?: Plain<Texts>;
      all?: Plain<Flags>;
      _content?: Texts;
    }>;
    expandAllAttrs?: Plain<Texts>;
  };
  /** Filter rules of administrators for mail that comes in. */
  GetFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    server?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** Grants on a target, or to a grantee. */
  GetGrantsRequest: {
    target?: Some<{
      type: Plain<Texts>;
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    grantee?: Some<{
      type?: Plain<Texts>;
      by?: Plain<Texts>;
      secret?: Plain<Texts>;
      all?: Plain<Flags>;
      _content?: Texts;
    }>;
  };
  /** How far moving old mail is. */
  GetHsmStatusRequest: object;
  /** The server's figures over time. */
  GetLoggerStatsRequest: {
    stats?: Some<{
      name?: Plain<Texts>;
      limit?: Plain<Numbers>;
    }>;
    startTime?: Some<{
      time?: Plain<Numbers>;
    }>;
    endTime?: Some<{
      time?: Plain<Numbers>;
    }>;
  };
  /** How many messages wait in each queue. */
  GetMailQueueInfoRequest: {
    server?: Some<{
      name?: Plain<Texts>;
    }>;
  };
  /** Messages that wait in a queue, page by page, and what they have in common. */
  GetMailQueueRequest: {
    server: Some<{
      name?: Plain<Texts>;
      queue: Some<{
        name: Plain<Texts>;
        query?: Some<{
          offset?: Plain<Numbers>;
          limit?: Plain<Numbers>;
          field?: Some<{
            name: Plain<Texts>;
            match?: Some<{
              value: Plain<Texts>;
            }>;
          }>;
        }>;
      }>;
    }>;
  };
  /** A mailbox's id and size. */
  GetMailboxRequest: {
    mbox?: Some<{
      id: Plain<Texts>;
    }>;
  };
  /** Number and size of all mailboxes. */
  GetMailboxStatsRequest: object;
  /** Filter rules of administrators for mail that goes out. */
  GetOutgoingFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    server?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
    package?: Some<{
      name?: Plain<Texts>;
    }>;
  };
  /** A server. */
  GetServerRequest: {
    attrs?: Plain<Texts>;
    applyConfig?: Plain<Flags>;
    server?: Some<{
      _content?: Texts;
      by?: Plain<Texts>;
    }>;
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
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
  };
  /** The server's version. */
  GetVersionInfoRequest: object;
  /** A volume. */
  GetVolumeRequest: {
    id?: Plain<Texts>;
  };
  /** Gives a right on a target. */
  GrantRightRequest: {
    target: Some<{
      type: Plain<Texts>;
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    grantee: Some<{
      type?: Plain<Texts>;
      by?: Plain<Texts>;
      secret?: Plain<Texts>;
      all?: Plain<Flags>;
      _content?: Texts;
    }>;
    right: Some<{
      deny?: Plain<Flags>;
      canDelegate?: Plain<Flags>;
      disinheritSubGroups?: Plain<Flags>;
      subDomain?: Plain<Flags>;
      _content?: Texts;
    }>;
  };
  /** Keeps a deleted account until that is taken back. */
  HoldDeletedAccountRequest: {
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
          query?: Some<{
            offset?: Plain<Numbers>;
            limit?: Plain<Numbers>;
            field?: Some<{
              name: Plain<Texts>;
              match?: Some<{
                value: Plain<Texts>;
              }>;
            }>;
          }>;
          _content?: Texts;
        }>;
      }>;
    }>;
  };
  /** Tries everything that waits again. */
  MailQueueFlushRequest: {
    server?: Some<{
      name?: Plain<Texts>;
    }>;
  };
  /** Sets attributes of an account. */
  ModifyAccountRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Saves the administrator's searches. */
  ModifyAdminSavedSearchesRequest: {
    search?: Some<{
      name: Plain<Texts>;
      _content?: Texts;
    }>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets attributes of a calendar resource. */
  ModifyCalendarResourceRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets settings for the whole system. */
  ModifyConfigRequest: {
    a?: Some<{
      n: Plain<Texts>;
      _content?: Texts;
    }>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets attributes of a class of service. */
  ModifyCosRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
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
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Sets attributes of a domain. */
  ModifyDomainRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Replaces filter rules of administrators for mail that comes in. */
  ModifyFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    server?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    filterRules: Some<{
      filterRule?: Some<{
        name: Plain<Texts>;
        active?: Plain<Flags>;
        filterVariables?: Some<{
          index?: Plain<Numbers>;
          filterVariable?: Some<{
            name: Plain<Texts>;
            value?: Plain<Texts>;
          }>;
        }>;
        filterTests?: Some<{
          condition?: Plain<Texts>;
          headerTest?: Some<{
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
          }>;
          mimeHeaderTest?: Some<{
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
          }>;
          addressTest?: Some<{
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
          }>;
          envelopeTest?: Some<{
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
          }>;
          headerExistsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          sizeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            numberComparison?: Plain<Texts>;
            s?: Plain<Texts>;
          }>;
          dateTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            d?: Plain<Numbers>;
          }>;
          currentTimeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            time?: Plain<Texts>;
          }>;
          currentDayOfWeekTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          bodyTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            caseSensitive?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          attachmentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          inviteTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          meTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          addressBookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          contactRankingTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          conversationTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            where?: Plain<Texts>;
          }>;
          importanceTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            imp?: Plain<Texts>;
          }>;
          flaggedTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            flagName?: Plain<Texts>;
          }>;
          listTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          bulkTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          trueTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          facebookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          linkedinTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          twitterTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          socialcastTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityRequestsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityContentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityConnectionsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
        }>;
        filterActions?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          actionKeep?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionDiscard?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionStop?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionFileInto?: Some<{
            index?: Plain<Numbers>;
            folderPath?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionFlag?: Some<{
            index?: Plain<Numbers>;
            flagName?: Plain<Texts>;
          }>;
          actionTag?: Some<{
            index?: Plain<Numbers>;
            tagName?: Plain<Texts>;
          }>;
          actionRedirect?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionReply?: Some<{
            index?: Plain<Numbers>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionNotify?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            su?: Plain<Texts>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionReject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionEreject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionLog?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionAddheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            headerName?: Plain<Texts>;
            headerValue?: Plain<Texts>;
          }>;
          actionDeleteheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
          }>;
          actionReplaceheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
            newName?: Plain<Texts>;
            newValue?: Plain<Texts>;
          }>;
        }>;
        nestedRule?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          filterTests?: Some<{
            condition?: Plain<Texts>;
            headerTest?: Some<{
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
            }>;
            mimeHeaderTest?: Some<{
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
            }>;
            addressTest?: Some<{
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
            }>;
            envelopeTest?: Some<{
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
            }>;
            headerExistsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            sizeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              numberComparison?: Plain<Texts>;
              s?: Plain<Texts>;
            }>;
            dateTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              d?: Plain<Numbers>;
            }>;
            currentTimeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              time?: Plain<Texts>;
            }>;
            currentDayOfWeekTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            bodyTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              caseSensitive?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            attachmentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            inviteTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            meTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            addressBookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            contactRankingTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            conversationTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              where?: Plain<Texts>;
            }>;
            importanceTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              imp?: Plain<Texts>;
            }>;
            flaggedTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              flagName?: Plain<Texts>;
            }>;
            listTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            bulkTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            trueTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            facebookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            linkedinTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            twitterTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            socialcastTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityRequestsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityContentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityConnectionsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
          }>;
          filterActions?: Some<{
            filterVariables?: Some<{
              index?: Plain<Numbers>;
              filterVariable?: Some<{
                name: Plain<Texts>;
                value?: Plain<Texts>;
              }>;
            }>;
            actionKeep?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionDiscard?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionStop?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionFileInto?: Some<{
              index?: Plain<Numbers>;
              folderPath?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionFlag?: Some<{
              index?: Plain<Numbers>;
              flagName?: Plain<Texts>;
            }>;
            actionTag?: Some<{
              index?: Plain<Numbers>;
              tagName?: Plain<Texts>;
            }>;
            actionRedirect?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionReply?: Some<{
              index?: Plain<Numbers>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionNotify?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              su?: Plain<Texts>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionReject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionEreject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionLog?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionAddheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              headerName?: Plain<Texts>;
              headerValue?: Plain<Texts>;
            }>;
            actionDeleteheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
            }>;
            actionReplaceheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
              newName?: Plain<Texts>;
              newValue?: Plain<Texts>;
            }>;
          }>;
          nestedRule?: Some<object>;
        }>;
      }>;
    }>;
  };
  /** Replaces filter rules of administrators for mail that goes out. */
  ModifyOutgoingFilterRulesRequest: {
    type: Plain<Texts>;
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    server?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    filterRules: Some<{
      filterRule?: Some<{
        name: Plain<Texts>;
        active?: Plain<Flags>;
        filterVariables?: Some<{
          index?: Plain<Numbers>;
          filterVariable?: Some<{
            name: Plain<Texts>;
            value?: Plain<Texts>;
          }>;
        }>;
        filterTests?: Some<{
          condition?: Plain<Texts>;
          headerTest?: Some<{
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
          }>;
          mimeHeaderTest?: Some<{
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
          }>;
          addressTest?: Some<{
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
          }>;
          envelopeTest?: Some<{
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
          }>;
          headerExistsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          sizeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            numberComparison?: Plain<Texts>;
            s?: Plain<Texts>;
          }>;
          dateTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            d?: Plain<Numbers>;
          }>;
          currentTimeTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            dateComparison?: Plain<Texts>;
            time?: Plain<Texts>;
          }>;
          currentDayOfWeekTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          bodyTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            caseSensitive?: Plain<Flags>;
            value?: Plain<Texts>;
          }>;
          attachmentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          inviteTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          meTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          addressBookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          contactRankingTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            header?: Plain<Texts>;
          }>;
          conversationTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            where?: Plain<Texts>;
          }>;
          importanceTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            imp?: Plain<Texts>;
          }>;
          flaggedTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
            flagName?: Plain<Texts>;
          }>;
          listTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          bulkTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          trueTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          facebookTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          linkedinTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          twitterTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          socialcastTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityRequestsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityContentTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
          communityConnectionsTest?: Some<{
            index?: Plain<Numbers>;
            negative?: Plain<Flags>;
          }>;
        }>;
        filterActions?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          actionKeep?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionDiscard?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionStop?: Some<{
            index?: Plain<Numbers>;
          }>;
          actionFileInto?: Some<{
            index?: Plain<Numbers>;
            folderPath?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionFlag?: Some<{
            index?: Plain<Numbers>;
            flagName?: Plain<Texts>;
          }>;
          actionTag?: Some<{
            index?: Plain<Numbers>;
            tagName?: Plain<Texts>;
          }>;
          actionRedirect?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            copy?: Plain<Flags>;
          }>;
          actionReply?: Some<{
            index?: Plain<Numbers>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionNotify?: Some<{
            index?: Plain<Numbers>;
            a?: Plain<Texts>;
            su?: Plain<Texts>;
            content?: Some<{
              _content?: Texts;
            }>;
          }>;
          actionReject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionEreject?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionLog?: Some<{
            index?: Plain<Numbers>;
            _content?: Texts;
          }>;
          actionAddheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            headerName?: Plain<Texts>;
            headerValue?: Plain<Texts>;
          }>;
          actionDeleteheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
          }>;
          actionReplaceheader?: Some<{
            index?: Plain<Numbers>;
            last?: Plain<Flags>;
            offset?: Plain<Numbers>;
            test?: Some<{
              matchType?: Plain<Texts>;
              headerName?: Plain<Texts>;
              headerValue?: Some<Plain<Texts>>;
            }>;
            newName?: Plain<Texts>;
            newValue?: Plain<Texts>;
          }>;
        }>;
        nestedRule?: Some<{
          filterVariables?: Some<{
            index?: Plain<Numbers>;
            filterVariable?: Some<{
              name: Plain<Texts>;
              value?: Plain<Texts>;
            }>;
          }>;
          filterTests?: Some<{
            condition?: Plain<Texts>;
            headerTest?: Some<{
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
            }>;
            mimeHeaderTest?: Some<{
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
            }>;
            addressTest?: Some<{
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
            }>;
            envelopeTest?: Some<{
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
            }>;
            headerExistsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            sizeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              numberComparison?: Plain<Texts>;
              s?: Plain<Texts>;
            }>;
            dateTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              d?: Plain<Numbers>;
            }>;
            currentTimeTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              dateComparison?: Plain<Texts>;
              time?: Plain<Texts>;
            }>;
            currentDayOfWeekTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            bodyTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              caseSensitive?: Plain<Flags>;
              value?: Plain<Texts>;
            }>;
            attachmentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            inviteTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            meTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            addressBookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            contactRankingTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              header?: Plain<Texts>;
            }>;
            conversationTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              where?: Plain<Texts>;
            }>;
            importanceTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              imp?: Plain<Texts>;
            }>;
            flaggedTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
              flagName?: Plain<Texts>;
            }>;
            listTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            bulkTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            trueTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            facebookTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            linkedinTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            twitterTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            socialcastTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityRequestsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityContentTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
            communityConnectionsTest?: Some<{
              index?: Plain<Numbers>;
              negative?: Plain<Flags>;
            }>;
          }>;
          filterActions?: Some<{
            filterVariables?: Some<{
              index?: Plain<Numbers>;
              filterVariable?: Some<{
                name: Plain<Texts>;
                value?: Plain<Texts>;
              }>;
            }>;
            actionKeep?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionDiscard?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionStop?: Some<{
              index?: Plain<Numbers>;
            }>;
            actionFileInto?: Some<{
              index?: Plain<Numbers>;
              folderPath?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionFlag?: Some<{
              index?: Plain<Numbers>;
              flagName?: Plain<Texts>;
            }>;
            actionTag?: Some<{
              index?: Plain<Numbers>;
              tagName?: Plain<Texts>;
            }>;
            actionRedirect?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              copy?: Plain<Flags>;
            }>;
            actionReply?: Some<{
              index?: Plain<Numbers>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionNotify?: Some<{
              index?: Plain<Numbers>;
              a?: Plain<Texts>;
              su?: Plain<Texts>;
              content?: Some<{
                _content?: Texts;
              }>;
            }>;
            actionReject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionEreject?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionLog?: Some<{
              index?: Plain<Numbers>;
              _content?: Texts;
            }>;
            actionAddheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              headerName?: Plain<Texts>;
              headerValue?: Plain<Texts>;
            }>;
            actionDeleteheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
            }>;
            actionReplaceheader?: Some<{
              index?: Plain<Numbers>;
              last?: Plain<Flags>;
              offset?: Plain<Numbers>;
              test?: Some<{
                matchType?: Plain<Texts>;
                headerName?: Plain<Texts>;
                headerValue?: Some<Plain<Texts>>;
              }>;
              newName?: Plain<Texts>;
              newValue?: Plain<Texts>;
            }>;
          }>;
          nestedRule?: Some<object>;
        }>;
      }>;
    }>;
  };
  /** Sets attributes of a server. */
  ModifyServerRequest: {
    a?: Some<{
      n?: Plain<Texts>;
      _content?: Texts;
    }>;
    id?: Plain<Texts>;
    _attrs?: Record<string, Some<Texts>>;
  };
  /** Changes a retention policy. */
  ModifySystemRetentionPolicyRequest: {
    cos?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    policy: Some<{
      type?: Plain<Texts>;
      id?: Plain<Texts>;
      name?: Plain<Texts>;
      lifetime?: Plain<Texts>;
    }>;
  };
  /** Changes a volume. */
  ModifyVolumeRequest: {
    id?: Plain<Texts>;
    volume: Some<{
      id?: Plain<Texts>;
      name: Plain<Texts>;
      rootpath: Plain<Texts>;
      type?: Plain<Numbers>;
      compressBlobs?: Plain<Flags>;
      current?: Plain<Flags>;
    }>;
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
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    id?: Plain<Texts>;
  };
  /** Deletes now what is older than it may become. */
  PurgeMessagesRequest: {
    mbox?: Some<{
      id: Plain<Texts>;
    }>;
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
    mbox: Some<{
      id: Plain<Texts>;
    }>;
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
      account?: Some<{
        name?: Plain<Texts>;
      }>;
    }>;
  };
  /** Takes a right on a target back. */
  RevokeRightRequest: {
    target: Some<{
      type: Plain<Texts>;
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    grantee: Some<{
      type?: Plain<Texts>;
      by?: Plain<Texts>;
      secret?: Plain<Texts>;
      all?: Plain<Flags>;
      _content?: Texts;
    }>;
    right: Some<{
      deny?: Plain<Flags>;
      canDelegate?: Plain<Flags>;
      disinheritSubGroups?: Plain<Flags>;
      subDomain?: Plain<Flags>;
      _content?: Texts;
    }>;
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
        cond?: Some<{
          not?: Plain<Flags>;
          attr: Plain<Texts>;
          op: Plain<Texts>;
          value?: Plain<Texts>;
        }>;
      }>;
      cond?: Some<{
        not?: Plain<Flags>;
        attr: Plain<Texts>;
        op: Plain<Texts>;
        value?: Plain<Texts>;
      }>;
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
    header?: Some<{
      n?: Plain<Texts>;
    }>;
    tz?: Some<{
      id: Plain<Texts>;
      stdoff?: Plain<Numbers>;
    }>;
    cursor?: Some<{
      id?: Plain<Texts>;
      sortVal?: Plain<Texts>;
      endSortVal?: Plain<Texts>;
    }>;
    domain?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
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
    account?: Some<{
      by?: Plain<Texts>;
      _content?: Texts;
    }>;
    id?: Plain<Texts>;
    name?: Plain<Texts>;
  };
}
