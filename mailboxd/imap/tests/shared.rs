// SPDX-License-Identifier: AGPL-3.0-or-later
//! Folders of others: ACL (RFC 4314), the namespace of other users, mount points. Alice shares, Bob looks, Carol has no rights.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, PASSWORD, Server, message};
use mailbox::{Actor, ItemId, Mailbox, Remote};

fn login(server: &Server, user: &str) -> Client {
    let mut client = server.connect();
    client.line();
    client.ok(&format!("l LOGIN {user}@example.test \"{PASSWORD}\""));
    client
}

fn id_of(server: &Server, user: &str) -> String {
    server.directory.account(&format!("{user}@example.test")).unwrap().unwrap().id
}

fn mailbox_of(server: &Server, user: &str) -> Mailbox {
    let actor = Actor { account: id_of(server, user), is_admin: false };
    server.store.open_mailbox(&actor, &actor.account, 0).unwrap().mailbox().clone()
}

/// Alice's Work and Work/2026, with a message each, and one in her INBOX.
fn scene() -> (Server, Client) {
    let server = Server::new();
    server.directory.create_account("carol@example.test", PASSWORD, Default::default()).unwrap();
    let mut alice = server.login();
    alice.ok("a CREATE Work/2026");
    for name in ["Work", "Work/2026", "INBOX"] {
        alice.append(name, "", &message(name, "text"));
    }
    (server, alice)
}

#[test]
fn rights_are_set_listed_and_taken() {
    let (server, mut alice) = scene();
    alice.ok("a SETACL Work bob@example.test lr");
    alice.ok("a SETACL Work bob@example.test +s");
    assert_eq!(
        alice.ok("a GETACL Work"),
        ["* ACL Work \"alice@example.test\" \"lrswipkxteacd\" \"bob@example.test\" \"lrsw\""]
    );
    assert_eq!(alice.ok("a MYRIGHTS Work"), ["* MYRIGHTS Work lrswipkxteacd"]);
    assert_eq!(
        alice.ok("a LISTRIGHTS Work bob@example.test"),
        ["* LISTRIGHTS Work \"bob@example.test\" \"\" lr sw ip kc xted a"]
    );
    alice.ok("a SETACL Work bob@example.test -sw");
    let mut bob = login(&server, "bob");
    assert_eq!(bob.ok("b MYRIGHTS /home/alice@example.test/Work"), ["* MYRIGHTS /home/alice@example.test/Work lr"]);
    for refused in ["GETACL", "LISTRIGHTS", "SETACL", "DELETEACL"] {
        let rest = match refused {
            "GETACL" => "",
            "SETACL" => " carol@example.test lr",
            _ => " carol@example.test",
        };
        let answer = bob.command(&format!("b {refused} /home/alice@example.test/Work{rest}")).pop().unwrap();
        assert!(answer.starts_with("b NO [NOPERM]"), "{refused}: {answer}");
        let answer = bob.command(&format!("b {refused} /home/alice@example.test/INBOX{rest}")).pop().unwrap();
        assert!(answer.starts_with("b NO [NONEXISTENT]"), "{refused}: {answer}");
    }
    for bad in
        ["SETACL Work nobody@example.test lr", "SETACL Work -bob@example.test lr", "SETACL Work alice@example.test l"]
    {
        assert!(alice.command(&format!("a {bad}")).pop().unwrap().starts_with("a NO"), "{bad}");
    }
    assert!(alice.command("a SETACL Work bob@example.test lrQ").pop().unwrap().starts_with("a BAD"));
    alice.ok("a DELETEACL Work bob@example.test");
    assert_eq!(alice.ok("a GETACL Work"), ["* ACL Work \"alice@example.test\" \"lrswipkxteacd\""]);
    let answer = bob.command("b MYRIGHTS /home/alice@example.test/Work").pop().unwrap();
    assert!(answer.starts_with("b NO [NONEXISTENT]"), "{answer}");
}

#[test]
fn others_see_what_is_shared_and_nothing_else() {
    let (server, mut alice) = scene();
    let mut bob = login(&server, "bob");
    assert_eq!(bob.ok("b NAMESPACE"), ["* NAMESPACE ((\"\" \"/\")) ((\"/home/\" \"/\")) NIL"]);
    assert_eq!(bob.ok("b LIST \"\" \"/home/*\""), Vec::<String>::new());
    alice.ok("a SETACL Work bob@example.test lr");
    assert_eq!(
        bob.ok("b LIST \"\" \"/home/*\""),
        [
            "* LIST (\\HasChildren) \"/\" /home/alice@example.test/Work",
            "* LIST (\\HasNoChildren) \"/\" /home/alice@example.test/Work/2026",
            "* LIST (\\Noselect \\HasChildren) \"/\" /home/alice@example.test",
        ]
    );
    assert_eq!(bob.ok("b LIST /home/ %"), ["* LIST (\\Noselect \\HasChildren) \"/\" /home/alice@example.test"]);
    assert!(bob.ok("b LIST \"\" *").iter().all(|line| !line.contains("alice")), "only in their own namespace");
    bob.ok("b SUBSCRIBE /home/alice@example.test/Work");
    assert!(bob.ok("b LSUB \"\" *").contains(&"* LSUB () \"/\" /home/alice@example.test/Work".to_owned()));
    bob.ok("b UNSUBSCRIBE /home/alice@example.test/Work");
    assert!(!bob.ok("b LSUB \"\" *").iter().any(|line| line.contains("alice")));

    let lines = bob.ok("b SELECT /home/alice@example.test/Work");
    assert!(lines.contains(&"* 1 EXISTS".to_owned()) && lines.iter().any(|l| l.contains("PERMANENTFLAGS ()")));
    let fetched = bob.ok("b FETCH 1 (FLAGS BODY[TEXT])");
    assert!(fetched[0].starts_with("* 1 FETCH (FLAGS (\\Recent) BODY[TEXT]"), "reading marks nothing: {fetched:?}");
    assert!(bob.command("b STORE 1 +FLAGS (\\Seen)").pop().unwrap().starts_with("b NO"));
    assert!(bob.command("b EXPUNGE").pop().unwrap().starts_with("b NO"));
    assert!(bob.command("b MOVE 1 Trash").pop().unwrap().starts_with("b NO"));
    let copied = bob.command("b COPY 1 INBOX").pop().unwrap();
    assert!(copied.starts_with("b OK [COPYUID"), "{copied}");
    bob.ok("b CLOSE");
    for place in [
        "/home/alice@example.test/INBOX",
        "/home/alice@example.test/Work/none",
        "/home/alice@example.test",
        "/home/nobody@example.test/INBOX",
        "/home/carol@example.test/INBOX",
    ] {
        let answer = bob.command(&format!("b SELECT {place}")).pop().unwrap();
        assert!(answer.starts_with("b NO [NONEXISTENT]"), "{place}: {answer}");
        let answer = bob.command(&format!("b STATUS {place} (MESSAGES)")).pop().unwrap();
        assert!(answer.starts_with("b NO [NONEXISTENT]"), "{place}: {answer}");
    }
    bob.send("b APPEND /home/alice@example.test/Work {5}");
    assert!(bob.line().starts_with("b NO [NOPERM]"), "refused before the message is sent");
    for refused in [
        "CREATE /home/alice@example.test/Work/x",
        "CREATE /home/alice@example.test/x",
        "DELETE /home/alice@example.test/Work/2026",
        "RENAME /home/alice@example.test/Work/2026 Mine",
        "RENAME INBOX /home/alice@example.test/Work/x",
    ] {
        assert!(bob.command(&format!("b {refused}")).pop().unwrap().starts_with("b NO"), "{refused}");
    }
    assert_eq!(bob.ok("b GETQUOTAROOT /home/alice@example.test/Work"), ["* QUOTAROOT /home/alice@example.test/Work"]);
    let mut carol = login(&server, "carol");
    assert!(carol.command("c SELECT /home/alice@example.test/Work").pop().unwrap().starts_with("c NO [NONEXISTENT]"));
    // her own mailbox has a name there, too
    alice.ok("a SELECT /home/alice@example.test/INBOX");
}

#[test]
fn two_people_work_in_one_folder() {
    let (server, mut alice) = scene();
    alice.ok("a SETACL Work bob@example.test lrswited");
    let mut bob = login(&server, "bob");
    let lines = bob.ok("b SELECT /home/alice@example.test/Work");
    let flags = lines.iter().find(|line| line.contains("PERMANENTFLAGS")).unwrap();
    assert!(flags.contains("\\Seen") && flags.contains("\\Deleted") && !flags.contains("\\*"), "{flags}");
    alice.ok("a SELECT Work");
    bob.ok("b STORE 1 +FLAGS (\\Flagged)");
    assert!(alice.ok("a NOOP").iter().any(|line| line.contains("\\Flagged")));
    let added = bob.append("/home/alice@example.test/Work", "(\\Seen) ", &message("from bob", "hello"));
    assert!(added.last().unwrap().contains("APPENDUID"));
    assert!(alice.ok("a NOOP").contains(&"* 2 EXISTS".to_owned()));
    bob.ok("b NOOP");
    bob.ok("b STORE 1 +FLAGS (\\Deleted)");
    assert_eq!(bob.ok("b EXPUNGE"), ["* 1 EXPUNGE"]);
    assert!(alice.ok("a NOOP").contains(&"* 1 EXPUNGE".to_owned()));
    let moved = bob.command("b MOVE 1 INBOX");
    assert!(moved[0].starts_with("* OK [COPYUID"), "{moved:?}");
    assert_eq!(bob.ok("b STATUS INBOX (MESSAGES)"), ["* STATUS INBOX (MESSAGES 1)"]);
    assert!(alice.ok("a NOOP").contains(&"* 1 EXPUNGE".to_owned()));
    // a search in it, by words and by header
    bob.append("/home/alice@example.test/Work", "", &message("needle in work", "haystack"));
    assert_eq!(bob.ok("b SEARCH SUBJECT needle"), ["* SEARCH 1"]);
    assert_eq!(bob.ok("b SEARCH BODY haystack"), ["* SEARCH 1"]);
    assert_eq!(bob.ok("b SEARCH BODY text"), ["* SEARCH"], "what is elsewhere in the mailbox is not found");
}

#[test]
fn what_is_taken_back_is_gone_for_who_has_it_open() {
    let (server, mut alice) = scene();
    alice.ok("a SETACL Work bob@example.test lrs");
    let mut bob = login(&server, "bob");
    bob.ok("b SELECT /home/alice@example.test/Work");
    let mut idler = login(&server, "bob");
    idler.ok("i SELECT /home/alice@example.test/Work");
    idler.send("i IDLE");
    assert_eq!(idler.line(), "+ idling");
    alice.ok("a DELETEACL Work bob@example.test");
    assert_eq!(idler.line(), "* 1 EXPUNGE", "told at once");
    assert!(bob.ok("b NOOP").contains(&"* 1 EXPUNGE".to_owned()));
    alice.append("Work", "", &message("secret", "later"));
    assert_eq!(bob.ok("b NOOP"), Vec::<String>::new());
    assert_eq!(bob.ok("b UID FETCH 1:* FLAGS").len() + bob.ok("b SEARCH ALL").len(), 1, "only an empty SEARCH");
    idler.send("DONE");
    idler.until_tag("i");
}

#[test]
fn a_list_has_rights_as_its_members() {
    let (server, mut alice) = scene();
    server.directory.create_list("team@example.test", Default::default()).unwrap();
    server.directory.create_list("inner@example.test", Default::default()).unwrap();
    server.directory.add_members("team@example.test", &["inner@example.test".to_owned()]).unwrap();
    server.directory.add_members("inner@example.test", &["bob@example.test".to_owned()]).unwrap();
    alice.ok("a SETACL Work team@example.test lr");
    let mut bob = login(&server, "bob");
    bob.ok("b SELECT /home/alice@example.test/Work");
    let mut carol = login(&server, "carol");
    assert!(carol.command("c SELECT /home/alice@example.test/Work").pop().unwrap().starts_with("c NO"));
    alice.ok("a SETACL Work anyone lr");
    carol.ok("c SELECT /home/alice@example.test/Work");
}

#[test]
fn a_mount_point_is_a_folder_among_ones_own() {
    let (server, mut alice) = scene();
    alice.ok("a SETACL Work bob@example.test lrswipkxte");
    let work = mailbox_of(&server, "alice").folder_by_path("/Work").unwrap().unwrap().item.id;
    let remote = Remote { account: id_of(&server, "alice"), folder: work, name: "alice@example.test".into() };
    let own = mailbox_of(&server, "bob");
    own.create_mount_point(ItemId::USER_ROOT, "Alices Work", remote.clone(), "message").unwrap();
    let gone = Remote { folder: ItemId(9_999), ..remote };
    own.create_mount_point(ItemId::USER_ROOT, "Gone", gone, "message").unwrap();
    let mut bob = login(&server, "bob");
    let listed: Vec<_> = bob.ok("b LIST \"\" *").into_iter().filter(|line| line.contains("Alices")).collect();
    assert_eq!(
        listed,
        ["* LIST (\\HasChildren) \"/\" \"Alices Work\"", "* LIST (\\HasNoChildren) \"/\" \"Alices Work/2026\"",]
    );
    assert!(bob.ok("b LSUB \"\" \"Alices%\"").contains(&"* LSUB () \"/\" \"Alices Work\"".to_owned()));
    let lines = bob.ok("b SELECT \"Alices Work/2026\"");
    assert!(lines.contains(&"* 1 EXISTS".to_owned()));
    bob.ok("b COPY 1 \"Alices Work\"");
    assert_eq!(bob.ok("b STATUS \"Alices Work\" (MESSAGES)"), ["* STATUS \"Alices Work\" (MESSAGES 2)"]);
    bob.ok("b CREATE \"Alices Work/New\"");
    assert_eq!(alice.ok("a STATUS Work/New (MESSAGES)"), ["* STATUS Work/New (MESSAGES 0)"]);
    bob.ok("b RENAME \"Alices Work/New\" \"Alices Work/Newer\"");
    bob.ok("b DELETE \"Alices Work/Newer\"");
    assert!(bob.command("b SELECT Gone").pop().unwrap().starts_with("b NO"));
    assert!(bob.command("b RENAME \"Alices Work/2026\" Mine").pop().unwrap().starts_with("b NO [CANNOT]"));
    // the mount point itself: hers stays
    bob.ok("b RENAME \"Alices Work\" Renamed");
    bob.ok("b SELECT Renamed/2026");
    bob.ok("b UNSELECT");
    bob.ok("b DELETE Renamed");
    assert!(bob.command("b SELECT Renamed").pop().unwrap().starts_with("b NO"));
    alice.ok("a SELECT Work/2026");
}
