// SPDX-License-Identifier: AGPL-3.0-or-later
//! One line an attribute. A number is never changed and never given twice; new ones go on at the end of their group's range.

use super::Syntax::{Bool, Duration, Number, Text, Time, Word};
use super::{Attribute, Syntax, Who};
use crate::entry::Kind;

pub(super) const A: u16 = 1 << Kind::Account as u16 | R;
const R: u16 = 1 << Kind::Resource as u16;
const ALIAS: u16 = 1 << Kind::Alias as u16;
pub(super) const L: u16 = 1 << Kind::List as u16;
pub(super) const D: u16 = 1 << Kind::Domain as u16;
pub(super) const C: u16 = 1 << Kind::Cos as u16;
pub(super) const S: u16 = 1 << Kind::Server as u16;
pub(super) const G: u16 = 1 << Kind::Config as u16;
const I: u16 = 1 << Kind::Identity as u16;
const N: u16 = 1 << Kind::Signature as u16;
const ALL: u16 = A | ALIAS | L | D | C | S | G | I | N;

pub(super) const fn at(number: u16, name: &'static str, syntax: Syntax, on: u16) -> Attribute {
    Attribute {
        number,
        name,
        syntax,
        multi: false,
        on,
        from: 0,
        domain_first: false,
        who: Who::Admin,
        indexed: false,
        secret: false,
        ascii: false,
    }
}

/// Of OpenLDAP's own schemas (core, cosine, inetorgperson).
const fn standard(name: &'static str, on: u16) -> Attribute {
    at(0, name, Text, on).many()
}

impl Attribute {
    pub(super) const fn many(self) -> Attribute {
        Attribute { multi: true, ..self }
    }
    const fn one(self) -> Attribute {
        Attribute { multi: false, ..self }
    }
    /// Where it may stand it may also be inherited from.
    pub(super) const fn from(self, from: u16) -> Attribute {
        Attribute { from, on: self.on | from, ..self }
    }
    const fn domain_first(self) -> Attribute {
        Attribute { domain_first: true, ..self }
    }
    const fn system(self) -> Attribute {
        Attribute { who: Who::System, ..self }
    }
    pub(super) const fn owner(self) -> Attribute {
        Attribute { who: Who::Owner, ..self }
    }
    const fn indexed(self) -> Attribute {
        Attribute { indexed: true, ..self }
    }
    pub(super) const fn secret(self) -> Attribute {
        Attribute { secret: true, ..self }
    }
    const fn ascii(self) -> Attribute {
        Attribute { ascii: true, ..self }
    }
}

const STATUS: Syntax = Word(&["active", "locked", "closed", "maintenance", "lockout", "pending"]);
const DOMAIN_STATUS: Syntax = Word(&["active", "locked", "closed", "maintenance", "suspended", "shutdown"]);
const ENABLED: Syntax = Word(&["enabled", "disabled"]);
const MECHANISM: Syntax = Word(&["zimbra", "ldap", "ad"]);
const GAL_MODE: Syntax = Word(&["zimbra", "ldap", "both"]);

pub const ATTRIBUTES: &[Attribute] = &[
    // who an entry is
    at(2, "zimbraId", Text, ALL).system().indexed(),
    at(3, "zimbraCreateTimestamp", Time, ALL).system(),
    at(4, "zimbraNotes", Text, ALL).many(),
    at(5, "zimbraMailDeliveryAddress", Text, A).system().indexed(),
    at(6, "zimbraMailAlias", Text, A | L).many().system().indexed(),
    at(7, "zimbraAliasTargetId", Text, ALIAS).system().indexed(),
    at(8, "zimbraMailStatus", ENABLED, A | L),
    at(9, "zimbraHideInGal", Bool, A | L | ALIAS),
    standard("uid", A | L | ALIAS).one().indexed().system(),
    standard("mail", A | L | D).ascii().system(),
    standard("userPassword", A | S).one().secret().system(),
    standard("cn", ALL).indexed().owner(),
    standard("sn", A | L).indexed().owner(),
    standard("givenName", A | L).indexed().owner(),
    standard("displayName", A | L).one().indexed().owner(),
    standard("description", ALL),
    standard("initials", A),
    standard("title", A),
    standard("o", A | D),
    standard("ou", A),
    standard("l", A),
    standard("st", A),
    standard("street", A),
    standard("postalCode", A),
    standard("co", A),
    // accounts
    at(20, "zimbraAccountStatus", STATUS, A),
    at(21, "zimbraIsAdminAccount", Bool, A),
    at(22, "zimbraCOSId", Text, A).indexed(),
    at(23, "zimbraMailHost", Text, A | L),
    at(24, "zimbraMailTransport", Text, A | D | L),
    at(25, "zimbraMailQuota", Number, A).from(C | D | G),
    at(26, "zimbraAllowFromAddress", Text, A).many(),
    at(27, "zimbraAllowAnyFromAddress", Bool, A).from(C),
    at(28, "zimbraMailForwardingAddress", Text, A | L).many().indexed(),
    at(29, "zimbraMailCanonicalAddress", Text, A),
    at(30, "zimbraMailCatchAllAddress", Text, A | D).many().indexed(),
    at(31, "zimbraAuthTokenValidityValue", Number, A).system(),
    at(32, "posthouseRevokedToken", Text, A).many().system(),
    at(33, "zimbraAuthTokenLifetime", Duration, A).from(C | D | G),
    at(34, "zimbraAdminAuthTokenLifetime", Duration, A).from(C | D | G),
    at(35, "zimbraLastLogonTimestamp", Time, A).system(),
    at(36, "zimbraIsSystemAccount", Bool, A),
    at(37, "zimbraIsSystemResource", Bool, A),
    at(38, "zimbraForeignPrincipal", Text, A).many().indexed(),
    at(39, "zimbraAuthLdapExternalDn", Text, A),
    // passwords
    at(50, "zimbraPasswordMustChange", Bool, A),
    at(51, "zimbraPasswordModifiedTime", Time, A),
    at(52, "zimbraPasswordMinLength", Number, A).from(C | D | G),
    at(53, "zimbraPasswordMaxLength", Number, A).from(C | D | G),
    at(54, "zimbraPasswordMinUpperCaseChars", Number, A).from(C | D | G),
    at(55, "zimbraPasswordMinLowerCaseChars", Number, A).from(C | D | G),
    at(56, "zimbraPasswordMinNumericChars", Number, A).from(C | D | G),
    at(57, "zimbraPasswordMinPunctuationChars", Number, A).from(C | D | G),
    at(58, "zimbraPasswordMaxAge", Number, A).from(C | D | G),
    at(59, "zimbraPasswordLocked", Bool, A).from(C | D | G),
    at(60, "zimbraPasswordEnforceHistory", Number, A).from(C | D | G),
    at(61, "zimbraPasswordHistory", Text, A).many().secret().system(),
    at(62, "zimbraPasswordLockoutEnabled", Bool, A).from(C | D | G),
    at(63, "zimbraPasswordLockoutMaxFailures", Number, A).from(C | D | G),
    at(64, "zimbraPasswordLockoutDuration", Duration, A).from(C | D | G),
    at(65, "zimbraPasswordLockoutFailureLifetime", Duration, A).from(C | D | G),
    at(66, "zimbraPasswordLockoutLockedTime", Time, A).system(),
    // what an account may do
    at(80, "zimbraFeatureMailEnabled", Bool, A).from(C),
    at(81, "zimbraFeatureContactsEnabled", Bool, A).from(C),
    at(82, "zimbraFeatureCalendarEnabled", Bool, A).from(C),
    at(83, "zimbraFeatureTasksEnabled", Bool, A).from(C),
    at(84, "zimbraFeatureBriefcasesEnabled", Bool, A).from(C),
    at(85, "zimbraFeatureGalEnabled", Bool, A).from(C),
    at(86, "zimbraFeatureChangePasswordEnabled", Bool, A).from(C),
    at(87, "zimbraFeatureSharingEnabled", Bool, A).from(C),
    at(88, "zimbraFeatureSignaturesEnabled", Bool, A).from(C),
    at(89, "zimbraFeatureIdentitiesEnabled", Bool, A).from(C),
    at(90, "zimbraImapEnabled", Bool, A).from(C),
    at(91, "zimbraPop3Enabled", Bool, A).from(C),
    at(92, "zimbraIdentityMaxNumEntries", Number, A).from(C),
    at(93, "zimbraSignatureMaxNumEntries", Number, A).from(C),
    at(94, "zimbraMailTrashLifetime", Duration, A).from(C),
    at(95, "zimbraMailSpamLifetime", Duration, A).from(C),
    at(96, "zimbraMailMessageLifetime", Duration, A).from(C),
    at(97, "zimbraContactMaxNumEntries", Number, A).from(C),
    at(98, "zimbraAttachmentsBlocked", Bool, A).from(C | G),
    at(575, "zimbraAttachmentsViewInHtmlOnly", Bool, A).from(C | G),
    at(574, "zimbraAttachmentsIndexingEnabled", Bool, A).from(C),
    at(99, "zimbraFileUploadMaxSize", Number, G | S),
    at(100, "zimbraDumpsterEnabled", Bool, A).from(C),
    at(101, "zimbraDumpsterPurgeEnabled", Bool, A).from(C),
    at(102, "zimbraDumpsterUserVisibleAge", Duration, A).from(C),
    at(103, "zimbraMailDumpsterLifetime", Duration, A).from(C),
    // preferences: what the owner chooses, with defaults by class of service
    at(120, "zimbraPrefLocale", Text, A).from(C | D | G).owner(),
    at(121, "zimbraPrefTimeZoneId", Text, A).from(C).owner(),
    at(122, "zimbraPrefSkin", Text, A).from(C).owner(),
    at(123, "zimbraPrefFromDisplay", Text, A | I).owner(),
    at(124, "zimbraPrefFromAddress", Text, A | I).owner(),
    at(125, "zimbraPrefReplyToEnabled", Bool, A | I).owner(),
    at(126, "zimbraPrefReplyToAddress", Text, A | I).owner(),
    at(127, "zimbraPrefReplyToDisplay", Text, A | I).owner(),
    at(128, "zimbraPrefDefaultSignatureId", Text, A | I).owner(),
    at(129, "zimbraPrefForwardReplySignatureId", Text, A | I).owner(),
    at(130, "zimbraPrefIncludeSpamInSearch", Bool, A).from(C).owner(),
    at(131, "zimbraPrefIncludeTrashInSearch", Bool, A).from(C).owner(),
    at(132, "zimbraPrefMailForwardingAddress", Text, A).owner(),
    at(133, "zimbraPrefMailLocalDeliveryDisabled", Bool, A).owner(),
    at(134, "zimbraPrefWhenSentToEnabled", Bool, I).owner(),
    at(135, "zimbraPrefWhenSentToAddresses", Text, I).many().owner(),
    at(136, "zimbraPrefIdentityName", Text, A | I).system(),
    at(137, "zimbraPrefIdentityId", Text, A | I).system(),
    at(138, "zimbraSignatureName", Text, A | N).system(),
    at(139, "zimbraSignatureId", Text, A | N).system(),
    at(140, "zimbraPrefMailSignature", Text, A | N).owner(),
    at(141, "zimbraPrefMailSignatureHTML", Text, A | N).owner(),
    at(142, "zimbraPrefFromAddressType", Word(&["sendAs", "sendOnBehalfOf"]), A | I).owner(),
    at(143, "zimbraPrefImapSearchFoldersEnabled", Bool, A).from(C).owner(),
    at(144, "zimbraPrefPop3DeleteOption", Word(&["delete", "trash", "read", "keep"]), A).from(C).owner(),
    at(145, "zimbraPrefPop3DownloadSince", Time, A).owner(),
    at(146, "zimbraPrefInboxReadLifetime", Duration, A).from(C).owner(),
    at(147, "zimbraPrefInboxUnreadLifetime", Duration, A).from(C).owner(),
    at(148, "zimbraPrefSentLifetime", Duration, A).from(C).owner(),
    at(149, "zimbraPrefTrashLifetime", Duration, A).from(C).owner(),
    at(150, "zimbraPrefJunkLifetime", Duration, A).from(C).owner(),
    // calendar resources
    at(160, "zimbraCalResType", Word(&["Location", "Equipment"]), R),
    at(161, "zimbraCalResAutoAcceptDecline", Bool, R),
    at(162, "zimbraCalResAutoDeclineIfBusy", Bool, R),
    at(163, "zimbraCalResAutoDeclineRecurring", Bool, R),
    at(164, "zimbraCalResMaxNumConflictsAllowed", Number, R),
    at(165, "zimbraCalResMaxPercentConflictsAllowed", Number, R),
    at(166, "zimbraCalResLocationDisplayName", Text, R),
    at(167, "zimbraCalResSite", Text, R),
    at(168, "zimbraCalResBuilding", Text, R),
    at(169, "zimbraCalResFloor", Text, R),
    at(170, "zimbraCalResRoom", Text, R),
    at(171, "zimbraCalResCapacity", Number, R),
    at(172, "zimbraCalResContactName", Text, R),
    at(173, "zimbraCalResContactEmail", Text, R),
    at(174, "zimbraCalResContactPhone", Text, R),
    // lists
    at(180, "zimbraDistributionListSendShareMessageToNewMembers", Bool, L),
    at(181, "zimbraDistributionListSubscriptionPolicy", Word(&["ACCEPT", "APPROVAL", "REJECT"]), L),
    // domains
    at(200, "zimbraDomainName", Text, D).system().indexed(),
    at(201, "zimbraDomainType", Word(&["local", "alias"]), D).system(),
    at(202, "zimbraDomainAliasTargetId", Text, D).system().indexed(),
    at(203, "zimbraDomainStatus", DOMAIN_STATUS, D),
    at(204, "zimbraDomainDefaultCOSId", Text, D),
    at(205, "zimbraMailCatchAllForwardingAddress", Text, D).many(),
    at(206, "zimbraPublicServiceHostname", Text, D).from(G),
    at(207, "zimbraPublicServicePort", Number, D).from(G),
    at(208, "zimbraPublicServiceProtocol", Word(&["http", "https"]), D).from(G),
    at(209, "zimbraVirtualHostname", Text, D).many().indexed(),
    at(210, "zimbraAuthMech", MECHANISM, D).from(G),
    at(211, "zimbraAuthFallbackToLocal", Bool, D).from(G),
    at(212, "zimbraAuthLdapURL", Text, D).many(),
    at(213, "zimbraAuthLdapStartTlsEnabled", Bool, D),
    at(214, "zimbraAuthLdapBindDn", Text, D),
    at(215, "zimbraAuthLdapSearchBase", Text, D),
    at(216, "zimbraAuthLdapSearchFilter", Text, D),
    at(217, "zimbraAuthLdapSearchBindDn", Text, D),
    at(218, "zimbraAuthLdapSearchBindPassword", Text, D).secret(),
    at(219, "zimbraPreAuthKey", Text, D),
    at(230, "zimbraGalMode", GAL_MODE, D).from(G),
    at(231, "zimbraGalMaxResults", Number, D).from(G),
    at(232, "zimbraGalLdapURL", Text, D).many(),
    at(233, "zimbraGalLdapStartTlsEnabled", Bool, D),
    at(234, "zimbraGalLdapSearchBase", Text, D),
    at(235, "zimbraGalLdapFilter", Text, D),
    at(236, "zimbraGalLdapBindDn", Text, D),
    at(237, "zimbraGalLdapBindPassword", Text, D).secret(),
    at(238, "zimbraGalInternalSearchBase", Text, D).from(G),
    at(250, "zimbraDomainMaxAccounts", Number, D),
    at(251, "DKIMDomain", Text, D),
    at(252, "DKIMSelector", Text, D),
    at(253, "DKIMKey", Text, D).secret(),
    at(254, "DKIMPublicKey", Text, D),
    at(255, "posthouseRelayHost", Text, D).from(G),
    at(256, "posthouseTlsPolicy", Text, G).many(),
    at(257, "posthouseRelayLogin", Text, D).secret(),
    at(258, "posthouseDKIMPreviousSelector", Text, D),
    at(259, "posthouseDKIMPreviousPublicKey", Text, D),
    // servers and what holds everywhere
    at(280, "zimbraServiceHostname", Text, S),
    at(281, "zimbraServiceInstalled", Text, S).many(),
    at(282, "zimbraServiceEnabled", Text, S).many(),
    at(283, "zimbraSmtpHostname", Text, S | D).many().from(G),
    at(284, "zimbraLmtpBindPort", Number, S).from(G),
    at(285, "zimbraDefaultDomainName", Text, G),
    at(286, "zimbraMtaMyNetworks", Text, S).many().from(G),
    at(287, "zimbraMtaMaxMessageSize", Number, S).from(G),
    at(288, "zimbraMtaRelayHost", Text, S).many().from(G),
    at(289, "zimbraMtaRestriction", Text, S).many().from(G),
    at(290, "zimbraMtaBlockedExtension", Text, A).many().from(C | D | G),
    at(291, "zimbraMtaTlsSecurityLevel", Word(&["may", "none"]), S).from(G),
    at(292, "zimbraSpamKillPercent", Number, G),
    at(293, "zimbraSpamTagPercent", Number, G),
    at(294, "zimbraSpamSubjectTag", Text, G),
    at(295, "zimbraVirusWarnRecipient", Bool, G),
    at(296, "zimbraVirusDefinitionsUpdateFrequency", Duration, G),
    at(297, "zimbraAmavisQuarantineAccount", Text, G),
    at(298, "zimbraSpamIsSpamAccount", Text, G),
    at(299, "zimbraSpamIsNotSpamAccount", Text, G),
    at(300, "posthouseSecret", Text, G).many().secret().system(),
    at(301, "zimbraMtaAuthEnabled", Bool, S).from(G),
    at(302, "zimbraSshPublicKey", Text, S),
    at(303, "zimbraMtaDnsLookupsEnabled", Bool, S).from(G),
    at(304, "zimbraMtaSmtpdMilters", Text, S).many().from(G),
    at(305, "zimbraMtaSmtpTlsSecurityLevel", Word(&["may", "encrypt", "none"]), S).from(G),
    at(306, "zimbraMtaPostscreenAccessList", Text, S).many().from(G),
    at(307, "posthouseDataSourceTrustedHost", Text, G).many(),
    // who may do what
    at(400, "zimbraIsDelegatedAdminAccount", Bool, A),
    at(401, "zimbraIsDomainAdminAccount", Bool, A),
    at(402, "zimbraIsAdminGroup", Bool, L),
    at(403, "zimbraACE", Text, A | L | D | C | S | G).many().system(),
    at(404, "posthouseGlobalACE", Text, G).many().system(),
    at(405, "zimbraConstraint", Text, C | G).many(),
    at(406, "zimbraAdminConsoleUIComponents", Text, A | L).many(),
    at(407, "zimbraAdminSavedSearches", Text, A).many(),
    at(408, "zimbraDomainCOSMaxAccounts", Text, D).many(),
    at(409, "zimbraMailPurgeSystemPolicy", Text, C | G).system(),
    at(410, "zimbraPrimaryEmailChangeHistory", Text, A).many(),
    // which mail goes to secondary volumes
    at(411, "zimbraHsmPolicy", Text, A).many().from(C | G),
    at(440, "posthouseDeletedAccountLifetime", Duration, A).from(C | D | G),
    // filters, in Zimbra's dialect of Sieve: the owner's, and those of administrators before and after it
    at(860, "zimbraMailSieveScript", Text, A),
    at(861, "zimbraMailOutgoingSieveScript", Text, A),
    at(862, "zimbraAdminSieveScriptBefore", Text, A).from(C | D | S | G).domain_first(),
    at(863, "zimbraAdminSieveScriptAfter", Text, A).from(C | D | S | G).domain_first(),
    at(864, "zimbraAdminOutgoingSieveScriptBefore", Text, A).from(C | D | S | G).domain_first(),
    at(865, "zimbraAdminOutgoingSieveScriptAfter", Text, A).from(C | D | S | G).domain_first(),
    // what an account, or everybody in a domain, lets in and keeps out
    at(320, "amavisWhitelistSender", Text, A | D).many().owner(),
    at(321, "amavisBlacklistSender", Text, A | D).many().owner(),
];
