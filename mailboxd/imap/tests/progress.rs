// SPDX-License-Identifier: AGPL-3.0-or-later
//! INPROGRESS (RFC 9585): a command that takes long says so, and how far it is.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Server, message};
use mailbox::{Actor, AddMessage, Flags, ItemId};
use std::time::Duration;

const MESSAGES: usize = 1500;

fn filled(server: &Server) {
    let account = server.directory.account("alice@example.test").unwrap().unwrap();
    let actor = Actor { account: account.id.clone(), is_admin: false };
    let handle = server.store.open_mailbox(&actor, &account.id, 0).unwrap();
    let add = AddMessage { folder: ItemId::INBOX, flags: Flags::default(), tags: vec![], date_ms: None };
    let messages: Vec<_> = (0..MESSAGES)
        .map(|n| {
            let mut staging = server.store.stage();
            staging.write(&message(&format!("m{n}"), "x")).unwrap();
            (staging.finish().unwrap(), add.clone())
        })
        .collect();
    handle.mailbox().add_messages(&messages).unwrap();
}

#[test]
fn who_waits_long_is_told_how_far_it_is() {
    let server = Server::with(|config| config.progress_interval = Duration::from_millis(1));
    filled(&server);
    let mut client = server.login();
    client.ok("a SELECT INBOX");
    let lines = client.ok("b7 THREAD REFERENCES UTF-8 ALL");
    let start = "* OK [INPROGRESS (\"b7\" ";
    let done: Vec<usize> = lines
        .iter()
        .filter_map(|line| line.strip_prefix(start))
        .map(|rest| {
            let (done, goal) = rest.split(')').next().unwrap().split_once(' ').unwrap();
            assert_eq!(goal, MESSAGES.to_string());
            done.parse().unwrap()
        })
        .collect();
    assert!(!done.is_empty() && done.is_sorted() && done.iter().all(|n| *n < MESSAGES), "{done:?}");
    assert_eq!(lines.len(), done.len() + 1, "and one answer");
    // What can't be counted says only that it is under way.
    let lines = client.command("c COPY 1:* Trash");
    assert!(lines.contains(&"* OK [INPROGRESS (\"c\" NIL NIL)] Still at it".to_owned()), "{:?}", &lines[..1]);
    assert!(lines.last().unwrap().starts_with("c OK"));
    assert!(client.ok("d CAPABILITY")[0].contains(" INPROGRESS "));
}

#[test]
fn others_wait_in_silence() {
    let server = Server::new();
    filled(&server);
    let mut client = server.login();
    client.ok("a SELECT INBOX");
    assert_eq!(client.ok("b THREAD REFERENCES UTF-8 ALL").len(), 1);
}
