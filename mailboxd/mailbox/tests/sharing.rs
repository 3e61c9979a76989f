// SPDX-License-Identifier: AGPL-3.0-or-later
//! Folders shared with others: what a visitor may do is what the grants say, and what they don't say is tried here as a
//! stranger.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{TestStore, message};
use mailbox::{
    Error, FlagChange, Flags, Grant, GranteeKind, Hit, Item, ItemId, Kind, Mailbox, Remote, Rights, SearchParams, Uid,
    Visitor,
};
use std::sync::Arc;

const READ: Rights = Rights::READ;

fn visitor(account: &str) -> Arc<Visitor> {
    Arc::new(Visitor::new(account.into(), Vec::new(), None, None))
}

fn visit(test: &TestStore, account: &str, owner: &str) -> mailbox::Result<Mailbox> {
    Ok(test.store().visit(&visitor(account), owner, 0)?.mailbox().clone())
}

fn grant(to: &str, rights: Rights) -> Grant {
    Grant { kind: GranteeKind::User, grantee: to.into(), name: format!("{to}@example.test"), rights }
}

fn is_missing<T>(outcome: &mailbox::Result<T>) -> bool {
    matches!(outcome, Err(Error::NoSuch { .. }))
}

fn is_denied<T>(outcome: &mailbox::Result<T>) -> bool {
    matches!(outcome, Err(Error::Denied))
}

/// Alice has a folder with a folder below, a message in each, and one in her Inbox.
struct Scene {
    test: TestStore,
    alice: Mailbox,
    work: ItemId,
    below: ItemId,
    in_work: Item,
    in_below: Item,
    in_inbox: Item,
}

fn scene() -> Scene {
    let test = TestStore::new();
    let alice = test.mailbox("alice");
    let work = alice.create_folder(ItemId::USER_ROOT, "Work", "message").unwrap().item.id;
    let below = alice.create_folder(work, "2026", "message").unwrap().item.id;
    let mail = |n: &str| message(&format!("{n}@x"), n, None, "text");
    let in_work = test.add("alice", work, &mail("work"));
    let in_below = test.add("alice", below, &mail("below"));
    let in_inbox = test.add("alice", ItemId::INBOX, &mail("inbox"));
    Scene { test, alice, work, below, in_work, in_below, in_inbox }
}

#[test]
fn without_a_grant_there_is_nothing() {
    let Scene { test, .. } = scene();
    assert!(is_denied(&visit(&test, "bob", "alice")));
    // a visit makes no mailbox
    assert!(is_denied(&visit(&test, "bob", "nobody")));
    assert_eq!(test.store().owners_sharing_with(&visitor("bob")).unwrap(), Vec::<String>::new());
}

#[test]
fn a_reader_reads_what_was_granted_and_changes_nothing() {
    let Scene { test, alice, work, below, in_work, in_below, in_inbox } = scene();
    alice.grant(work, grant("bob", READ)).unwrap();
    let bob = visit(&test, "bob", "alice").unwrap();
    let names: Vec<_> = bob.folders().unwrap().into_iter().map(|folder| folder.path).collect();
    assert_eq!(names, ["/Work", "/Work/2026"]);
    assert_eq!(bob.content(&in_below).unwrap(), alice.content(&in_below).unwrap());
    assert_eq!(bob.folder_messages(below, Uid(0)).unwrap().len(), 1);
    assert!(is_missing(&bob.folder(ItemId::INBOX)) && is_missing(&bob.folder_messages(ItemId::INBOX, Uid(0))));
    assert!(is_missing(&bob.item(in_inbox.id)) && is_missing(&bob.content(&in_inbox)));
    assert_eq!(bob.items(&[in_inbox.id, in_work.id]).unwrap().len(), 1);
    assert!(bob.folder_by_path("/Inbox").unwrap().is_none());
    assert!(is_missing(&bob.conversation(-i64::from(in_inbox.id.0))));
    // every kind of change, on what may be seen and on what may not
    let seen = FlagChange { remove: Flags::UNREAD, ..FlagChange::default() };
    assert!(is_denied(&bob.update_flags(&[in_work.id], &seen)) && is_missing(&bob.update_flags(&[in_inbox.id], &seen)));
    assert!(is_denied(&bob.move_items(&[in_work.id], below)) && is_denied(&bob.copy_items(&[in_work.id], below)));
    assert!(is_denied(&bob.delete_items(&[in_work.id])) && is_missing(&bob.delete_items(&[in_inbox.id])));
    assert!(is_denied(&bob.delete_uids(work, &[in_work.uid])));
    assert!(is_denied(&bob.create_folder(work, "New", "message")) && is_denied(&bob.delete_folder(below)));
    assert!(is_denied(&bob.rename_folder(below, None, Some("Other"))) && is_denied(&bob.empty_folder(work, true)));
    assert!(is_denied(&bob.mark_folder_read(work, true)));
    assert!(is_denied(&bob.update_container(work, Flags::CHECKED, Flags::default(), Some(3), None)));
    assert!(is_denied(&bob.grant(work, grant("bob", Rights::ALL))) && is_denied(&bob.set_inherits_grants(work, false)));
    assert!(is_denied(&bob.revoke(work, GranteeKind::User, "bob")));
    assert!(is_denied(&bob.claim_recent(work)));
    let all_of_it =
        mailbox::Lifetime { folder: work, alone: false, since: mailbox::Since::Received, keep_ms: 0, read: None };
    assert!(is_denied(&bob.purge(&[all_of_it])) && is_denied(&bob.purge_dumpster(0)));
    assert!(is_denied(&bob.recover(&[in_work.id], work, 0)) && is_denied(&bob.discard(&[in_work.id])));
    assert!(is_denied(&bob.empty_dumpster()) && is_denied(&bob.search_dumpster(&SearchParams::default(), 0)));
    // what is shared is found, nothing else
    let found = bob.search(&SearchParams { query: "is:anywhere".into(), limit: 10, ..SearchParams::default() });
    let is_shared = |hit: &Hit| matches!(hit, Hit::Message(item) if item.folder == work || item.folder == below);
    assert!(found.unwrap().hits.iter().all(is_shared));
    let told: Vec<_> = bob.contents().unwrap().into_iter().map(|brief| brief.id).collect();
    assert_eq!(told, [in_work.id, in_below.id]);
    // what concerns the owner alone
    assert!(is_denied(&bob.create_tag("mine", None, None)) && is_denied(&bob.ensure_tag("mine")));
    assert!(is_denied(&bob.scripts()) && is_denied(&bob.put_script("x", b"keep;")) && is_denied(&bob.script("x")));
    assert!(is_denied(&bob.activate_script(None)) && is_denied(&bob.delete_script("x")));
    assert!(is_denied(&bob.create_search_folder(ItemId::USER_ROOT, "s", "text", "", "")));
    assert!(is_missing(&bob.save_draft(&test.stage(b"Subject: x\r\n\r\n"), None, None)));
    assert!(is_denied(&bob.subscriptions_elsewhere()) && is_denied(&bob.subscribe_elsewhere("/home/x/y", true)));
    assert!(is_denied(&bob.remember(mailbox::ANSWERED, "x", 1)) && is_denied(&bob.is_noted(mailbox::ANSWERED, "x")));
    // Carol has not been invited.
    assert!(is_denied(&visit(&test, "carol", "alice")));
}

#[test]
fn each_right_allows_its_own() {
    let Scene { test, alice, work, below, in_work, in_inbox, .. } = scene();
    let has = |rights: Rights| {
        alice.grant(work, grant("bob", rights)).unwrap();
        visit(&test, "bob", "alice").unwrap()
    };
    let bob = has(READ.with(Rights::WRITE));
    let flagged = FlagChange { add: Flags::FLAGGED, ..FlagChange::default() };
    let marked = FlagChange { add: Flags::DELETED, ..FlagChange::default() };
    bob.update_flags(&[in_work.id], &flagged).unwrap();
    assert!(is_denied(&bob.update_flags(&[in_work.id], &marked)));

    let bob = has(READ.with(Rights::INSERT));
    assert_eq!(bob.copy_items(&[in_work.id], below).unwrap().len(), 1);
    assert!(is_denied(&bob.move_items(&[in_work.id], below)));
    // what can't be read can't be brought to where it can
    assert!(is_missing(&bob.copy_items(&[in_inbox.id], below)) && is_missing(&bob.move_items(&[in_inbox.id], below)));

    let bob = has(READ.with(Rights::DELETE));
    bob.update_flags(&[in_work.id], &marked).unwrap();
    assert_eq!(bob.expunge(work, None).unwrap(), [in_work.uid]);

    let bob = has(READ.with(Rights::CREATE));
    let made = bob.create_folder(work, "New", "message").unwrap();
    assert!(is_missing(&bob.create_folder(ItemId::USER_ROOT, "Elsewhere", "message")));
    assert!(is_denied(&bob.delete_folder(made.item.id)));

    // one who may put things in, and may not look
    let bob = has(Rights::INSERT);
    let add = mailbox::AddMessage { folder: work, flags: Flags::UNREAD, tags: vec![], date_ms: None };
    let put = bob.add_message(&test.stage(&message("put@x", "put", None, "text")), &add).unwrap();
    assert!(is_missing(&bob.item(put.id)) && is_denied(&bob.folder_messages(work, Uid(0))));
    assert_eq!(alice.item(put.id).unwrap().folder, work);

    let bob = has(READ.with(Rights::ADMIN));
    bob.grant(below, grant("carol", READ)).unwrap();
    let carol = visit(&test, "carol", "alice").unwrap();
    assert_eq!(carol.folders().unwrap().len(), 1);
}

#[test]
fn groups_everybody_and_what_is_not_handed_down() {
    let Scene { test, alice, work, below, .. } = scene();
    let to = |kind, id: &str| Grant { kind, grantee: id.into(), name: String::new(), rights: READ };
    alice.grant(work, to(GranteeKind::Group, "list-1")).unwrap();
    let member = Arc::new(Visitor::new("bob".into(), vec!["list-1".into()], None, None));
    let sees = |visitor: &Arc<Visitor>| {
        let opened = test.store().visit(visitor, "alice", 0);
        opened.map_or(0, |handle| handle.mailbox().folders().unwrap().len())
    };
    // an id is of its kind
    let other = Arc::new(Visitor::new("list-1".into(), Vec::new(), Some("list-1".into()), Some("list-1".into())));
    assert_eq!((sees(&member), sees(&other)), (2, 0));
    alice.set_inherits_grants(below, false).unwrap();
    assert_eq!(sees(&member), 1);
    alice.grant(below, to(GranteeKind::All, "")).unwrap();
    assert_eq!((sees(&member), sees(&other)), (2, 1));
    alice.set_inherits_grants(below, true).unwrap();
    alice.revoke(below, GranteeKind::All, "").unwrap();
    assert_eq!((sees(&member), sees(&other)), (2, 0));
}

#[test]
fn the_nearest_folder_with_a_grant_decides() {
    let Scene { test, alice, work, below, in_work, in_below, .. } = scene();
    alice.grant(work, grant("bob", READ.with(Rights::WRITE))).unwrap();
    let bob = visit(&test, "bob", "alice").unwrap();
    let seen = FlagChange { remove: Flags::UNREAD, ..FlagChange::default() };
    bob.update_flags(&[in_below.id], &seen).unwrap();
    alice.grant(below, grant("bob", READ)).unwrap();
    let flag = FlagChange { add: Flags::FLAGGED, ..FlagChange::default() };
    assert!(is_denied(&bob.update_flags(&[in_below.id], &flag)), "less below");
    bob.update_flags(&[in_work.id], &flag).unwrap();
    // nothing at all: that of the others is as it was
    alice
        .grant(work, Grant { kind: GranteeKind::All, grantee: String::new(), name: String::new(), rights: READ })
        .unwrap();
    alice.grant(below, grant("bob", Rights::NONE)).unwrap();
    assert!(is_missing(&bob.item(in_below.id)) && is_missing(&bob.content(&in_below)));
    visit(&test, "carol", "alice").unwrap().content(&in_below).unwrap();
    // where there is nothing to take away, nothing is kept
    assert!(
        alice
            .grant(below, grant("dave", Rights::NONE))
            .unwrap()
            .detail
            .grants
            .iter()
            .all(|grant| grant.grantee != "dave")
    );
}

#[test]
fn what_is_taken_back_counts_at_once_and_grants_survive_a_crash() {
    let Scene { mut test, alice, work, in_work, .. } = scene();
    alice.grant(work, grant("bob", READ)).unwrap();
    drop(alice);
    test.crash();
    assert_eq!(test.store().owners_sharing_with(&visitor("bob")).unwrap(), ["alice"]);
    let (alice, bob) = (test.mailbox("alice"), visit(&test, "bob", "alice").unwrap());
    bob.content(&in_work).unwrap();
    alice.revoke(work, GranteeKind::User, "bob").unwrap();
    assert!(is_missing(&bob.content(&in_work)) && bob.folders().unwrap().is_empty());
    assert!(test.store().owners_sharing_with(&visitor("bob")).unwrap().is_empty());
    alice.grant(work, grant("bob", READ)).unwrap();
    bob.content(&in_work).unwrap();
    alice.delete_folder(work).unwrap();
    assert!(test.store().owners_sharing_with(&visitor("bob")).unwrap().is_empty());
}

#[test]
fn messages_go_from_one_mailbox_to_another_whole_or_not_at_all() {
    let Scene { mut test, alice, work, in_work, in_below, in_inbox, .. } = scene();
    let all = Rights::ALL.without(Rights::ADMIN);
    alice.grant(work, grant("bob", all)).unwrap();
    let tag = alice.create_tag("project", None, None).unwrap();
    let tagged = FlagChange { tags_add: vec![tag.item.id], add: Flags::DELETED, ..FlagChange::default() };
    alice.update_flags(&[in_work.id], &tagged).unwrap();
    let (own, there) = (test.mailbox("bob"), visit(&test, "bob", "alice").unwrap());
    let bytes = alice.content(&in_work).unwrap();
    let copies = there.copy_items_to(&[in_work.id], &own, ItemId::INBOX).unwrap();
    let copy = &copies[0].1;
    assert_eq!(own.content(copy).unwrap(), bytes);
    assert!(!copy.flags.contains(Flags::DELETED));
    assert_eq!(copy.tags, [own.tags().unwrap()[0].item.id]);
    assert!(is_missing(&there.copy_items_to(&[in_inbox.id], &own, ItemId::INBOX)));
    // all or nothing
    let both = there.move_items_to(&[in_below.id, in_inbox.id], &own, ItemId::INBOX);
    assert!(is_missing(&both));
    assert_eq!(own.folder(ItemId::INBOX).unwrap().detail.total, 1);
    let moved = there.move_items_to(&[in_below.id], &own, ItemId::INBOX).unwrap();
    assert!(is_missing(&alice.item(in_below.id)));
    // and back, into the shared folder
    let back = own.move_items_to(&[copy.id], &there, work).unwrap();
    assert_eq!(alice.content(&back[0].1).unwrap(), bytes);
    drop((alice, own, there));
    test.crash();
    let (alice, own) = (test.mailbox("alice"), test.mailbox("bob"));
    assert_eq!(own.content(&own.item(moved[0].1.id).unwrap()).unwrap(), message("below@x", "below", None, "text"));
    assert_eq!(alice.folder(work).unwrap().detail.total, 2);
    let small = test.store().visit(&visitor("bob"), "alice", 10).unwrap();
    let full = own.copy_items_to(&[moved[0].1.id], small.mailbox(), work);
    assert!(matches!(full, Err(Error::OverQuota)));
}

#[test]
fn mount_points_are_the_users_own() {
    let Scene { mut test, alice, work, .. } = scene();
    alice.grant(work, grant("bob", READ)).unwrap();
    let bob = test.mailbox("bob");
    let remote = Remote { account: "alice".into(), folder: work, name: "alice@example.test".into() };
    let mount = bob.create_mount_point(ItemId::USER_ROOT, "Alice's", remote.clone(), "message").unwrap();
    let again = bob.create_mount_point(ItemId::USER_ROOT, "Alice's", remote.clone(), "message");
    assert!(matches!(again, Err(Error::AlreadyExists(_))));
    assert!(matches!(bob.create_folder(mount.item.id, "x", ""), Err(Error::CannotContain(_))));
    assert!(test.store().visit(&visitor("carol"), "bob", 0).is_err());
    drop((alice, bob));
    test.crash();
    let bob = test.mailbox("bob");
    let known = bob.folder_by_path("/Alice's").unwrap().unwrap();
    assert_eq!((known.item.kind, known.detail.remote), (Kind::MountPoint, Some(remote)));
    bob.rename_folder(mount.item.id, None, Some("Renamed")).unwrap();
    bob.delete_folder(mount.item.id).unwrap();
}

/// Who keeps a copy of what is shared learns of that and of nothing else; what leaves it is gone.
#[test]
fn changes_of_what_is_shared() {
    let Scene { test, alice, work, below, in_work, in_below, in_inbox } = scene();
    alice.create_tag("private", None, None).unwrap();
    let before = alice.row().unwrap().modseq;
    alice.grant(work, grant("bob", READ)).unwrap();
    let bob = visit(&test, "bob", "alice").unwrap();
    let since = |since, items, gone| {
        let (changed, removed) = bob.changed_since(since, items, gone).unwrap();
        let changed: Vec<_> = changed.iter().map(|item| item.id).collect();
        (changed, removed.iter().map(|one| (one.id, one.removed)).collect::<Vec<_>>())
    };
    let all = since(mailbox::ModSeq(0), 100, 100);
    assert_eq!(all, (vec![in_work.id, below, in_below.id, work], vec![]));
    assert_eq!(since(mailbox::ModSeq(0), 2, 0).0, [in_work.id, below]);
    assert_eq!(since(before, 100, 100).0, [work]);

    let now = alice.row().unwrap().modseq;
    alice.move_items(&[in_inbox.id], work).unwrap();
    alice.move_items(&[in_work.id], ItemId::INBOX).unwrap();
    alice.delete_items(&[in_below.id]).unwrap();
    let other = test.add("alice", ItemId::INBOX, &message("other@x", "other", None, "text"));
    alice.delete_items(&[other.id]).unwrap();
    let (mut changed, removed) = since(now, 100, 100);
    // the folders' counts have changed, too
    changed.retain(|id| ![work, below].contains(id));
    assert_eq!((changed, removed), (vec![in_inbox.id], vec![(in_work.id, false), (in_below.id, true)]));
    alice.revoke(work, GranteeKind::User, "bob").unwrap();
    assert_eq!(since(mailbox::ModSeq(0), 100, 100), (vec![], vec![]));
}
