// SPDX-License-Identifier: AGPL-3.0-or-later
//! One line a right. Names as Zimbra's, so that grants of scripts and of other servers mean the same here.

use super::TargetType;
use super::right::{Attributes, Class, Right, What};
use std::borrow::Cow;

const A: u16 = TargetType::Account.bit();
const R: u16 = TargetType::CalResource.bit();
const C: u16 = TargetType::Cos.bit();
const L: u16 = TargetType::Dl.bit();
const D: u16 = TargetType::Domain.bit();
const S: u16 = TargetType::Server.bit();
const CONFIG: u16 = TargetType::Config.bit();
const G: u16 = TargetType::Global.bit();
const ENTRIES: u16 = A | R | C | L | D | S | CONFIG;

const fn right(name: &'static str, class: Class, what: What, on: u16, about: &'static str) -> Right {
    Right { name: Cow::Borrowed(name), class, what, on, about }
}
const fn user(name: &'static str, on: u16, about: &'static str) -> Right {
    right(name, Class::User, What::Preset, on, about)
}
const fn may(name: &'static str, on: u16, about: &'static str) -> Right {
    right(name, Class::Admin, What::Preset, on, about)
}
const fn get(name: &'static str, on: u16) -> Right {
    right(name, Class::Admin, What::Get(Attributes::All), on, "read all attributes")
}
const fn set(name: &'static str, on: u16) -> Right {
    right(name, Class::Admin, What::Set(Attributes::All), on, "set and read all attributes")
}
const fn get_some(name: &'static str, on: u16, names: &'static [&'static str]) -> Right {
    right(name, Class::Admin, What::Get(Attributes::These(names)), on, "read some attributes")
}
const fn set_some(name: &'static str, on: u16, names: &'static [&'static str]) -> Right {
    right(name, Class::Admin, What::Set(Attributes::These(names)), on, "set and read some attributes")
}
const fn combo(name: &'static str, rights: &'static [&'static str], about: &'static str) -> Right {
    right(name, Class::Admin, What::Combo(rights), 0, about)
}

const NAMES: &[&str] = &["cn", "sn", "givenName", "displayName", "initials", "description", "zimbraNotes"];
const CONTACT: &[&str] = &[
    "title",
    "o",
    "ou",
    "l",
    "st",
    "street",
    "postalCode",
    "co",
    "company",
    "telephoneNumber",
    "homePhone",
    "mobile",
    "pager",
    "facsimileTelephoneNumber",
    "physicalDeliveryOfficeName",
];
/// What the administrator of a domain may set on a person: nothing that reaches beyond the domain or costs its owner money.
const PERSON: &[&str] = &[
    "cn",
    "sn",
    "givenName",
    "displayName",
    "initials",
    "description",
    "zimbraNotes",
    "title",
    "o",
    "ou",
    "l",
    "st",
    "street",
    "postalCode",
    "co",
    "company",
    "telephoneNumber",
    "homePhone",
    "mobile",
    "pager",
    "facsimileTelephoneNumber",
    "physicalDeliveryOfficeName",
    "zimbraPref*",
    "zimbraSignature*",
    "zimbraAccountStatus",
    "zimbraMailStatus",
    "zimbraHideInGal",
    "zimbraPasswordMustChange",
    "zimbraMailForwardingAddress",
    "zimbraMailCanonicalAddress",
    "zimbraCalRes*",
    "amavisWhitelistSender",
    "amavisBlacklistSender",
    "zimbraCOSId",
];
const LIST: &[&str] = &[
    "cn",
    "sn",
    "givenName",
    "displayName",
    "description",
    "zimbraNotes",
    "zimbraHideInGal",
    "zimbraMailStatus",
    "zimbraDistributionListSendShareMessageToNewMembers",
    "zimbraDistributionListSubscriptionPolicy",
    "zimbraPrefReplyTo*",
];
const DOMAIN: &[&str] = &["description", "zimbraNotes", "zimbraGal*", "amavisWhitelistSender", "amavisBlacklistSender"];
const QUOTA: &[&str] = &["zimbraMailQuota"];
const PASSWORDS: &[&str] =
    &["zimbraPasswordM*", "zimbraPasswordLocked", "zimbraPasswordEnforceHistory", "zimbraPasswordLockout*"];
const CONSTRAINT: &[&str] = &["zimbraConstraint"];
const UI: &[&str] = &["zimbraAdminConsoleUIComponents"];
const GAL: &[&str] = &["zimbraGal*"];
const AUTH: &[&str] = &["zimbraAuth*"];

pub const RIGHTS: &[Right] = &[
    // what people grant each other
    user("invite", A | R, "put an invitation into the calendar without asking"),
    user("loginAs", A | R, "use the mailbox as its owner"),
    user("sendAs", A | R, "send mail that seems to come from the account"),
    user("sendOnBehalfOf", A | R, "send mail on behalf of the account"),
    user("viewFreeBusy", A | R, "see when the account is free"),
    user("createDistList", D, "make distribution lists in the domain, and own them"),
    user("ownDistList", L, "manage the list"),
    user("sendAsDistList", L, "send mail that seems to come from the list"),
    user("sendOnBehalfOfDistList", L, "send mail on behalf of the list"),
    user("sendToDistList", L, "send mail to the list"),
    user("viewDistList", L, "see who is in the list"),
    // accounts
    may("backupAccount", A | R, "read in which backups the account is"),
    may("restoreAccount", A | R, "bring the account's mail back from a backup"),
    may("addAccountAlias", A, "give the account an alias"),
    may("adminLoginAs", A, "use the mailbox as its owner"),
    may("changeAccountPassword", A, "change the password, by the rules for passwords"),
    may("checkPasswordStrength", A, "try whether a password is good enough"),
    may("deleteAccount", A, "delete the account and its mail"),
    may("getAccountInfo", A, "read id, host and URLs"),
    may("getAccountMembership", A, "read in which lists the account is"),
    may("getAccountShareInfo", A, "read what the account shares"),
    may("getMailboxInfo", A | R, "read id and size of the mailbox"),
    may("listAccount", A, "see the account in lists and searches"),
    may("manageAccountLogger", A | S, "have what happens to an account logged in detail"),
    may("moveAccountMailbox", A, "move the mailbox elsewhere"),
    may("purgeMessages", A | R, "delete what is older than it may become"),
    may("recalculateMailboxCounts", A | R, "have sizes and numbers counted anew"),
    may("reindexMailbox", A, "have the mailbox indexed anew"),
    may("removeAccountAlias", A, "take an alias from the account"),
    may("renameAccount", A, "give the account another name"),
    may("setAccountPassword", A, "set the password"),
    may("viewAccountAdminUI", A, "see the account's page of an administrator"),
    get("getAccount", A),
    set("modifyAccount", A),
    // calendar resources
    may("addCalendarResourceAlias", R, "give the resource an alias"),
    may("adminLoginCalendarResourceAs", R, "use the resource's mailbox"),
    may("changeCalendarResourcePassword", R, "change the password, by the rules for passwords"),
    may("checkCalendarResourcePasswordStrength", R, "try whether a password is good enough"),
    may("deleteCalendarResource", R, "delete the resource"),
    may("getCalendarResourceInfo", R, "read id, host and URLs"),
    may("getCalendarResourceShareInfo", R, "read what the resource shares"),
    may("listCalendarResource", R, "see the resource in lists and searches"),
    may("moveCalendarResourceMailbox", R, "move the mailbox elsewhere"),
    may("purgeCalendarResourceCalendarCache", R, "forget what is remembered of the calendar"),
    may("purgeAccountCalendarCache", A, "forget what is remembered of the calendar"),
    may("reindexCalendarResourceMailbox", R, "have the mailbox indexed anew"),
    may("removeCalendarResourceAlias", R, "take an alias from the resource"),
    may("renameCalendarResource", R, "give the resource another name"),
    may("setCalendarResourcePassword", R, "set the password"),
    may("viewCalendarResourceAdminUI", R, "see the resource's page of an administrator"),
    get("getCalendarResource", R),
    set("modifyCalendarResource", R),
    // classes of service
    may("assignCos", C, "give accounts this class of service"),
    may("createCos", G, "make a class of service"),
    may("deleteCos", C, "delete the class of service"),
    may("listCos", C, "see the class of service in lists and searches"),
    may("manageZimlet", C, "say which zimlets the class has"),
    may("renameCos", C, "give the class of service another name"),
    get("getCos", C),
    set("modifyCos", C),
    // distribution lists
    may("addDistributionListAlias", L, "give the list an alias"),
    may("addDistributionListMember", L, "put somebody into the list"),
    may("deleteDistributionList", L, "delete the list"),
    may("getDistributionListMembership", L, "read in which lists the list is"),
    may("getDistributionListShareInfo", L, "read what is shared with the list"),
    may("listDistributionList", L, "see the list in lists and searches"),
    may("publishDistributionListShareInfo", L, "say what is shared with the list"),
    may("removeDistributionListAlias", L, "take an alias from the list"),
    may("removeDistributionListMember", L, "take somebody out of the list"),
    may("renameDistributionList", L, "give the list another name"),
    may("viewDistributionListAdminUI", L, "see the list's page of an administrator"),
    get("getDistributionList", L),
    set("modifyDistributionList", L),
    // domains
    may("accessGAL", D, "search the domain's address list"),
    may("checkDomainMXRecord", D, "ask the DNS where the domain's mail goes"),
    may("checkExchangeAuth", D, "try the login at an Exchange server"),
    may("checkRight", ENTRIES | G, "ask who may do what"),
    may("countAccount", D, "count the accounts of the domain by class of service"),
    may("createAccount", D, "make an account in the domain"),
    may("createAlias", D, "make an alias in the domain"),
    may("createCalendarResource", D, "make a calendar resource in the domain"),
    may("createDistributionList", D, "make a distribution list in the domain"),
    may("createSubDomain", D, "make a domain below this one"),
    may("createTopDomain", G, "make a domain"),
    may("crossDomainAdmin", D, "administer what is in another domain"),
    may("deleteAlias", D, "take away an alias that is in the domain"),
    may("deleteDomain", D, "delete the domain"),
    may("getDomainQuotaUsage", D, "read how much the accounts of the domain hold"),
    may("listAlias", D, "see aliases of the domain in lists and searches"),
    may("listDomain", D, "see the domain in lists and searches"),
    may("renameDomain", D, "give the domain another name"),
    may("viewDomainAdminUI", D, "see the domain's page of an administrator"),
    get("getDomain", D),
    set("modifyDomain", D),
    // servers, and what holds everywhere
    may("checkDirectoryOnFileSystem", S, "see whether a folder is on the disk"),
    may("checkHealth", S, "ask whether the server works"),
    may("configureBackup", S, "say how backups are made"),
    may("createServer", G, "make the entry of a server"),
    may("deleteServer", S, "delete the entry of a server"),
    may("dumpSessions", S, "see who is connected"),
    may("flushCache", S, "have everything asked for again"),
    may("getAllFreeBusyProviders", S, "read where free and busy times come from"),
    may("getMailboxStats", S, "count mailboxes"),
    may("getServerStats", S, "read figures of the server"),
    may("getServiceStatus", S, "read which services run"),
    may("getSessions", S, "see who is connected"),
    may("listServer", S, "see the server in lists and searches"),
    may("manageMailQueue", S, "see and change the mail queue"),
    may("manageVolume", S, "see and change where messages are kept"),
    may("viewServerAdminUI", S, "see the server's page of an administrator"),
    get("getServer", S),
    set("modifyServer", S),
    get("getGlobalConfig", CONFIG),
    set("modifyGlobalConfig", CONFIG),
    may("viewGlobalAdminUI", CONFIG, "see the page of the global settings"),
    may("manageSystemRetentionPolicy", CONFIG | C, "say for how long mail is kept"),
    may("crossMailboxSearch", G, "search the mailboxes of others"),
    // grants
    may("viewGrants", ENTRIES | G, "see who has rights on it"),
    // attributes
    set_some("configureAdminUI", A | L, UI),
    set_some("configureCosConstraint", C, CONSTRAINT),
    set_some("configureExternalAuth", D, AUTH),
    set_some("configureExternalGAL", D, GAL),
    set_some("configureGlobalConfigConstraint", CONFIG, CONSTRAINT),
    set_some("configurePasswordStrength", A | R | C, PASSWORDS),
    set_some("configureQuota", A | R | C | D, QUOTA),
    get_some("viewAccountNames", A | R | L, NAMES),
    get_some("viewPasswordStrength", A | R | C, PASSWORDS),
    get_some("viewQuota", A | R | C | D, QUOTA),
    set_some("modifyAccountContact", A | R, CONTACT),
    set_some("modifyAccountNames", A | R | L, NAMES),
    set_some("setDomainAdminAccountAndCalendarResourceAttrs", A | R, PERSON),
    set_some("setDomainAdminDistributionListAttrs", L, LIST),
    set_some("setDomainAdminDomainAttrs", D, DOMAIN),
    // bundles: the administrator of a domain
    combo(
        "domainAdminAccountRights",
        &[
            "addAccountAlias",
            "changeAccountPassword",
            "checkPasswordStrength",
            "createAccount",
            "deleteAccount",
            "getAccount",
            "getAccountInfo",
            "getAccountMembership",
            "getAccountShareInfo",
            "getMailboxInfo",
            "listAccount",
            "purgeMessages",
            "recalculateMailboxCounts",
            "reindexMailbox",
            "removeAccountAlias",
            "renameAccount",
            "setAccountPassword",
            "setDomainAdminAccountAndCalendarResourceAttrs",
            "viewAccountAdminUI",
        ],
        "what the administrator of a domain may do with accounts",
    ),
    combo(
        "domainAdminCalendarResourceRights",
        &[
            "addCalendarResourceAlias",
            "changeCalendarResourcePassword",
            "checkCalendarResourcePasswordStrength",
            "createCalendarResource",
            "deleteCalendarResource",
            "getCalendarResource",
            "getCalendarResourceInfo",
            "getCalendarResourceShareInfo",
            "listCalendarResource",
            "reindexCalendarResourceMailbox",
            "removeCalendarResourceAlias",
            "renameCalendarResource",
            "setCalendarResourcePassword",
            "setDomainAdminAccountAndCalendarResourceAttrs",
            "viewCalendarResourceAdminUI",
        ],
        "what the administrator of a domain may do with calendar resources",
    ),
    combo(
        "domainAdminDistributionListRights",
        &[
            "addDistributionListAlias",
            "addDistributionListMember",
            "createDistributionList",
            "deleteDistributionList",
            "getDistributionList",
            "getDistributionListMembership",
            "getDistributionListShareInfo",
            "listDistributionList",
            "publishDistributionListShareInfo",
            "removeDistributionListAlias",
            "removeDistributionListMember",
            "renameDistributionList",
            "setDomainAdminDistributionListAttrs",
            "viewDistributionListAdminUI",
        ],
        "what the administrator of a domain may do with distribution lists",
    ),
    combo(
        "domainAdminDomainRights",
        &[
            "accessGAL",
            "checkDomainMXRecord",
            "countAccount",
            "createAlias",
            "deleteAlias",
            "getDomain",
            "getDomainQuotaUsage",
            "listAlias",
            "listDomain",
            "setDomainAdminDomainAttrs",
            "viewDomainAdminUI",
        ],
        "what the administrator of a domain may do with the domain itself",
    ),
    combo("domainAdminCosRights", &["assignCos", "getCos", "listCos"], "use a class of service for accounts"),
    combo("domainAdminZimletRights", &["manageZimlet"], "say which zimlets people have"),
    combo(
        "domainAdminRights",
        &[
            "adminLoginAs",
            "adminLoginCalendarResourceAs",
            "domainAdminAccountRights",
            "domainAdminCalendarResourceRights",
            "domainAdminDistributionListRights",
            "domainAdminDomainRights",
        ],
        "everything that the administrator of a domain needs there",
    ),
    combo("domainAdminConsoleRights", &["domainAdminRights", "domainAdminConsoleViewRights"], "the same, by web page"),
    combo(
        "domainAdminConsoleViewRights",
        &["viewAccountAdminUI", "viewCalendarResourceAdminUI", "viewDistributionListAdminUI", "viewDomainAdminUI"],
        "see the pages of a domain's administrator",
    ),
    // bundles: parts of the web pages of administrators
    combo(
        "adminConsoleAccountRights",
        &[
            "addAccountAlias",
            "adminLoginAs",
            "assignCos",
            "configurePasswordStrength",
            "configureQuota",
            "createAccount",
            "deleteAccount",
            "getAccount",
            "getAccountInfo",
            "getAccountMembership",
            "getCos",
            "getMailboxInfo",
            "listAccount",
            "listCos",
            "listDomain",
            "modifyAccount",
            "reindexMailbox",
            "removeAccountAlias",
            "renameAccount",
            "setAccountPassword",
            "viewAccountAdminUI",
        ],
        "manage accounts",
    ),
    combo(
        "adminConsoleAliasRights",
        &["addAccountAlias", "createAlias", "deleteAlias", "listAlias", "listDomain", "removeAccountAlias"],
        "manage aliases",
    ),
    combo(
        "adminConsoleResourceRights",
        &[
            "createCalendarResource",
            "deleteCalendarResource",
            "getCalendarResource",
            "listCalendarResource",
            "listDomain",
            "modifyCalendarResource",
            "renameCalendarResource",
            "setCalendarResourcePassword",
            "viewCalendarResourceAdminUI",
        ],
        "manage calendar resources",
    ),
    combo(
        "adminConsoleDLRights",
        &["domainAdminDistributionListRights", "listDomain", "modifyDistributionList"],
        "manage distribution lists",
    ),
    combo(
        "adminConsoleCOSRights",
        &["configureCosConstraint", "createCos", "deleteCos", "getCos", "listCos", "modifyCos", "renameCos"],
        "manage classes of service",
    ),
    combo(
        "adminConsoleDomainRights",
        &[
            "checkDomainMXRecord",
            "configureExternalAuth",
            "configureExternalGAL",
            "countAccount",
            "createTopDomain",
            "deleteDomain",
            "getDomain",
            "listDomain",
            "modifyDomain",
            "viewDomainAdminUI",
        ],
        "manage domains",
    ),
    combo(
        "adminConsoleServerRights",
        &["flushCache", "getServer", "listServer", "manageVolume", "modifyServer", "viewServerAdminUI"],
        "manage servers",
    ),
    combo(
        "adminConsoleGlobalRights",
        &["configureGlobalConfigConstraint", "getGlobalConfig", "modifyGlobalConfig", "viewGlobalAdminUI"],
        "manage what holds everywhere",
    ),
    combo("adminConsoleServerStatusRights", &["getServiceStatus", "listServer"], "see which services run"),
    combo("adminConsoleServerStatisticRights", &["getServerStats", "listServer"], "see figures of servers"),
    combo("adminConsoleMailQueueRights", &["listServer", "manageMailQueue"], "see and change mail queues"),
    combo("adminConsoleAccountsContactTabRights", &["modifyAccountContact"], "addresses and telephones of a person"),
    combo("adminConsoleAccountsZimletsTabRights", &["manageZimlet"], "zimlets of a person"),
    combo(
        "adminConsoleRights",
        &[
            "adminConsoleAccountRights",
            "adminConsoleAliasRights",
            "adminConsoleResourceRights",
            "adminConsoleDLRights",
            "adminConsoleCOSRights",
            "adminConsoleDomainRights",
            "adminConsoleServerRights",
            "adminConsoleGlobalRights",
            "adminConsoleServerStatusRights",
            "adminConsoleServerStatisticRights",
            "adminConsoleMailQueueRights",
        ],
        "everything on the web pages of administrators",
    ),
];
