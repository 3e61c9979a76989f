// SPDX-License-Identifier: AGPL-3.0-or-later
//! What several requests have in common.

use super::{CONTENT, Member, flag, int, joined, many, need, one, text, texts};

pub const SIGNATURE: &[Member] = &[text("id"), text("name"), many("content", &[text("type"), CONTENT]), text("cid")];
pub const ACE: &[Member] = &[text("zid"), need(text("gt")), need(text("right")), text("d"), text("key"), flag("deny")];
pub const POLICIES: &[Member] = &[many("policy", &[text("type"), text("id"), text("name"), text("lifetime")])];
pub const ACTION: &[Member] = &[
    text("id"),
    need(text("op")),
    text("tcon"),
    text("tag"),
    text("l"),
    text("name"),
    text("f"),
    text("t"),
    text("tn"),
];
const SOURCE: [Member; 20] = [
    text("id"),
    text("name"),
    text("l"),
    flag("isEnabled"),
    flag("importOnly"),
    text("host"),
    int("port"),
    text("connectionType"),
    text("username"),
    text("password"),
    text("pollingInterval"),
    text("emailAddress"),
    flag("useAddressForForwardReply"),
    text("defaultSignature"),
    text("forwardReplySignature"),
    text("fromDisplay"),
    text("replyToAddress"),
    text("replyToDisplay"),
    text("importClass"),
    texts("a"),
];
pub const IMAP: &[Member] = &SOURCE;
pub const POP3: &[Member] = &joined::<20, 1, 21>(SOURCE, [flag("leaveOnServer")]);
pub const ADD: &[Member] = &[many("a", &[text("name"), text("id"), text("token"), text("types")])];
pub const ATTACH: &[Member] = &[
    text("aid"),
    many("mp", &[text("mid"), text("part")]),
    many("m", &[text("id")]),
    many("cn", &[text("id")]),
    many("doc", &[text("id")]),
];
pub const VOLUME: &[Member] =
    &[text("id"), need(text("name")), need(text("rootpath")), int("type"), flag("compressBlobs"), flag("current")];
pub const RIGHT: &[Member] =
    &[flag("deny"), flag("canDelegate"), flag("disinheritSubGroups"), flag("subDomain"), CONTENT];
pub const RETENTION_POLICY: &[Member] = &[
    one("cos", &[text("by"), CONTENT]),
    need(one("policy", &[text("type"), text("id"), text("name"), text("lifetime")])),
];
pub const GRANT_RIGHT: &[Member] = &[
    need(one("target", &[need(text("type")), text("by"), CONTENT])),
    need(one("grantee", &[text("type"), text("by"), text("secret"), flag("all"), CONTENT])),
    need(one("right", RIGHT)),
];
pub const PART: &[Member] = &[text("ct"), text("content"), text("ci"), many("mp", &[]), one("attach", ATTACH)];
pub const META: &[Member] = &[need(text("section")), many("a", &[need(text("n")), CONTENT])];
pub const SELECTOR: &[Member] = &[text("by"), CONTENT];
pub const QUEUED: &[Member] =
    &[int("offset"), int("limit"), many("field", &[need(text("name")), many("match", &[need(text("value"))])])];
pub const SEARCH: [Member; 17] = [
    text("query"),
    flag("inDumpster"),
    text("types"),
    text("groupBy"),
    text("sortBy"),
    text("fetch"),
    flag("read"),
    int("max"),
    flag("html"),
    flag("neuter"),
    text("recip"),
    text("resultMode"),
    int("limit"),
    int("offset"),
    many("header", &[text("n")]),
    one("tz", &[need(text("id")), int("stdoff")]),
    one("cursor", &[text("id"), text("sortVal"), text("endSortVal")]),
];
pub const SEARCH_CONV: &[Member] = &joined::<17, 2, 19>(SEARCH, [need(text("cid")), flag("nest")]);
