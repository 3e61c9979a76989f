// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { rules_come_back refusals applied every_kind_compiles }

fn test(name: &str, attrs: &[(&str, &str)]) -> Element {
    attrs.iter().fold(Element::new(name), |test, (name, value)| test.attr(name, *value))
}

fn rule(name: &str, tests: Vec<Element>, actions: Vec<Element>) -> Element {
    let tests = tests.into_iter().fold(Element::new("filterTests").attr("condition", "allof"), Element::child);
    let actions = actions.into_iter().fold(Element::new("filterActions"), Element::child);
    Element::new("filterRule").attr("name", name).attr("active", true).unique(tests).unique(actions)
}

fn modify(rules: Vec<Element>) -> Element {
    mail("ModifyFilterRulesRequest").unique(rules.into_iter().fold(Element::new("filterRules"), Element::child))
}

fn subject(value: &str) -> Element {
    test("headerTest", &[("header", "Subject"), ("stringComparison", "contains"), ("value", value)])
}

async fn rules_come_back(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    assert!(client.ok(mail("GetFilterRulesRequest")).await.first("filterRules").children.is_empty());
    let quoted = "say \"hi\" \\ there\n# rule {}";
    let rules = vec![
        rule(
            "one",
            vec![subject(quoted)],
            vec![test("actionFileInto", &[("folderPath", "/Work/New")]), Element::new("actionStop")],
        ),
        rule(
            "two",
            vec![Element::new("trueTest").attr("negative", true)],
            vec![test("actionTag", &[("tagName", "to do")])],
        ),
    ];
    client.ok(modify(rules)).await;
    let reply = client.ok(mail("GetFilterRulesRequest")).await;
    let rules: Vec<&Element> = reply.first("filterRules").named("filterRule").collect();
    assert_eq!(rules.iter().map(|rule| rule.get("name").unwrap()).collect::<Vec<_>>(), ["one", "two"]);
    let test = rules[0].first("filterTests").unwrap().first("headerTest").unwrap();
    assert_eq!((test.get("value").as_deref(), test.get("index").as_deref()), (Some(quoted), Some("0")));
    let stop = rules[0].first("filterActions").unwrap().first("actionStop").unwrap();
    assert_eq!(stop.get("index").as_deref(), Some("1"));
    client.ok(modify(Vec::new())).await;
    assert!(client.ok(mail("GetFilterRulesRequest")).await.first("filterRules").children.is_empty());
}

async fn refusals(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let keep = || vec![Element::new("actionKeep")];
    for bad in [
        rule(" ", vec![subject("x")], keep()),
        rule("a", vec![], keep()),
        rule("a", vec![test("noTest", &[])], keep()),
        rule("a", vec![test("headerTest", &[("value", "x")])], keep()),
        rule("a", vec![test("headerTest", &[("header", "a b:"), ("value", "x")])], keep()),
        rule("a", vec![test("headerTest", &[("header", "a"), ("stringComparison", "like")])], keep()),
        rule("a", vec![test("sizeTest", &[("numberComparison", "over"), ("s", "much")])], keep()),
        rule("a", vec![test("sizeTest", &[("numberComparison", "over"), ("s", "1M; discard")])], keep()),
        rule("a", vec![subject("x")], vec![Element::new("actionFileInto")]),
        rule("a", vec![subject("x")], vec![test("actionRedirect", &[("a", "nobody")])]),
        rule("a", vec![subject("x")], vec![test("actionFlag", &[("flagName", "purple")])]),
        rule("a", vec![subject("x")], vec![Element::new("actionExplode")]),
    ] {
        assert_eq!(client.fault(modify(vec![bad.clone()])).await, "service.INVALID_REQUEST", "{bad:?}");
    }
    let twice = || rule("a", vec![subject("x")], keep());
    assert_eq!(client.fault(modify(vec![twice(), twice()])).await, "service.INVALID_REQUEST");
    assert_eq!(client.fault(mail("ModifyFilterRulesRequest")).await, "service.INVALID_REQUEST");
    let apply = |name: &str| {
        let list = Element::new("filterRules").child(Element::new("filterRule").attr("name", name));
        mail("ApplyFilterRulesRequest").unique(list)
    };
    assert_eq!(client.fault(apply("none").content("query", "in:inbox")).await, "service.INVALID_REQUEST");
    client.ok(modify(vec![twice()])).await;
    assert_eq!(client.fault(apply("a")).await, "service.INVALID_REQUEST");
    let missing = apply("a").unique(Element::new("m").attr("ids", "99999"));
    assert_eq!(client.fault(missing).await, "mail.NO_SUCH_MSG");
}

async fn applied(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for name in ["invoice one", "invoice two", "other"] {
        world.deliver("alice", &message(name, "", "text"));
    }
    let actions = vec![
        test("actionFileInto", &[("folderPath", "Bills/2026")]),
        test("actionFlag", &[("flagName", "flagged")]),
        test("actionTag", &[("tagName", "to pay")]),
    ];
    let mut paused = rule("bills", vec![subject("INVOICE")], actions);
    paused.attrs.retain(|attr| attr.name != "active");
    client.ok(modify(vec![paused.attr("active", false)])).await;
    let list = Element::new("filterRules").child(Element::new("filterRule").attr("name", "bills"));
    let apply = mail("ApplyFilterRulesRequest").unique(list).content("query", "in:inbox");
    let ids = client.ok(apply.clone()).await.first("m").get("ids").unwrap();
    assert_eq!(ids.split(',').count(), 2);
    assert_eq!(client.find("in:bills/2026").await.len(), 2);
    assert_eq!(client.find("tag:\"to pay\" is:flagged").await.len(), 2);
    assert!(client.ok(apply).await.body.first("m").is_none(), "nothing is left to be done");
    let away = rule("away", vec![subject("other")], vec![Element::new("actionDiscard")]);
    client.ok(modify(vec![away])).await;
    let list = Element::new("filterRules").child(Element::new("filterRule").attr("name", "away"));
    client.ok(mail("ApplyFilterRulesRequest").unique(list).content("query", "in:inbox")).await;
    assert!(client.find("in:inbox").await.is_empty());
}

async fn every_kind_compiles(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let header = |name: &str| test(name, &[("header", "From,To")]);
    let tests = vec![
        subject("x").attr("caseSensitive", true),
        test("headerTest", &[("header", "Subject"), ("countComparison", "gt"), ("value", "1")]),
        test(
            "headerTest",
            &[
                ("header", "X"),
                ("valueComparison", "ge"),
                ("valueComparisonComparator", "i;ascii-numeric"),
                ("value", "1"),
            ],
        ),
        test("mimeHeaderTest", &[("header", "Content-Type"), ("stringComparison", "contains"), ("value", "pdf")]),
        test("addressTest", &[("header", "From"), ("part", "domain"), ("stringComparison", "is"), ("value", "x.test")]),
        test("envelopeTest", &[("header", "from"), ("part", "all"), ("stringComparison", "matches"), ("value", "*@x")]),
        header("headerExistsTest"),
        test("sizeTest", &[("numberComparison", "over"), ("s", "10K")]),
        test("dateTest", &[("dateComparison", "before"), ("d", "1795176000")]),
        test("currentDayOfWeekTest", &[("value", "0,6")]),
        test("currentTimeTest", &[("dateComparison", "after"), ("time", "1830")]),
        test("bodyTest", &[("value", "words")]),
        Element::new("attachmentTest"),
        Element::new("inviteTest"),
        header("meTest"),
        header("addressBookTest"),
        header("contactRankingTest"),
        test("importanceTest", &[("imp", "high")]),
        test("flaggedTest", &[("flagName", "flagged")]),
        Element::new("listTest"),
        Element::new("bulkTest"),
        test("conversationTest", &[("where", "participated")]),
        Element::new("trueTest"),
    ];
    let content = |text: &str| Element::new("content").text(text);
    let actions = vec![
        Element::new("actionKeep"),
        test("actionFileInto", &[("folderPath", "A"), ("copy", "1")]),
        test("actionFlag", &[("flagName", "read")]),
        test("actionTag", &[("tagName", "t")]),
        test("actionRedirect", &[("a", "bob@example.test"), ("copy", "1")]),
        Element::new("actionReply").child(content("gone")),
        test("actionNotify", &[("a", "bob@example.test"), ("su", "new")]).child(content("there is mail")),
        Element::new("actionLog").text("x"),
        Element::new("actionAddheader").content("headerName", "X-A").content("headerValue", "1"),
        Element::new("actionDeleteheader").unique(Element::new("test").content("headerName", "X-B")),
        Element::new("actionStop"),
    ];
    for each in tests {
        let name = each.name.clone();
        let reply = client.call(modify(vec![rule("r", vec![each], vec![Element::new("actionKeep")])])).await;
        assert_eq!(reply.fault(), None, "{name}: {}", reply.text);
    }
    for each in actions {
        let name = each.name.clone();
        let reply = client.call(modify(vec![rule("r", vec![subject("x")], vec![each])])).await;
        assert_eq!(reply.fault(), None, "{name}: {}", reply.text);
    }
    let reject = Element::new("actionReject").child(content("no"));
    client.ok(modify(vec![rule("r", vec![subject("x")], vec![reject])])).await;
    let nested = Element::new("nestedRule")
        .unique(Element::new("filterTests").attr("condition", "anyof").child(subject("y")))
        .unique(Element::new("filterActions").child(Element::new("actionStop")));
    client.ok(modify(vec![rule("r", vec![subject("x")], vec![]).unique(nested)])).await;
}
