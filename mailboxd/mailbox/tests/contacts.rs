// SPDX-License-Identifier: AGPL-3.0-or-later
//! Contacts: made, changed, moved, found, and there after a crash; as a stranger, too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TestStore, message};
use mailbox::{
    Changes, ContactDetail, Detail, Error, FileAttr, FlagChange, Grant, GranteeKind, Hit, Item, ItemId, Kind, Kinds,
    Mailbox, Member, MemberChange, MemberKind, NewContact, Rights, SearchParams, SortBy, Visitor,
};
use std::sync::Arc;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn new(attrs: &[(&str, &str)]) -> NewContact {
    NewContact { folder: ItemId::CONTACTS, attrs: pairs(attrs), ..NewContact::default() }
}

fn detail(item: &Item) -> &ContactDetail {
    match &item.detail {
        Detail::Contact(detail) => detail,
        _ => panic!("no contact"),
    }
}

fn find(mailbox: &Mailbox, query: &str) -> Vec<String> {
    let params = SearchParams {
        query: query.into(),
        kinds: Kinds::CONTACTS,
        sort: Some(SortBy::NameAsc),
        limit: 100,
        ..SearchParams::default()
    };
    let name = |hit: &Hit| match hit {
        Hit::Message(item) => item.name.clone(),
        Hit::Conversation { .. } => panic!("a conversation of contacts"),
    };
    mailbox.search(&params).unwrap().hits.iter().map(name).collect()
}

fn others(mailbox: &Mailbox, folder: ItemId) -> u32 {
    mailbox.folder(folder).unwrap().detail.others
}

#[test]
fn life() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let ann =
        alice.create_contact(&new(&[("firstName", "Ann"), ("lastName", "Other"), ("email", "ann@x.test")])).unwrap();
    assert_eq!((ann.kind, ann.name.as_str(), ann.uid.0), (Kind::Contact, "Other, Ann", 0));
    let bob = alice.create_contact(&new(&[("company", "Bobs"), ("email", "bob@x.test"), ("fileAs", "3")])).unwrap();
    assert_eq!(others(&alice, ItemId::CONTACTS), 2);
    // no mail client sees them
    assert_eq!(alice.folder(ItemId::CONTACTS).unwrap().detail.total, 0);
    assert!(alice.folder_messages(ItemId::CONTACTS, mailbox::Uid(0)).unwrap().is_empty());

    let change = Changes { set: pairs(&[("lastName", "Another"), ("email", "")]), ..Changes::default() };
    let ann = alice.modify_contact(ann.id, &change).unwrap();
    assert_eq!(ann.name, "Another, Ann");
    assert_eq!(detail(&ann).attrs, pairs(&[("firstName", "Ann"), ("lastName", "Another")]));

    let tag = alice.ensure_tag("friends").unwrap().item.id;
    alice.update_flags(&[ann.id], &FlagChange { tags_add: vec![tag], ..FlagChange::default() }).unwrap();
    alice.move_items(&[ann.id], ItemId::EMAILED_CONTACTS).unwrap();
    alice.copy_items(&[bob.id], ItemId::EMAILED_CONTACTS).unwrap();
    assert_eq!((others(&alice, ItemId::CONTACTS), others(&alice, ItemId::EMAILED_CONTACTS)), (1, 2));
    assert_eq!(find(&alice, "tag:friends"), ["Another, Ann"]);

    test.crash();
    let alice = test.mailbox("alice");
    let again = alice.contact(ann.id).unwrap();
    assert_eq!(
        (again.folder, again.tags.clone(), again.name.as_str()),
        (ItemId::EMAILED_CONTACTS, vec![tag], "Another, Ann")
    );
    alice.delete_items(&[again.id]).unwrap();
    alice.empty_folder(ItemId::CONTACTS, false).unwrap();
    assert!(matches!(alice.contact(again.id), Err(Error::NoSuch { kind: "contact", .. })));
    assert_eq!((others(&alice, ItemId::CONTACTS), others(&alice, ItemId::EMAILED_CONTACTS)), (0, 1));
    test.crash();
    assert_eq!(test.mailbox("alice").contacts(None).unwrap().len(), 1);
}

/// Puts and patches of one contact in one batch of records must not be folded as those of a folder are.
#[test]
fn many_changes_before_a_crash() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let tag = alice.ensure_tag("t").unwrap().item.id;
    let id = alice.create_contact(&new(&[("firstName", "0")])).unwrap().id;
    for n in 1..20 {
        alice
            .modify_contact(id, &Changes { set: pairs(&[("firstName", &n.to_string())]), ..Changes::default() })
            .unwrap();
        let change = FlagChange { tags_add: vec![tag], ..FlagChange::default() };
        alice.update_flags(&[id], &change).unwrap();
        test.deliver_one(&message(&format!("{n}@x"), "s", None, "text"), "alice");
    }
    test.crash();
    let item = test.mailbox("alice").contact(id).unwrap();
    assert_eq!((item.name.as_str(), item.tags), ("19", vec![tag]));
}

#[test]
fn search_finds_them_among_mail() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    test.deliver_one(&message("a@x", "about ann", None, "ann"), "alice");
    for (first, last, email) in
        [("Zoe", "Zett", "zoe@x.test"), ("Ann", "Other", "ann@y.test"), ("Bea", "Annett", "bea@y.test")]
    {
        let notes = format!("notes of {first}");
        let attrs = [("firstName", first), ("lastName", last), ("email", email), ("notes", notes.as_str())];
        alice.create_contact(&new(&attrs)).unwrap();
    }
    for (query, expected) in [
        ("in:contacts", vec!["Annett, Bea", "Other, Ann", "Zett, Zoe"]),
        ("contact:ann", vec!["Annett, Bea", "Other, Ann"]),
        ("ann", vec!["Annett, Bea", "Other, Ann"]),
        ("ann*", vec!["Annett, Bea", "Other, Ann"]),
        ("to:y.test", vec!["Annett, Bea", "Other, Ann"]),
        ("#lastname:annett", vec!["Annett, Bea"]),
        ("field[firstName]:z*", vec!["Zett, Zoe"]),
        ("#lastName:ann", vec![]),
        ("notes not #firstName:zoe", vec!["Annett, Bea", "Other, Ann"]),
        ("in:inbox", vec![]),
    ] {
        assert_eq!(find(&alice, query), expected, "{query}");
    }
    test.store().settle().unwrap();
    assert_eq!(find(&alice, "contact:ann"), ["Annett, Bea", "Other, Ann"], "from the index");
    let messages = alice.search(&SearchParams { query: "ann".into(), limit: 10, ..SearchParams::default() }).unwrap();
    assert_eq!(messages.hits.len(), 1, "contacts are no messages");
}

#[test]
fn files_follow_their_contact() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let file = |name: &str, content: &'static [u8]| FileAttr {
        name: name.into(),
        content_type: "image/png".into(),
        filename: format!("{name}.png"),
        content: content.into(),
    };
    let contact =
        NewContact { files: vec![file("image", b"one"), file("other", b"two")], ..new(&[("firstName", "Ann")]) };
    let id = alice.create_contact(&contact).unwrap().id;
    alice.modify_contact(id, &Changes { files: vec![file("image", b"three")], ..Changes::default() }).unwrap();
    test.crash();
    let alice = test.mailbox("alice");
    let item = alice.contact(id).unwrap();
    assert_eq!(alice.contact_file(&item, "image").unwrap().1.as_ref(), b"three");
    assert_eq!(alice.contact_file(&item, "other").unwrap().1.as_ref(), b"two");
    assert!(alice.contact_file(&item, "none").is_err());
    test.check();
    let gone = Changes { remove: pairs(&[("image", ""), ("other", "")]), ..Changes::default() };
    let item = alice.modify_contact(id, &gone).unwrap();
    assert_eq!((item.size, item.digest), (0, None));
}

#[test]
fn groups() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let member = |value: &str| Member { kind: MemberKind::Inline, value: value.into() };
    let group = NewContact { members: vec![member("a@x")], ..new(&[("nickname", "team"), ("type", "group")]) };
    let id = alice.create_contact(&group).unwrap().id;
    let change = |members| Changes { members, ..Changes::default() };
    alice
        .modify_contact(id, &change(vec![MemberChange::Add(member("b@x")), MemberChange::Remove(member("a@x"))]))
        .unwrap();
    assert_eq!(detail(&alice.contact(id).unwrap()).members, [member("b@x")]);
    assert!(alice.modify_contact(id, &change(vec![MemberChange::Remove(member("a@x"))])).is_err());
    let item = alice.modify_contact(id, &change(vec![MemberChange::Reset])).unwrap();
    assert!(detail(&item).members.is_empty());
    assert_eq!(item.name, "team");
}

#[test]
fn what_is_no_contact_is_refused() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let long = "x".repeat(2 << 20);
    for attrs in
        [vec![], vec![("firstName", "")], vec![("", "x")], vec![("a\nb", "x")], vec![("firstName", long.as_str())]]
    {
        assert!(matches!(alice.create_contact(&new(&attrs)), Err(Error::Invalid(_))));
    }
    for folder in [ItemId::TAGS, ItemId::ROOT, ItemId(9_999)] {
        assert!(alice.create_contact(&NewContact { folder, ..new(&[("firstName", "x")]) }).is_err());
    }
    let message = test.deliver_one(&message("a@x", "s", None, "text"), "alice");
    assert!(matches!(alice.contact(message), Err(Error::NoSuch { .. })));
    assert!(matches!(alice.modify_contact(message, &Changes::default()), Err(Error::NoSuch { .. })));
    assert_eq!(alice.contacts(None).unwrap().len(), 0);
}

#[test]
fn strangers() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let shared = alice.create_folder(ItemId::USER_ROOT, "Team", "contact").unwrap().item.id;
    let own = alice.create_contact(&new(&[("firstName", "Secret")])).unwrap().id;
    let open = alice.create_contact(&NewContact { folder: shared, ..new(&[("firstName", "Open")]) }).unwrap().id;
    let grant = |rights| {
        let grant = Grant { kind: GranteeKind::User, grantee: "bob".into(), name: "bob".into(), rights };
        alice.grant(shared, grant).unwrap();
    };
    grant(Rights::READ);
    let visitor = Arc::new(Visitor::new("bob".into(), Vec::new(), None, None));
    let bob = test.store().visit(&visitor, "alice", 0).unwrap().mailbox().clone();
    let names: Vec<String> = bob.contacts(None).unwrap().into_iter().map(|item| item.name).collect();
    assert_eq!(names, ["Open"]);
    assert!(matches!(bob.contact(own), Err(Error::NoSuch { .. })));
    assert!(matches!(bob.contacts(Some(ItemId::CONTACTS)), Err(Error::NoSuch { .. })));
    assert_eq!(find(&bob, "contact:secret or contact:open"), ["Open"]);
    let change = Changes { set: pairs(&[("firstName", "Mine")]), ..Changes::default() };
    assert!(matches!(bob.modify_contact(open, &change), Err(Error::Denied)));
    assert!(matches!(
        bob.create_contact(&NewContact { folder: shared, ..new(&[("firstName", "x")]) }),
        Err(Error::Denied)
    ));
    assert!(matches!(bob.delete_items(&[open]), Err(Error::Denied)));
    assert!(bob.delete_items(&[own]).is_err());
    grant(Rights::READ.with(Rights::WRITE));
    assert_eq!(bob.modify_contact(open, &change).unwrap().name, "Mine");
    assert!(matches!(bob.modify_contact(own, &change), Err(Error::NoSuch { .. })));
    assert_eq!(alice.contact(own).unwrap().name, "Secret");
}

#[test]
fn ranking_is_by_use_and_forgettable() {
    let mut test = TestStore::new();
    let alice = test.mailbox("alice");
    let to = |names: &[&str]| names.iter().map(|name| (format!("{name}@x"), None)).collect::<Vec<_>>();
    alice.rank(&to(&["a", "B"])).unwrap();
    alice.rank(&[("b@X".to_owned(), Some("Bob".to_owned()))]).unwrap();
    test.crash();
    let alice = test.mailbox("alice");
    let known: Vec<_> = alice.ranking().unwrap().into_iter().map(|one| (one.address, one.count, one.name)).collect();
    assert_eq!(known, [("b@x".to_owned(), 2, Some("Bob".to_owned())), ("a@x".to_owned(), 1, None)]);
    alice.forget_ranking(Some("B@x")).unwrap();
    assert_eq!(alice.ranking().unwrap().len(), 1);
    alice.forget_ranking(None).unwrap();
    assert!(alice.ranking().unwrap().is_empty());
}

#[test]
fn more_contacts_than_fit_into_memory_are_refused_at_once_and_used_one_by_one() {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let note = "n".repeat(60 << 10);
    assert!(matches!(alice.create_contact(&new(&[("notes", &note.repeat(2))])), Err(Error::Invalid(_))));
    for batch in 0..23 {
        let emails: Vec<String> = (0..50).map(|number| format!("{batch}.{number}@x.test")).collect();
        let each: Vec<_> = emails.iter().map(|email| new(&[("email", email), ("notes", &note)])).collect();
        alice.create_contacts(&each).unwrap();
    }
    assert!(matches!(alice.contacts(None), Err(Error::Invalid(_))));
    assert_eq!(alice.contacts_where(None, |item| item.name == "22.49@x.test").unwrap().len(), 1);
    assert!(alice.lists_address(mailbox::ADDRESS_BOOK, "22.49@X.test").unwrap());
    alice.keep_addresses(&[("0.0@x.test".into(), None), ("new@x.test".into(), None)]).unwrap();
    assert_eq!(alice.contacts(Some(ItemId::EMAILED_CONTACTS)).unwrap().len(), 1);
}
