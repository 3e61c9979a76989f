// SPDX-License-Identifier: AGPL-3.0-or-later
//! Filter rules: what tests and actions take.

use super::{CONTENT, Member, flag, int, many, need, one, text, texts};

/// Of every test and action: its place, and whether a test is to fail.
const INDEX: Member = int("index");
const NEGATIVE: Member = flag("negative");

const BARE: &[Member] = &[INDEX, NEGATIVE];
const IN_HEADER: &[Member] = &[INDEX, NEGATIVE, text("header")];
const COMPARED: &[Member] = &[
    INDEX,
    NEGATIVE,
    text("header"),
    text("part"),
    text("stringComparison"),
    text("valueComparison"),
    text("valueComparisonComparator"),
    text("countComparison"),
    flag("caseSensitive"),
    text("value"),
];

const TESTS: &[Member] = &[
    text("condition"),
    many("headerTest", COMPARED),
    many("mimeHeaderTest", COMPARED),
    many("addressTest", COMPARED),
    many("envelopeTest", COMPARED),
    many("headerExistsTest", IN_HEADER),
    many("sizeTest", &[INDEX, NEGATIVE, text("numberComparison"), text("s")]),
    many("dateTest", &[INDEX, NEGATIVE, text("dateComparison"), int("d")]),
    many("currentTimeTest", &[INDEX, NEGATIVE, text("dateComparison"), text("time")]),
    many("currentDayOfWeekTest", &[INDEX, NEGATIVE, text("value")]),
    many("bodyTest", &[INDEX, NEGATIVE, flag("caseSensitive"), text("value")]),
    many("attachmentTest", BARE),
    many("inviteTest", BARE),
    many("meTest", IN_HEADER),
    many("addressBookTest", IN_HEADER),
    many("contactRankingTest", IN_HEADER),
    many("conversationTest", &[INDEX, NEGATIVE, text("where")]),
    many("importanceTest", &[INDEX, NEGATIVE, text("imp")]),
    many("flaggedTest", &[INDEX, NEGATIVE, text("flagName")]),
    many("listTest", BARE),
    many("bulkTest", BARE),
    many("trueTest", BARE),
    many("facebookTest", BARE),
    many("linkedinTest", BARE),
    many("twitterTest", BARE),
    many("socialcastTest", BARE),
    many("communityRequestsTest", BARE),
    many("communityContentTest", BARE),
    many("communityConnectionsTest", BARE),
];

const VARIABLES: &[Member] = &[INDEX, many("filterVariable", &[need(text("name")), text("value")])];
const HEADER: &[Member] = &[text("matchType"), text("headerName"), texts("headerValue")];

const ACTIONS: &[Member] = &[
    many("filterVariables", VARIABLES),
    many("actionKeep", &[INDEX]),
    many("actionDiscard", &[INDEX]),
    many("actionStop", &[INDEX]),
    many("actionFileInto", &[INDEX, text("folderPath"), flag("copy")]),
    many("actionFlag", &[INDEX, text("flagName")]),
    many("actionTag", &[INDEX, text("tagName")]),
    many("actionRedirect", &[INDEX, text("a"), flag("copy")]),
    many("actionReply", &[INDEX, one("content", &[CONTENT])]),
    many("actionNotify", &[INDEX, text("a"), text("su"), one("content", &[CONTENT])]),
    many("actionReject", &[INDEX, CONTENT]),
    many("actionEreject", &[INDEX, CONTENT]),
    many("actionLog", &[INDEX, CONTENT]),
    many("actionAddheader", &[INDEX, flag("last"), text("headerName"), text("headerValue")]),
    many("actionDeleteheader", &[INDEX, flag("last"), int("offset"), one("test", HEADER)]),
    many(
        "actionReplaceheader",
        &[INDEX, flag("last"), int("offset"), one("test", HEADER), text("newName"), text("newValue")],
    ),
];

/// A rule in a rule; it may hold another one, which looks alike.
const NESTED: &[Member] = &[
    one("filterVariables", VARIABLES),
    one("filterTests", TESTS),
    one("filterActions", ACTIONS),
    one("nestedRule", &[]),
];

pub const RULE: &[Member] = &[
    need(text("name")),
    flag("active"),
    one("filterVariables", VARIABLES),
    one("filterTests", TESTS),
    one("filterActions", ACTIONS),
    one("nestedRule", NESTED),
];
