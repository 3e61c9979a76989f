// SPDX-License-Identifier: AGPL-3.0-or-later
//! What requests of urn:zimbraAccount take: those members that their handlers look at.

use super::shapes::{ACE, SIGNATURE};
use super::{CONTENT, Request, flag, int, many, need, one, request, text, texts};

pub const REQUESTS: &[Request] = &[
    request(
        "AuthRequest",
        "Logs in with a password, or shows that a token is good; the answer has a token.",
        &[
            flag("persistAuthTokenCookie"),
            flag("csrfTokenSecured"),
            one("account", &[text("by"), CONTENT]),
            text("password"),
            one("preauth", &[int("timestamp"), int("expires"), CONTENT]),
            one("authToken", &[CONTENT, int("lifetime")]),
            text("virtualHost"),
            one("prefs", &[many("pref", &[text("name"), CONTENT])]),
            one("attrs", &[many("attr", &[text("name"), CONTENT])]),
        ],
    ),
    request(
        "AutoCompleteGalRequest",
        "Entries of the global address list that begin with what is typed.",
        &[flag("needExp"), need(text("name")), text("type"), int("limit")],
    ),
    request(
        "ChangePasswordRequest",
        "Sets another password, by the old one; tokens from before are void.",
        &[
            one("account", &[text("by"), CONTENT]),
            need(text("oldPassword")),
            need(text("password")),
            text("virtualHost"),
        ],
    ),
    request(
        "CheckRightsRequest",
        "Whether the sender has rights on accounts, lists or domains that others gave.",
        &[many("target", &[text("type"), text("by"), text("key"), texts("right")])],
    ),
    request(
        "CreateIdentityRequest",
        "Makes an identity to send mail as.",
        &[need(one("identity", &[many("a", &[need(text("name")), CONTENT]), text("name"), text("id")]))],
    ),
    request("CreateSignatureRequest", "Makes a signature.", &[need(one("signature", SIGNATURE))]),
    request("DeleteIdentityRequest", "Deletes an identity.", &[need(one("identity", &[text("name"), text("id")]))]),
    request("DeleteSignatureRequest", "Deletes a signature.", &[need(one("signature", &[text("name"), text("id")]))]),
    request("DiscoverRightsRequest", "Entries on which others gave the sender these rights.", &[texts("right")]),
    request(
        "EndSessionRequest",
        "Ends a session; with logoff the token, too.",
        &[flag("logoff"), flag("all"), flag("excludeCurrent"), text("sessionId")],
    ),
    request("GetAllLocalesRequest", "Languages of the web client.", &[]),
    request("GetAvailableCsvFormatsRequest", "Formats of CSV that contacts are exported in.", &[]),
    request("GetAvailableLocalesRequest", "Languages of the web client.", &[]),
    request("GetAvailableSkinsRequest", "Themes of the web client.", &[]),
    request(
        "GetDistributionListMembersRequest",
        "Members of a list that the sender may see.",
        &[int("limit"), int("offset"), need(text("dl"))],
    ),
    request("GetIdentitiesRequest", "Identities, the default one first.", &[]),
    request(
        "GetInfoRequest",
        "The account: its name, preferences, attributes, identities, signatures, use of space.",
        &[text("sections")],
    ),
    request(
        "GetPrefsRequest",
        "Preferences, all or those that are named.",
        &[many("pref", &[need(text("name")), CONTENT])],
    ),
    request(
        "GetRightsRequest",
        "Rights that the owner gave others on the account.",
        &[many("ace", &[need(text("right"))])],
    ),
    request(
        "GetShareInfoRequest",
        "Folders of others that are shared with the account.",
        &[
            flag("includeSelf"),
            one("grantee", &[text("type"), text("id"), text("name")]),
            one("owner", &[text("by"), CONTENT]),
        ],
    ),
    request("GetSignaturesRequest", "Signatures.", &[]),
    request("GetVersionInfoRequest", "The server's version.", &[]),
    request("GetWhiteBlackListRequest", "Senders that are always, and never, let through.", &[]),
    request("GrantRightsRequest", "Gives others rights on the account.", &[many("ace", ACE)]),
    request(
        "ModifyIdentityRequest",
        "Changes an identity.",
        &[need(one("identity", &[many("a", &[need(text("name")), CONTENT]), text("name"), text("id")]))],
    ),
    request(
        "ModifyPrefsRequest",
        "Sets preferences; their values are checked.",
        &[many("pref", &[need(text("name")), CONTENT])],
    ),
    request(
        "ModifyPropertiesRequest",
        "Sets properties of zimlets.",
        &[many("prop", &[need(text("zimlet")), need(text("name")), CONTENT])],
    ),
    request("ModifySignatureRequest", "Changes a signature.", &[need(one("signature", SIGNATURE))]),
    request(
        "ModifyWhiteBlackListRequest",
        "Changes who is always, and never, let through.",
        &[
            one("whiteList", &[many("addr", &[text("op"), CONTENT])]),
            one("blackList", &[many("addr", &[text("op"), CONTENT])]),
        ],
    ),
    request("RevokeRightsRequest", "Takes rights on the account back.", &[many("ace", ACE)]),
    request(
        "SearchGalRequest",
        "Searches the global address list.",
        &[text("ref"), text("name"), text("type"), flag("needExp"), text("sortBy"), int("limit"), int("offset")],
    ),
    request(
        "SyncGalRequest",
        "What changed in the global address list since a token.",
        &[text("token"), flag("idOnly"), int("limit")],
    ),
];
