// SPDX-License-Identifier: AGPL-3.0-or-later
//! Orders of a search, cursors that go on in them, whom a hit shows.

use crate::support::*;
use soap::element::Element;

both! { orders cursors cursor_of_conversations recipients trash_on_wish lenient }

fn search(query: &str, sort: &str) -> Element {
    mail("SearchRequest").attr("types", "message").attr("sortBy", sort).content("query", query)
}

fn subjects(reply: &Reply, kind: &str) -> Vec<String> {
    reply.body.named(kind).map(|hit| hit.get("su").unwrap()).collect()
}

/// Four messages, oldest first: "b" big and unread, "d" flagged, "a" urgent with an attachment, "c".
async fn fill(world: &World, client: &Client) {
    let ids: Vec<String> = [
        message("b", "", &"long text ".repeat(50)),
        message("d", "", "text").replace("alice@example.test", "zoe@example.test"),
        message(
            "a",
            "X-Priority: 1\nContent-Type: multipart/mixed; boundary=x\n",
            "--x\n\nt\n--x\nContent-Disposition: attachment; filename=f\n\nf\n--x--",
        ),
        message("c", "X-Priority: 5\n", "text, a bit longer").replace("Ann Other", "Zoe"),
    ]
    .iter()
    .map(|text| world.deliver("alice", text).to_string())
    .collect();
    client.ok(action("MsgActionRequest", "read", &ids[1..].join(","))).await;
    client.ok(action("MsgActionRequest", "flag", &ids[1])).await;
}

async fn orders(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    fill(&world, &client).await;
    for (sort, expected) in [
        ("dateDesc", "cadb"),
        ("dateAsc", "bdac"),
        ("idDesc", "cadb"),
        ("idAsc", "bdac"),
        ("subjAsc", "abcd"),
        ("subjDesc", "dcba"),
        ("nameDesc", "cadb"),
        ("rcptDesc", "dcab"),
        ("readDesc", "bcad"),
        ("readAsc", "cadb"),
        ("flagDesc", "dcab"),
        ("flagAsc", "cabd"),
        ("attachDesc", "acdb"),
        ("attachAsc", "cdba"),
        ("priorityDesc", "adbc"),
        ("priorityAsc", "cdba"),
    ] {
        assert_eq!(subjects(&client.ok(search("in:inbox", sort)).await, "m").concat(), expected, "{sort}");
    }
    assert_eq!(subjects(&client.ok(search("in:inbox", "sizeDesc")).await, "m")[0], "b");
    assert_eq!(client.fault(search("in:inbox", "sizeUp")).await, "service.INVALID_REQUEST");
}

async fn cursors(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    fill(&world, &client).await;
    for sort in ["dateDesc", "sizeAsc", "subjAsc", "rcptDesc", "readDesc", "readAsc", "priorityAsc", "idDesc"] {
        let all = subjects(&client.ok(search("in:inbox", sort)).await, "m");
        let first = client.ok(search("in:inbox", sort).attr("limit", 2)).await;
        let last = first.body.named("m").last().unwrap();
        let (id, value) = (last.get("id").unwrap(), last.get("sf").unwrap());
        let cursor = Element::new("cursor").attr("id", id.clone());
        // Beside a cursor an offset says nothing.
        let go_on = |cursor: Element| search("in:inbox", sort).attr("limit", 2).attr("offset", 2).unique(cursor);
        let named = client.ok(go_on(cursor.clone().attr("sortVal", value.clone()))).await;
        assert_eq!(subjects(&named, "m"), all[2..], "{sort}");
        assert!(matches!(named.body.get("more").as_deref(), Some("0" | "false")));
        for any in
            [cursor.clone(), cursor.attr("sortVal", if sort == "subjAsc" || sort == "rcptDesc" { "" } else { "x" })]
        {
            assert_eq!(subjects(&client.ok(go_on(any)).await, "m"), all[2..], "{sort} without a value");
        }
        let gone = Element::new("cursor").attr("id", "99999").attr("sortVal", value.clone());
        let behind = subjects(&client.ok(go_on(gone)).await, "m");
        // Several may have come in the same millisecond.
        if ["sizeAsc", "subjAsc", "idDesc"].contains(&sort) {
            assert_eq!(behind, all[1..3], "{sort}");
        }
        let until = Element::new("cursor").attr("id", id).attr("sortVal", value.clone()).attr("endSortVal", value);
        assert_eq!(subjects(&client.ok(go_on(until)).await, "m"), Vec::<String>::new(), "{sort}");
    }
    for (id, until) in [("x", "1"), ("", "1"), ("1", "no number")] {
        let cursor = Element::new("cursor").attr("id", id).attr("endSortVal", until);
        assert_eq!(client.fault(search("in:inbox", "dateDesc").unique(cursor)).await, "service.INVALID_REQUEST");
    }
}

/// The older messages of a conversation that was on the page before don't bring it again.
async fn cursor_of_conversations(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    world.deliver("alice", &message("talk", "", "one"));
    world.deliver("alice", &message("between", "", "two"));
    world.deliver("alice", &message("Re: talk", "In-Reply-To: <talk@example.org>\n", "three"));
    let page = || mail("SearchRequest").attr("limit", 1).content("query", "in:inbox");
    let first = client.ok(page()).await;
    let c = first.first("c");
    let cursor = Element::new("cursor").attr("id", c.get("id").unwrap()).attr("sortVal", c.get("sf").unwrap());
    let second = client.ok(page().unique(cursor)).await;
    assert_eq!((subjects(&first, "c"), subjects(&second, "c")), (vec!["talk".into()], vec!["between".into()]));
    assert!(matches!(second.body.get("more").as_deref(), Some("0" | "false")));
}

async fn recipients(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let m = Element::new("m")
        .child(Element::new("e").attr("t", "t").attr("a", "bob@example.test").attr("p", "Bob"))
        .content("su", "hello");
    client.ok(mail("SendMsgRequest").unique(m)).await;
    world.deliver("alice", &message("incoming", "", "text"));
    let people = |c: &Element| -> Vec<_> { c.named("e").map(|e| (e.get("t").unwrap(), e.get("d").unwrap())).collect() };
    let find = async |query: &str, recip: &str| {
        let reply = client.ok(mail("SearchRequest").attr("recip", recip).content("query", query)).await;
        people(reply.first("c"))
    };
    let (ann, alice, bob) = (("f", "Ann"), ("f", "alice"), ("t", "Bob"));
    for (query, recip, expected) in [
        ("in:sent", "0", vec![alice]),
        ("in:sent", "1", vec![bob]),
        ("in:sent", "2", vec![alice, bob]),
        ("in:inbox", "1", vec![ann]),
        ("in:inbox", "2", vec![ann]),
    ] {
        let expected: Vec<_> = expected.iter().map(|(t, d)| (t.to_string(), d.to_string())).collect();
        assert_eq!(find(query, recip).await, expected, "{query} {recip}");
    }
}

async fn trash_on_wish(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let (one, two) =
        (world.deliver("alice", &message("one", "", "word")), world.deliver("alice", &message("two", "", "word")));
    client.ok(action("MsgActionRequest", "trash", &one.to_string())).await;
    client.ok(action_with("MsgActionRequest", "move", &two.to_string(), "l", "4")).await;
    assert!(client.find("word").await.is_empty());
    let pref = |name: &str| account("ModifyPrefsRequest").child(Element::new("pref").attr("name", name).text("TRUE"));
    client.ok(pref("zimbraPrefIncludeTrashInSearch")).await;
    assert_eq!(client.find("word").await, [one.to_string()]);
    client.ok(pref("zimbraPrefIncludeSpamInSearch")).await;
    assert_eq!(client.find("word").await, [two.to_string(), one.to_string()]);
}

/// Numbers and truths as text and the other way round, one object for a list of one, a text in its own object.
async fn lenient(json: bool) {
    if !json {
        return;
    }
    let world = World::new();
    let client = world.login("alice", json).await;
    world.deliver("alice", &message("known", "", "text"));
    let id = client.find("in:inbox").await.remove(0);
    let token = client.token.clone().unwrap();
    let ask = async |body: &str| {
        let reply = client
            .raw(format!(
                r#"{{"Header":{{"context":{{"authToken":"{token}"}}}},"Body":{{{}}}}}"#,
                body.replace("ID", &id)
            ))
            .await;
        assert_eq!(reply.fault(), None, "{body}: {}", reply.text);
        reply
    };
    for body in [
        r#""SearchRequest":{"_jsns":"urn:zimbraMail","types":"message","query":"in:inbox","limit":"5","offset":0,"fetch":1}"#,
        r#""SearchRequest":{"_jsns":"urn:zimbraMail","types":"message","query":{"_content":"in:inbox"},"limit":5,"fetch":"1"}"#,
        r#""SearchRequest":[{"_jsns":"urn:zimbraMail","types":"message","query":[{"_content":"in:inbox"}],"read":"0","header":{"n":"To"}}]"#,
        r#""GetMsgRequest":{"_jsns":"urn:zimbraMail","m":{"id":ID,"html":1,"neuter":"false","header":[{"n":"To"}]}}"#,
        r#""GetMsgRequest":{"_jsns":"urn:zimbraMail","m":[{"id":"ID","html":true,"neuter":0}]}"#,
    ] {
        assert_eq!(ask(body).await.body.first("m").and_then(|m| m.get("id")).as_deref(), Some(id.as_str()), "{body}");
    }
    for body in [
        r#""MsgActionRequest":{"_jsns":"urn:zimbraMail","action":[{"id":ID,"op":"flag"}]}"#,
        r#""SendMsgRequest":{"_jsns":"urn:zimbraMail","m":{"e":{"t":"t","a":"bob@example.test"},"su":"x","mp":{"ct":"text/plain","content":"hi"}}}"#,
        r#""SendMsgRequest":{"_jsns":"urn:zimbraMail","m":[{"e":[{"t":"t","a":"bob@example.test"}],"su":{"_content":"x"},"mp":[{"ct":"text/plain","content":{"_content":"hi"}}]}]}"#,
        r#""CreateFolderRequest":{"_jsns":"urn:zimbraMail","folder":[{"name":7,"l":"1","fie":"true"}]}"#,
    ] {
        ask(body).await;
    }
}
