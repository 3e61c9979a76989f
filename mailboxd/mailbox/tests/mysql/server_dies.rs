// SPDX-License-Identifier: AGPL-3.0-or-later
//! The database server dies alone while the store lives: it comes back without what it had not synced, and that is replayed
//! before anything is served. Until then there are temporary errors, and nothing that was acknowledged is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails may panic")]

use crate::common::message;
use crate::sim::{Machine, RowServer, deliver, mailbox_of, open_mailbox, verify};
use mailbox::{Error, FlagChange, Flags, Item, ItemId, Mailbox, Store, Uid};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const USERS: [&str; 3] = ["alice", "bob", "carol"];

fn mail(name: &str) -> Vec<u8> {
    message(&format!("{name}@x"), name, None, "text")
}

fn machine() -> (Machine, Store) {
    let machine = Machine::new(1);
    let store = machine.boot();
    USERS.iter().for_each(|user| drop(mailbox_of(&store, user)));
    (machine, store)
}

fn server(machine: &Machine) -> &RowServer {
    machine.rows.as_ref().unwrap()
}

fn subjects(store: &Store, user: &str) -> Vec<String> {
    let mailbox = mailbox_of(store, user);
    let ids: Vec<_> = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap().iter().map(|brief| brief.id).collect();
    mailbox.items(&ids).unwrap().into_iter().map(|item| item.subject).collect()
}

/// Until it is no temporary error any more.
fn patiently<T>(mut work: impl FnMut() -> mailbox::Result<T>) -> T {
    let begun = Instant::now();
    loop {
        match work() {
            Ok(value) => return value,
            Err(Error::Unavailable(text)) => assert!(begun.elapsed() < PATIENCE, "still away: {text}"),
            Err(error) => panic!("not temporary: {error:?}"),
        }
        std::thread::yield_now();
    }
}

fn deliver_one(store: &Store, name: &str, user: &str) -> mailbox::Result<ItemId> {
    deliver(store, &mail(name), &[user]).remove(0)
}

#[test]
fn what_it_loses_is_replayed_before_it_serves() {
    let (machine, store) = machine();
    for n in 0..20 {
        deliver(&store, &mail(&n.to_string()), &USERS).into_iter().for_each(|answer| assert!(answer.is_ok()));
    }
    let mailbox = mailbox_of(&store, "alice");
    let ids: Vec<_> = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap().iter().map(|brief| brief.id).collect();
    store.checkpoint().unwrap();
    // patches of what is removed later, and a mailbox that goes
    mailbox.update_flags(&ids[..9], &FlagChange { remove: Flags::UNREAD, ..FlagChange::default() }).unwrap();
    mailbox.move_items(&ids[3..6], ItemId::TRASH).unwrap();
    mailbox.delete_items(&ids[..2]).unwrap();
    store.delete_mailbox("carol").unwrap();
    store.settle().unwrap();
    let before: Vec<Item> = mailbox.items(&ids).unwrap();
    server(&machine).kill();
    assert_eq!(patiently(|| mailbox.items(&ids)), before, "rows that had fallen back were served");
    assert_eq!(subjects(&store, "bob").len(), 20);
    verify(&store, "replayed");
    patiently(|| deliver_one(&store, "later", "alice"));
    drop((mailbox, store));
    let store = machine.boot();
    assert_eq!(mailbox_of(&store, "alice").items(&ids).unwrap(), before);
    assert_eq!(subjects(&store, "carol"), [""; 0], "carol's rows came back with the server");
    verify(&store, "started again");
}

#[test]
fn while_it_is_away_there_are_temporary_errors() {
    let (machine, store) = machine();
    deliver_one(&store, "0", "alice").unwrap();
    let mailbox = mailbox_of(&store, "alice");
    let id = mailbox.folder_messages(ItemId::INBOX, Uid(0)).unwrap()[0].id;
    // The checkpoint after the start is over, and something has come since that the next one must save.
    store.checkpoint().unwrap();
    deliver_one(&store, "1", "alice").unwrap();
    store.settle().unwrap();
    server(&machine).server.kill().unwrap();
    let mut refused = 0;
    for n in 0..50 {
        match deliver_one(&store, &format!("away {n}"), "alice") {
            Err(Error::Unavailable(_)) => refused += 1,
            // one may have been taken before anybody knew
            other => assert!(other.is_ok() && refused == 0, "{other:?}"),
        }
        assert!(matches!(mailbox.items(&[id]), Err(Error::Unavailable(_))));
        assert!(matches!(mailbox.create_folder(ItemId::USER_ROOT, "x", "message"), Err(Error::Unavailable(_))));
        assert!(matches!(open_mailbox(&store, "dave"), Err(Error::Unavailable(_))));
        assert!(store.checkpoint().is_err());
    }
    assert!(refused >= 49);
    server(&machine).server.start_again().unwrap();
    patiently(|| mailbox.items(&[id]));
    patiently(|| deliver_one(&store, "back", "alice"));
    let found = subjects(&store, "alice");
    assert!(found.len() == 53 - refused && found.last().unwrap() == "back", "{found:?}");
    store.checkpoint().unwrap();
    verify(&store, "back again");
}

#[test]
fn it_dies_again_and_again_under_load() {
    let (machine, store) = machine();
    let acknowledged = USERS.map(|_| Mutex::new(Vec::new()));
    let (stop, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for (user, acknowledged) in USERS.iter().zip(&acknowledged) {
            let (store, stop, count) = (&store, &stop, &count);
            scope.spawn(move || {
                let mailbox = mailbox_of(store, user);
                let mut n = 0u32;
                while !stop.load(SeqCst) {
                    n += 1;
                    let name = format!("{user} {n}");
                    match deliver_one(store, &name, user) {
                        Ok(id) => {
                            acknowledged.lock().unwrap().push(name);
                            count.fetch_add(1, SeqCst);
                            touch(&mailbox, id, n);
                        }
                        Err(Error::Unavailable(_)) => std::thread::yield_now(),
                        Err(error) => panic!("{error:?}"),
                    }
                }
            });
        }
        for round in 1..=6 {
            let goal = count.load(SeqCst) + 40;
            let begun = Instant::now();
            while count.load(SeqCst) < goal {
                assert!(begun.elapsed() < PATIENCE, "round {round}: mail does not flow");
                std::thread::yield_now();
            }
            if round % 3 == 0 {
                store.checkpoint().unwrap();
            }
            server(&machine).kill();
        }
        stop.store(true, SeqCst);
    });
    patiently(|| store.settle());
    for (user, acknowledged) in USERS.iter().zip(&acknowledged) {
        let found = subjects(&store, user);
        let mut missing = acknowledged.lock().unwrap().clone();
        missing.retain(|name| !found.contains(name));
        assert!(missing.is_empty(), "{user} lost {missing:?}");
    }
    verify(&store, "after all");
}

/// Something that is a patch, and for some messages their end and a new one: a transaction that is applied twice would show.
fn touch(mailbox: &Mailbox, id: ItemId, n: u32) {
    let read = FlagChange { remove: Flags::UNREAD, ..FlagChange::default() };
    let outcome = mailbox
        .update_flags(&[id], &read)
        .map(drop)
        .and_then(|()| if n.is_multiple_of(5) { mailbox.copy_items(&[id], ItemId::TRASH).map(drop) } else { Ok(()) });
    assert!(matches!(outcome, Ok(()) | Err(Error::Unavailable(_))), "{outcome:?}");
}
