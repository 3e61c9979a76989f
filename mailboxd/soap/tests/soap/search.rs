// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { messages conversations fetch paging bad_queries search_conv get_conv }

fn search(query: &str) -> Element {
    mail("SearchRequest").attr("types", "message").content("query", query)
}

async fn messages(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let one = world.deliver("alice", &message("apples", "", "about fruit")).to_string();
    let two = world.deliver("alice", &message("pears", "", "about fruit too")).to_string();
    assert_eq!(client.find("fruit").await.len(), 2);
    assert_eq!(client.find("subject:pears").await, [two.as_str()]);
    assert_eq!(client.find("from:ann not subject:pears").await, [one.as_str()]);
    assert_eq!(client.find("to:alice@example.test").await.len(), 2);
    assert_eq!(client.find("to:alice").await.len(), 2);
    assert_eq!(client.find("to:(example.test) subject:>=b").await, [two.as_str()]);
    assert_eq!(client.find("subject:\"<b\"").await, [one.as_str()]);
    assert!(client.find("to:ann").await.is_empty());
    let reply = client.ok(search("pears")).await;
    let m = reply.first("m");
    assert!(m.get("sf").is_some() && m.get("fr").unwrap().contains("fruit"));
    assert_eq!(reply.body.get("sortBy").as_deref(), Some("dateDesc"));
    assert!(matches!(reply.body.get("more").as_deref(), Some("0" | "false")));
    client.ok(mail("SearchRequest").attr("types", "contact,appointment").content("query", "x")).await;
}

async fn conversations(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let first = world.deliver("alice", &message("talk", "", "first"));
    let second = world.deliver("alice", &message("Re: talk", "In-Reply-To: <talk@example.org>\n", "second word"));
    let reply = client.ok(mail("SearchRequest").attr("types", "conversation").content("query", "word")).await;
    let c = reply.first("c");
    assert_eq!(c.get("n").as_deref(), Some("2"));
    let matched: Vec<_> = c.named("m").map(|m| m.get("id").unwrap()).collect();
    assert_eq!(matched, [second.to_string()]);
    assert_ne!(first, second);
    assert_eq!(c.get("su").as_deref(), Some("talk"));
}

async fn fetch(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for n in 0..3 {
        world.deliver("alice", &message(&format!("m {n}"), "", &format!("body {n}")));
    }
    let with_body = |reply: &Reply| reply.body.named("m").filter(|m| m.first("mp").is_some()).count();
    assert_eq!(with_body(&client.ok(search("in:inbox")).await), 0);
    assert_eq!(with_body(&client.ok(search("in:inbox").attr("fetch", "1")).await), 1);
    assert_eq!(with_body(&client.ok(search("in:inbox").attr("fetch", "all")).await), 3);
    let id = client.find("in:inbox").await.remove(2);
    assert_eq!(with_body(&client.ok(search("in:inbox").attr("fetch", id)).await), 1);
    for bad in ["", "  ", "!#*", "1abc2"] {
        assert_eq!(client.fault(search("in:inbox").attr("fetch", bad)).await, "service.INVALID_REQUEST", "{bad:?}");
    }
    let ids = client.ok(search("in:inbox").attr("resultMode", "IDS")).await;
    assert_eq!(ids.body.named("hit").filter(|hit| hit.get("id").is_some() && hit.get("sf").is_some()).count(), 3);
    client.ok(search("in:inbox").attr("fetch", "1").attr("read", "1")).await;
    assert_eq!(with_body(&client.ok(search("in:inbox").attr("fetch", "u")).await), 2);
}

async fn paging(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for n in 0..5 {
        world.deliver("alice", &message(&format!("subject {n}"), "", "text"));
    }
    let mut seen = Vec::new();
    for offset in [0, 2, 4] {
        let reply =
            client.ok(search("in:inbox").attr("sortBy", "subjAsc").attr("limit", 2).attr("offset", offset)).await;
        seen.extend(reply.body.named("m").map(|m| m.get("su").unwrap()));
        let more = matches!(reply.body.get("more").as_deref(), Some("1" | "true"));
        assert_eq!(more, offset < 4);
    }
    assert_eq!(seen, ["subject 0", "subject 1", "subject 2", "subject 3", "subject 4"]);
    for (name, value) in [("sortBy", "bogus"), ("limit", "x"), ("offset", "-1"), ("types", "bogus")] {
        let mut request = mail("SearchRequest").content("query", "x");
        request.set(name, value);
        assert_eq!(client.fault(request).await, "service.INVALID_REQUEST", "{name}");
    }
}

async fn bad_queries(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let megabyte = "(a or ".repeat(170_000);
    for query in ["(", "\"open", "is:bogus", megabyte.as_str()] {
        assert_eq!(client.fault(search(query)).await, "mail.QUERY_PARSE_ERROR", "{query:.20}");
    }
    // Well formed, but no sizes.
    for query in ["", "  ", "larger:10ab", "size:>x", "smaller:\"5 tons\""] {
        assert_eq!(client.fault(search(query)).await, "service.INVALID_REQUEST", "{query}");
    }
    // without a query it is the one that a client begins with
    let initial = async || client.ok(mail("SearchRequest").attr("types", "message")).await.body.named("m").count();
    assert_eq!(initial().await, client.find("in:inbox").await.len());
    let pref = account("ModifyPrefsRequest").pair("pref", "name", "zimbraPrefMailInitialSearch", "in:trash");
    client.ok(pref).await;
    assert_eq!(initial().await, 0);
}

async fn search_conv(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    world.deliver("alice", &message("talk", "", "first"));
    let second = world.deliver("alice", &message("Re: talk", "In-Reply-To: <talk@example.org>\n", "second word"));
    let cid = client.ok(mail("SearchRequest").content("query", "word")).await.first("c").get("id").unwrap();
    let request = |query: &str| mail("SearchConvRequest").attr("cid", cid.clone()).content("query", query);
    let reply = client.ok(request("word").attr("fetch", "1")).await;
    assert_eq!(reply.body.named("m").count(), 2);
    let matched: Vec<_> =
        reply.body.named("m").filter(|m| m.get("cm").is_some()).map(|m| m.get("id").unwrap()).collect();
    assert_eq!(matched, [second.to_string()]);
    assert_eq!(client.fault(request(" ")).await, "mail.QUERY_PARSE_ERROR");
    let all = mail("SearchConvRequest").attr("cid", cid.clone()).attr("nest", "1");
    let reply = client.ok(all).await;
    assert_eq!(reply.first("c").named("m").count(), 2);
    let alone = world.deliver("alice", &message("alone", "", "text")).to_string();
    let reply = client.ok(mail("SearchConvRequest").attr("cid", format!("-{alone}")).content("query", "text")).await;
    assert_eq!(reply.first("m").get("id"), Some(alone));
    let missing = mail("SearchConvRequest").attr("cid", "99999").content("query", "x");
    assert_eq!(client.fault(missing).await, "mail.NO_SUCH_CONV");
}

async fn get_conv(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    world.deliver("alice", &message("talk", "", "first"));
    world.deliver("alice", &message("Re: talk", "In-Reply-To: <talk@example.org>\n", "second word"));
    let cid = client.ok(mail("SearchRequest").content("query", "word")).await.first("c").get("id").unwrap();
    let get = |id: &str| mail("GetConvRequest").unique(Element::new("c").attr("id", id).attr("fetch", "all"));
    let reply = client.ok(get(&cid)).await;
    assert_eq!(reply.first("c").named("m").filter(|m| m.first("mp").is_some()).count(), 2);
    assert_eq!(client.fault(get("99999")).await, "mail.NO_SUCH_CONV");
    assert_eq!(client.fault(get("x")).await, "service.INVALID_REQUEST");
}
