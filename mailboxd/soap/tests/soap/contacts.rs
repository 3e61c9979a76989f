// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use soap::element::Element;

both! { life groups refusals files_of_contacts auto_complete gal sent_mail_teaches marked_recipients begun_words pictures }

fn contact(attrs: &[(&str, &str)]) -> Element {
    let a = |(name, value): &(&str, &str)| Element::new("a").attr("n", *name).text(*value);
    attrs.iter().fold(Element::new("cn"), |cn, pair| cn.child(a(pair)))
}

fn create(attrs: &[(&str, &str)]) -> Element {
    mail("CreateContactRequest").unique(contact(attrs))
}

fn value(cn: &Element, name: &str) -> Option<String> {
    let mut pairs = cn.key_values("a", "n").unwrap().into_iter();
    pairs.find(|(known, _)| known == name).map(|(_, value)| value)
}

async fn life(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await.session("");
    let reply = client.ok(create(&[("firstName", "Ann"), ("lastName", "Other"), ("email", "ann@x.test")])).await;
    let cn = reply.first("cn");
    let id = cn.get("id").unwrap();
    assert_eq!((cn.get("l").as_deref(), cn.get("fileAsStr").as_deref()), (Some("7"), Some("Other, Ann")));
    assert_eq!(value(cn, "email").as_deref(), Some("ann@x.test"));
    let get = || mail("GetContactsRequest").child(Element::new("cn").attr("id", id.clone()));
    let change = contact(&[("lastName", "Another"), ("email", ""), ("own", "field")]).attr("id", id.clone());
    let reply = client.ok(mail("ModifyContactRequest").attr("replace", 0).unique(change)).await;
    assert_eq!(reply.first("cn").get("fileAsStr").as_deref(), Some("Another, Ann"));
    let reply = client.ok(get()).await;
    assert_eq!(value(reply.first("cn"), "own").as_deref(), Some("field"));
    assert_eq!(value(reply.first("cn"), "email"), None);
    let some = get().child(Element::new("a").attr("n", "own"));
    assert_eq!(value(client.ok(some).await.first("cn"), "lastName"), None);
    let tag = mail("CreateTagRequest").unique(Element::new("tag").attr("name", "t"));
    let tag = client.ok(tag).await.first("tag").get("id").unwrap();
    client.ok(action_with("ContactActionRequest", "tag", &id, "tag", &tag)).await;
    client.ok(action_with("ContactActionRequest", "move", &id, "l", "13")).await;
    let search = mail("SearchRequest").attr("types", "contact").attr("sortBy", "nameAsc").content("query", "tag:t");
    let reply = client.ok(search).await;
    let cn = reply.first("cn");
    assert_eq!((cn.get("l").as_deref(), cn.get("tn").as_deref()), (Some("13"), Some("t")));
    assert_eq!(value(cn, "lastName").as_deref(), Some("Another"));
    assert_eq!(cn.get("sf").as_deref(), Some("another, ann"));
    client.ok(action("ContactActionRequest", "delete", &id)).await;
    assert_eq!(client.fault(get()).await, "mail.NO_SUCH_CONTACT");
    client.ok(action("ContactActionRequest", "delete", &id)).await;
}

async fn groups(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let reply = client.ok(create(&[("firstName", "Ann"), ("email", "ann@x.test")])).await;
    let ann = reply.first("cn").get("id").unwrap();
    let m = |kind: &str, value: &str| Element::new("m").attr("type", kind).attr("value", value);
    let group = contact(&[("nickname", "team"), ("type", "group")]).child(m("C", &ann)).child(m("I", "bob@x.test"));
    let id = client.ok(mail("CreateContactRequest").unique(group)).await.first("cn").get("id").unwrap();
    let get =
        mail("GetContactsRequest").attr("derefGroupMember", true).child(Element::new("cn").attr("id", id.clone()));
    let reply = client.ok(get.clone()).await;
    let members: Vec<&Element> = reply.first("cn").named("m").collect();
    assert_eq!(members.len(), 2);
    assert_eq!(members[0].first("cn").and_then(|cn| value(cn, "email")).as_deref(), Some("ann@x.test"));
    let change = Element::new("cn").attr("id", id.clone()).child(m("I", "bob@x.test").attr("op", "-"));
    client.ok(mail("ModifyContactRequest").unique(change)).await;
    assert_eq!(client.ok(get).await.first("cn").named("m").count(), 1);
}

async fn refusals(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for (request, code) in [
        (mail("CreateContactRequest"), "service.INVALID_REQUEST"),
        (create(&[]), "service.INVALID_REQUEST"),
        (create(&[("", "x")]), "service.INVALID_REQUEST"),
        (mail("CreateContactRequest").unique(contact(&[("a", "b")]).attr("l", "99999")), "mail.NO_SUCH_FOLDER"),
        (mail("CreateContactRequest").unique(contact(&[("a", "b")]).attr("l", "x")), "service.INVALID_REQUEST"),
        (mail("CreateContactRequest").unique(contact(&[("a", "b")]).attr("t", "99999")), "mail.NO_SUCH_TAG"),
        (mail("ModifyContactRequest").unique(contact(&[("a", "b")])), "service.INVALID_REQUEST"),
        (mail("ModifyContactRequest").unique(contact(&[("a", "b")]).attr("id", "99999")), "mail.NO_SUCH_CONTACT"),
        (mail("ModifyContactRequest").unique(contact(&[("a", "b")]).attr("id", "2")), "mail.NO_SUCH_CONTACT"),
        (mail("GetContactsRequest").child(Element::new("cn").attr("id", "nonsense")), "service.INVALID_REQUEST"),
        (mail("GetContactsRequest").attr("l", "99999"), "mail.NO_SUCH_FOLDER"),
        (action("ContactActionRequest", "move", "7"), "service.INVALID_REQUEST"),
        (action_with("ContactActionRequest", "move", "99999", "l", "7"), "mail.NO_SUCH_CONTACT"),
        (action("ContactActionRequest", "explode", "7"), "service.INVALID_REQUEST"),
        (
            mail("ImportContactsRequest").attr("ct", "xls").child(Element::new("content").text("a")),
            "service.INVALID_REQUEST",
        ),
        (mail("ImportContactsRequest").attr("ct", "csv"), "service.INVALID_REQUEST"),
        (
            mail("ImportContactsRequest").attr("ct", "csv").child(Element::new("content").text("\"a\"b,c")),
            "mail.UNABLE_TO_IMPORT_CONTACTS",
        ),
        (mail("ExportContactsRequest"), "service.INVALID_REQUEST"),
        (mail("AutoCompleteRequest").attr("name", " "), "service.INVALID_REQUEST"),
        (account("SearchGalRequest"), "service.INVALID_REQUEST"),
        (
            account("GetDistributionListMembersRequest").content("dl", "none@example.test"),
            "account.NO_SUCH_DISTRIBUTION_LIST",
        ),
    ] {
        assert_eq!(client.fault(request.clone()).await, code, "{request:?}");
    }
}

async fn files_of_contacts(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let csv =
        "\"First Name\",\"Last Name\",\"E-mail\",Categories\nAnn,Other,ann@x.test,friends\nBob,Else,bob@x.test,\n";
    let import = mail("ImportContactsRequest").attr("ct", "csv").child(Element::new("content").text(csv));
    let reply = client.ok(import).await;
    assert_eq!(reply.first("cn").get("n").as_deref(), Some("2"));
    let ids = reply.first("cn").get("ids").unwrap();
    assert_eq!(ids.split(',').count(), 2);
    assert_eq!(client.ok(mail("GetTagRequest")).await.first("tag").get("name").as_deref(), Some("friends"));
    let export = |ct: &str| mail("ExportContactsRequest").attr("ct", ct).attr("l", "7");
    let text = client.ok(export("csv")).await.first("content").text.clone().unwrap();
    assert!(text.starts_with("\"email\",\"firstName\",\"lastName\",\"tags\"\r\n\"bob@x.test\""), "{text}");
    let vcards = client.ok(export("vcf")).await.first("content").text.clone().unwrap();
    assert_eq!(vcards.matches("BEGIN:VCARD").count(), 2);
    client.ok(action("ContactActionRequest", "delete", &ids)).await;
    let import = mail("ImportContactsRequest").attr("ct", "vcf").child(Element::new("content").text(vcards));
    assert_eq!(client.ok(import).await.first("cn").get("n").as_deref(), Some("2"));
    let search = mail("SearchRequest").attr("types", "contact").content("query", "#email:ann@x.test tag:friends");
    assert_eq!(client.ok(search).await.body.named("cn").count(), 1);
}

async fn completed(client: &Client, name: &str) -> Vec<String> {
    let reply = client.ok(mail("AutoCompleteRequest").attr("name", name)).await;
    reply.body.named("match").map(|m| m.get("email").or(m.get("display")).unwrap()).collect()
}

async fn auto_complete(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    client
        .ok(create(&[
            ("firstName", "Robert"),
            ("lastName", "Zett"),
            ("email", "rz@x.test"),
            ("email2", "bobby@x.test"),
        ]))
        .await;
    client.ok(create(&[("nickname", "bowlers"), ("type", "group")])).await;
    let trashed = client.ok(create(&[("firstName", "Bonnie"), ("email", "bonnie@x.test")])).await;
    let trashed = trashed.first("cn").get("id").unwrap();
    client.ok(action("ContactActionRequest", "trash", &trashed)).await;
    assert_eq!(completed(&client, "bo").await, ["bowlers", "\"Robert Zett\" <bobby@x.test>", "bob@example.test"]);
    assert_eq!(completed(&client, "robert z").await, ["\"Robert Zett\" <rz@x.test>", "\"Robert Zett\" <bobby@x.test>"]);
    assert!(completed(&client, "nobody").await.is_empty());
    let pref = Element::new("pref").attr("name", "zimbraPrefGalAutoCompleteEnabled").text("FALSE");
    client.ok(account("ModifyPrefsRequest").child(pref)).await;
    assert_eq!(completed(&client, "bob").await, ["\"Robert Zett\" <bobby@x.test>"]);
}

async fn gal(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let list = world.directory.create_list("team@example.test", directory::Attrs::new()).unwrap();
    world.directory.add_members(&list.id, &["bob@example.test".into(), "out@x.test".into()]).unwrap();
    let search = |name: &str, kind: &str| account("SearchGalRequest").attr("name", name).attr("type", kind);
    let emails = |reply: &Reply| reply.body.named("cn").filter_map(|cn| value(cn, "email")).collect::<Vec<_>>();
    assert_eq!(emails(&client.ok(search("bob", "all")).await), ["bob@example.test"]);
    assert_eq!(emails(&client.ok(search("", "group")).await), ["team@example.test"]);
    assert_eq!(client.fault(search("x", "nonsense")).await, "service.INVALID_REQUEST");
    let bob = world.directory.account("bob@example.test").unwrap().unwrap();
    let hide = directory::Attrs::from([("zimbraHideInGal".to_owned(), vec!["TRUE".to_owned()])]);
    world.directory.modify_account(&bob.id, hide).unwrap();
    assert!(emails(&client.ok(search("bob", "all")).await).is_empty());
    let reply = client.ok(account("SyncGalRequest")).await;
    let token = reply.body.get("token").unwrap();
    assert!(reply.body.named("cn").count() > 1);
    let again = client.ok(account("SyncGalRequest").attr("token", token)).await;
    assert_eq!(again.body.named("cn").count(), 0);
    let members = account("GetDistributionListMembersRequest").content("dl", "team@example.test");
    let reply = client.ok(members.clone().attr("limit", 1)).await;
    assert_eq!((reply.body.get("total").as_deref(), reply.body.get_all("dlm").len()), (Some("2"), 1));
    assert_eq!(client.ok(members).await.body.get_all("dlm").len(), 2);
}

async fn sent_mail_teaches(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let pref = Element::new("pref").attr("name", "zimbraPrefAutoAddAddressEnabled").text("TRUE");
    client.ok(account("ModifyPrefsRequest").child(pref)).await;
    let send = || {
        let to = Element::new("e").attr("t", "t").attr("a", "bob@example.test").attr("p", "Bob Builder");
        mail("SendMsgRequest").unique(Element::new("m").child(to).content("su", "hello"))
    };
    client.ok(send()).await;
    client.ok(send()).await;
    let search = mail("SearchRequest").attr("types", "contact").content("query", "in:\"Emailed Contacts\"");
    let reply = client.ok(search).await;
    assert_eq!(reply.body.named("cn").count(), 1, "once");
    assert_eq!(value(reply.first("cn"), "firstName").as_deref(), Some("Bob"));
    let complete = mail("AutoCompleteRequest").attr("name", "build");
    assert_eq!(client.ok(complete.clone()).await.first("match").get("ranking").as_deref(), Some("2"));
    client.ok(mail("RankingActionRequest").unique(Element::new("action").attr("op", "reset"))).await;
    assert_eq!(client.ok(complete).await.first("match").get("ranking").as_deref(), Some("0"));
}

/// Where a client says which recipients it keeps, those and no others are.
async fn marked_recipients(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let to = |name: &str| Element::new("e").attr("t", "t").attr("a", format!("{name}@example.test"));
    let m = Element::new("m").child(to("bob").attr("add", "1").attr("p", "Bob M. Builder")).child(to("admin"));
    client.ok(mail("SendMsgRequest").unique(m.content("su", "hello"))).await;
    let kept = || mail("SearchRequest").attr("types", "contact").content("query", "in:\"Emailed Contacts\"");
    let reply = client.ok(kept()).await;
    assert_eq!(reply.body.named("cn").count(), 1);
    let names = ["firstName", "middleName", "lastName"].map(|name| value(reply.first("cn"), name).unwrap());
    assert_eq!(names, ["Bob", "M.", "Builder"]);
    let pref = Element::new("pref").attr("name", "zimbraPrefAutoAddAddressEnabled").text("TRUE");
    client.ok(account("ModifyPrefsRequest").child(pref)).await;
    let m = Element::new("m").child(to("admin").attr("add", "0")).content("su", "hello");
    client.ok(mail("SendMsgRequest").unique(m)).await;
    assert_eq!(client.ok(kept()).await.body.named("cn").count(), 1);
    let bad = Element::new("m").child(to("bob").attr("add", "perhaps"));
    assert_eq!(client.fault(mail("SendMsgRequest").unique(bad)).await, "service.INVALID_REQUEST");
}

/// Among contacts a word means the beginning of a name; among messages it is a whole one.
async fn begun_words(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    for (first, email) in [("The", "their_of@pony.test"), ("Andrea", "butt@fort.test")] {
        client.ok(create(&[("firstName", first), ("email", email)])).await;
    }
    world.deliver("alice", &message("Androids", "", "their buttons"));
    let found = async |types: &str, query: &str| {
        let search = mail("SearchRequest").attr("types", types).content("query", query);
        client.ok(search).await.body.elements().filter(|hit| ["cn", "m"].contains(&hit.name.as_str())).count()
    };
    let quoted = "\"and\"";
    for (query, contacts) in
        [(quoted, 1), ("but", 1), ("the", 1), ("a", 1), ("an but", 1), ("an pony", 0), ("-\"and\"", 1)]
    {
        assert_eq!(found("contact", query).await, contacts, "{query}");
    }
    assert_eq!(found("message", "andro").await, 0);
    assert_eq!(found("message,contact", "an").await, 1);
    assert_eq!(found("message", "androids").await, 1);
}

/// What is shown as somebody's picture has to be one.
async fn pictures(json: bool) {
    let world = World::new();
    let client = world.login("alice", json).await;
    let upload = async |content: &str| super::upload::uploaded(&world, &client, content).await;
    let with = |aid: &str| {
        let a = Element::new("a").attr("n", "image").attr("aid", aid);
        mail("CreateContactRequest").unique(contact(&[("firstName", "Ann")]).child(a))
    };
    let text = upload("no picture, whatever its name").await;
    assert_eq!(client.fault(with(&text)).await, "mail.INVALID_IMAGE");
    let picture = upload("GIF89a and so on").await;
    client.ok(with(&picture)).await;
}
