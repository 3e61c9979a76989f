// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! {
    rules_come_back
    refusals
    applied
    every_kind_comes_back
    rules_are_the_script
    rules_of_administrators
    rules_of_administrators_are_no_business_of_others
    mail_that_goes_out
}

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

/// What was sent is in what came, with at least the same attributes.
fn is_within(sent: &Element, came: &Element) -> bool {
    sent.name == came.name
        && sent.attrs.iter().all(|attr| came.get(&attr.name) == sent.get(&attr.name))
        && sent.text_or_empty() == came.text_or_empty()
        && sent.elements().all(|child| came.elements().any(|other| is_within(child, other)))
}

async fn every_kind_comes_back(json: bool) {
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
        test("dateTest", &[("dateComparison", "before"), ("d", "1795132800")]),
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
        Element::new("facebookTest").attr("negative", true),
        Element::new("inviteTest").child(Element::new("method").text("anyrequest")),
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
        Element::new("actionLog").attr("level", "info").text("x"),
        test(
            "actionNotify",
            &[("a", "bob@example.test"), ("su", "s"), ("maxBodySize", "99"), ("origHeaders", "Date,To")],
        )
        .child(content("x")),
        test("actionRFCCompliantNotify", &[("from", "alice@example.test"), ("importance", "1"), ("message", "m")])
            .content("method", "mailto:bob@example.test"),
        Element::new("actionReplaceheader")
            .content("newName", "X-C")
            .content("newValue", "${1}")
            .unique(test("test", &[("matchType", "matches")]).content("headerName", "X-B").content("headerValue", "*")),
        Element::new("actionAddheader").content("headerName", "X-A").content("headerValue", "1"),
        Element::new("actionDeleteheader").unique(Element::new("test").content("headerName", "X-B")),
        Element::new("actionStop"),
    ];
    for each in tests {
        let mut each = each;
        let reply = client.call(modify(vec![rule("r", vec![each.clone()], vec![Element::new("actionKeep")])])).await;
        assert_eq!(reply.fault(), None, "{}: {}", each.name, reply.text);
        let reply = client.ok(mail("GetFilterRulesRequest")).await;
        let rule = reply.first("filterRules").first("filterRule").unwrap().clone();
        // By number, and so the comparator is the one for numbers.
        each.attrs.retain(|attr| attr.name != "index");
        let came = rule.first("filterTests").unwrap().elements().next().unwrap().clone();
        assert!(is_within(&each, &came), "{each:?}\n{came:?}");
    }
    for each in actions {
        let reply = client.call(modify(vec![rule("r", vec![subject("x")], vec![each.clone()])])).await;
        assert_eq!(reply.fault(), None, "{}: {}", each.name, reply.text);
        let reply = client.ok(mail("GetFilterRulesRequest")).await;
        let rule = reply.first("filterRules").first("filterRule").unwrap().clone();
        let came = rule.first("filterActions").unwrap().elements().next().unwrap().clone();
        // A text may be said in two ways.
        let says = |element: &Element| element.get("content").unwrap_or_else(|| element.text_or_empty().to_owned());
        assert!(each.name == came.name && says(&each) == says(&came), "{each:?}\n{came:?}");
        assert!(each.attrs.iter().all(|attr| came.get(&attr.name) == each.get(&attr.name)), "{each:?}\n{came:?}");
    }
    let reject = Element::new("actionReject").child(content("no"));
    client.ok(modify(vec![rule("r", vec![subject("x")], vec![reject])])).await;
    let nested = Element::new("nestedRule")
        .unique(Element::new("filterTests").attr("condition", "anyof").child(subject("y")))
        .unique(Element::new("filterActions").child(Element::new("actionStop")));
    client.ok(modify(vec![rule("r", vec![subject("x")], vec![]).unique(nested)])).await;
}

const SCRIPT: &str = "require [\"fileinto\", \"tag\"];\n\n# Bills & more\nset \"v\" \"x\";\nif allof (not header :contains \
                      [\"subject\"] \"draft\",\n  address :domain :is :comparator \"i;octet\" [\"from\"] \"far.test\") {\n  \
                      fileinto \"/Bills\";\n  set \"w\" \"y\";\n  if anyof (true) { tag \"t\"; stop; }\n}\n# Off\ndisabled_if \
                      anyof (bulk) {\n  discard;\n}\n";

/// The attribute and the rules are the same thing.
async fn rules_are_the_script(json: bool) {
    let world = World::new();
    let (client, root) = (world.login("alice", json).await, world.login_admin(json).await);
    let set = |value: &str| {
        let script = Element::new("a").attr("n", "zimbraMailSieveScript").text(value);
        admin("ModifyAccountRequest").content("id", world.id("alice")).child(script)
    };
    root.ok(set(SCRIPT)).await;
    let reply = client.ok(mail("GetFilterRulesRequest")).await;
    let rules: Vec<&Element> = reply.first("filterRules").named("filterRule").collect();
    assert_eq!(rules.iter().map(|rule| rule.get("name").unwrap()).collect::<Vec<_>>(), ["Bills & more", "Off"]);
    assert_eq!(rules.iter().map(|rule| rule.is("active").unwrap()).collect::<Vec<_>>(), [true, false]);
    let tests = rules[0].first("filterTests").unwrap();
    assert_eq!(tests.get("condition").as_deref(), Some("allof"));
    let (header, from) = (tests.first("headerTest").unwrap(), tests.first("addressTest").unwrap());
    assert!(header.is("negative").unwrap() && from.is("caseSensitive").unwrap());
    assert_eq!((from.get("part").as_deref(), from.get("index").as_deref()), (Some("domain"), Some("1")));
    let nested = rules[0].first("nestedRule").unwrap();
    assert!(nested.first("filterActions").unwrap().first("actionTag").is_some());
    // Saved as they came, they are the same script to the server.
    let again = rules.iter().map(|rule| (*rule).clone()).collect();
    client.ok(modify(again)).await;
    let alice = world.directory.account("alice@example.test").unwrap().unwrap();
    let text = alice.attr("zimbraMailSieveScript").unwrap();
    assert!(text.contains("# Bills & more\n") && text.contains("disabled_if anyof (bulk)"), "{text}");
    let second = client.ok(mail("GetFilterRulesRequest")).await;
    assert_eq!(second.first("filterRules"), reply.first("filterRules"));
    // Not shown among the attributes of a session, and what is broken is told.
    assert!(!client.ok(account("GetInfoRequest")).await.text.contains("SieveScript"));
    root.ok(set("if header {")).await;
    assert_eq!(client.fault(mail("GetFilterRulesRequest")).await, "service.PARSE_ERROR");
    client.ok(modify(Vec::new())).await;
    let stranger = world.login("bob", json).await;
    let theirs = Element::new("account").attr("by", "name").text("alice@example.test");
    let stranger = stranger.with(theirs);
    assert_eq!(stranger.fault(mail("GetFilterRulesRequest")).await, "service.PERM_DENIED");
    assert_eq!(stranger.fault(modify(Vec::new())).await, "service.PERM_DENIED");
    // Not in the name of others, and not what can't run.
    let notify =
        test("actionRFCCompliantNotify", &[("from", "bob@example.test")]).content("method", "mailto:x@far.test");
    assert_eq!(
        client.fault(modify(vec![rule("r", vec![subject("x")], vec![notify])])).await,
        "service.INVALID_REQUEST"
    );
    let actions = vec![Element::new("actionReject").text("no"), test("actionTag", &[("tagName", "t")])];
    assert_eq!(client.fault(modify(vec![rule("r", vec![subject("x")], actions)])).await, "service.PARSE_ERROR");
    let variable = test("filterVariable", &[("name", "a b"), ("value", "x")]);
    let variables = Element::new("filterVariables").child(variable);
    let bad = rule("r", vec![subject("x")], vec![Element::new("actionKeep")]).unique(variables);
    assert_eq!(client.fault(modify(vec![bad])).await, "service.PARSE_ERROR");
}

fn by(name: &str, key: &str) -> Element {
    Element::new(name).attr("by", "name").text(key)
}

fn admin_rules(request: &str, kind: &str, place: Option<Element>, rules: Option<Vec<Element>>) -> Element {
    let request = place.into_iter().fold(admin(request).attr("type", kind), Element::child);
    let list = |rules: Vec<Element>| rules.into_iter().fold(Element::new("filterRules"), Element::child);
    rules.into_iter().map(list).fold(request, Element::unique)
}

async fn rules_of_administrators(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    root.ok(admin("GetAllServersRequest")).await;
    let tag = |name: &str| vec![rule(name, vec![subject("x")], vec![test("actionTag", &[("tagName", name)])])];
    let places = [
        (None, "everywhere"),
        (Some(by("server", "mail.example.test")), "server"),
        (Some(by("cos", "default")), "cos"),
        (Some(by("domain", "example.test")), "domain"),
        (Some(by("account", "alice@example.test")), "account"),
    ];
    let of_alice = |kind| admin_rules("GetFilterRulesRequest", kind, Some(by("account", "alice@example.test")), None);
    for (place, name) in places {
        root.ok(admin_rules("ModifyFilterRulesRequest", "before", place.clone(), Some(tag(name)))).await;
        let reply = root.ok(admin_rules("GetFilterRulesRequest", "before", place, None)).await;
        assert_eq!(reply.body.get("type").as_deref(), Some("before"));
        assert_eq!(reply.first("filterRules").first("filterRule").unwrap().get("name").as_deref(), Some(name));
        // What is nearest counts.
        let reply = root.ok(of_alice("before")).await;
        assert_eq!(reply.first("filterRules").first("filterRule").unwrap().get("name").as_deref(), Some(name));
        assert!(root.ok(of_alice("after")).await.first("filterRules").children.is_empty());
    }
    let out = |kind: &str| admin_rules(kind, "after", Some(by("account", "alice@example.test")), None);
    let set =
        admin_rules("ModifyOutgoingFilterRulesRequest", "after", Some(by("domain", "example.test")), Some(tag("out")));
    root.ok(set).await;
    let reply = root.ok(out("GetOutgoingFilterRulesRequest")).await;
    assert_eq!(reply.first("filterRules").first("filterRule").unwrap().get("name").as_deref(), Some("out"));
    assert!(root.ok(of_alice("after")).await.first("filterRules").children.is_empty());
    for bad in [
        admin_rules("ModifyFilterRulesRequest", "during", None, Some(tag("a"))),
        admin_rules("ModifyFilterRulesRequest", "before", None, None),
        admin_rules("ModifyFilterRulesRequest", "before", None, Some(vec![rule("r", vec![], vec![])])),
    ] {
        assert_eq!(root.fault(bad).await, "service.INVALID_REQUEST");
    }
    let nobody = admin_rules("GetFilterRulesRequest", "before", Some(by("account", "nobody@example.test")), None);
    assert_eq!(root.fault(nobody).await, "account.NO_SUCH_ACCOUNT");
    let many = (0..501).map(|n| rule(&n.to_string(), vec![subject("x")], vec![Element::new("actionKeep")])).collect();
    let many = admin_rules("ModifyFilterRulesRequest", "before", None, Some(many));
    assert_eq!(root.fault(many).await, "service.INVALID_REQUEST");
}

async fn rules_of_administrators_are_no_business_of_others(json: bool) {
    let world = World::new();
    let delegated = directory::Attrs::from([("zimbraIsDelegatedAdminAccount".into(), vec!["TRUE".into()])]);
    world.directory.create_account("helper@example.test", PASSWORD, delegated).unwrap();
    let mut helper = world.login_admin(json).await;
    let auth = admin("AuthRequest").content("name", "helper@example.test").content("password", PASSWORD);
    helper.token = Some(token_of(&helper.ok(auth).await));
    let mut user = world.login_admin(json).await;
    user.token = world.login("alice", json).await.token;
    let one = || vec![rule("r", vec![subject("x")], vec![Element::new("actionDiscard")])];
    for place in
        [None, Some(by("domain", "example.test")), Some(by("account", "alice@example.test")), Some(by("cos", "no"))]
    {
        for client in [&helper, &user] {
            for (request, rules) in [
                ("GetFilterRulesRequest", None),
                ("ModifyFilterRulesRequest", Some(one())),
                ("GetOutgoingFilterRulesRequest", None),
                ("ModifyOutgoingFilterRulesRequest", Some(one())),
            ] {
                let fault = client.fault(admin_rules(request, "before", place.clone(), rules)).await;
                assert_eq!(fault, "service.PERM_DENIED", "{request}");
            }
        }
    }
    let domain = world.directory.domain("example.test").unwrap().unwrap();
    assert!(!domain.attrs.contains_key("zimbraAdminSieveScriptBefore"));
}

async fn mail_that_goes_out(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let actions = vec![test("actionFileInto", &[("folderPath", "Kept")]), test("actionTag", &[("tagName", "out")])];
    let rules = Element::new("filterRules").child(rule("r", vec![subject("keep")], actions));
    client.ok(mail("ModifyOutgoingFilterRulesRequest").unique(rules)).await;
    let reply = client.ok(mail("GetOutgoingFilterRulesRequest")).await;
    assert_eq!(reply.first("filterRules").named("filterRule").count(), 1);
    let send = |subject: &str| {
        let part = Element::new("mp").attr("ct", "text/plain").content("content", "text");
        let to = Element::new("e").attr("t", "t").attr("a", "bob@example.test");
        let message = Element::new("m").child(to).content("su", subject).child(part);
        mail("SendMsgRequest").unique(message)
    };
    client.ok(send("keep this")).await;
    client.ok(send("other")).await;
    assert_eq!(client.find("in:kept tag:out keep").await.len(), 1);
    assert_eq!(client.find("in:sent keep").await.len(), 0);
    assert_eq!(client.find("in:sent other").await.len(), 1);
    let reject = rule("r", vec![subject("x")], vec![Element::new("actionReject").text("no")]);
    let rules = Element::new("filterRules").child(reject);
    assert_eq!(client.fault(mail("ModifyOutgoingFilterRulesRequest").unique(rules)).await, "service.INVALID_REQUEST");
}
