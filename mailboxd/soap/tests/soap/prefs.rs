// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { set_and_get white_and_black_lists }

async fn set_and_get(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let pref = |name: &str, value: &str| {
        account("ModifyPrefsRequest").child(Element::new("pref").attr("name", name).text(value))
    };
    client.ok(pref("zimbraPrefSkin", "dark")).await;
    client.ok(account("ModifyPrefsRequest").pair("pref", "name", "zimbraPrefLocale", "de")).await;
    let reply = client.ok(account("GetPrefsRequest")).await;
    assert!(reply.text.contains("zimbraPrefSkin") && reply.text.contains("dark"), "{}", reply.text);
    assert_eq!(client.fault(pref("zimbraIsAdminAccount", "TRUE")).await, "service.INVALID_REQUEST");
    assert!(!world.directory.account("alice@example.test").unwrap().unwrap().is_admin);
}

async fn white_and_black_lists(json: bool) {
    let world = World::new();
    let (alice, bob) = (world.login("alice", json).await, world.login("bob", json).await);
    let addr = |op: &str, text: &str| {
        let element = Element::new("addr").text(text);
        if op.is_empty() { element } else { element.attr("op", op) }
    };
    let modify = |list: &str, addrs: Vec<Element>| {
        let list = addrs.into_iter().fold(Element::new(list), Element::child);
        account("ModifyWhiteBlackListRequest").unique(list)
    };
    alice.ok(modify("whiteList", vec![addr("+", "Friend@Outside.test"), addr("+", "partner.test")])).await;
    alice.ok(modify("blackList", vec![addr("", "spam.test")])).await;
    alice.ok(modify("whiteList", vec![addr("-", "partner.test"), addr("+", "friend@outside.test")])).await;
    let lists = |name: &str| {
        let account = world.directory.account(&format!("{name}@example.test")).unwrap().unwrap();
        let of = |attribute: &str| account.attrs.get(attribute).cloned().unwrap_or_default();
        (of("amavisWhitelistSender"), of("amavisBlacklistSender"))
    };
    assert_eq!(lists("alice"), (vec!["friend@outside.test".to_owned()], vec!["spam.test".to_owned()]));
    let answer = alice.ok(account("GetWhiteBlackListRequest")).await;
    assert!(answer.text.contains("friend@outside.test") && answer.text.contains("spam.test"), "{}", answer.text);
    for bad in ["';system('id');'", "a b@c.test", "@@x.test", ".", "localhost", "x@"] {
        assert_eq!(alice.fault(modify("blackList", vec![addr("+", bad)])).await, "service.INVALID_REQUEST", "{bad}");
    }
    let many = (0..101).map(|n| addr("+", &format!("n{n}.test"))).collect();
    assert_eq!(alice.fault(modify("blackList", many)).await, "service.INVALID_REQUEST");
    alice.ok(modify("blackList", Vec::new())).await;
    assert_eq!(lists("alice").1, Vec::<String>::new());
    // Everybody has his own.
    assert_eq!(lists("bob"), (Vec::new(), Vec::new()));
    assert!(!bob.ok(account("GetWhiteBlackListRequest")).await.text.contains("friend"));
    assert_eq!(world.anonymous(json).fault(account("GetWhiteBlackListRequest")).await, "service.AUTH_REQUIRED");
}
