// SPDX-License-Identifier: AGPL-3.0-or-later
//! Several clients at random on one folder: its owner, one who wants VANISHED, one with whom it is shared, and one who sees it
//! through a saved search. Each believes every untagged line it gets; none may ever be lied to, and in the end all of them
//! agree with a client that comes new.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, PASSWORD, Server, message};
use mailbox::{Actor, Grant, GranteeKind, ItemId, Rights};
use std::collections::BTreeMap;

const CLIENTS: [Kind; 5] = [Kind::Owner, Kind::Owner, Kind::Vanished, Kind::Visitor, Kind::Searcher];
const STEPS: usize = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Owner,
    /// ENABLE QRESYNC
    Vanished,
    /// Bob, with all rights.
    Visitor,
    /// Reads only.
    Searcher,
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}

/// A client and what it was told: the UID of each sequence number, where it knows it, and flags by UID.
struct Believer {
    kind: Kind,
    client: Client,
    numbers: Vec<Option<u32>>,
    flags: BTreeMap<u32, String>,
}

fn between<'a>(line: &'a str, from: &str, until: char) -> Option<&'a str> {
    let rest = &line[line.find(from)? + from.len()..];
    rest.split(until).next()
}

impl Believer {
    fn new(server: &Server, kind: Kind) -> Believer {
        let mut client = server.connect();
        client.line();
        let who = if kind == Kind::Visitor { "bob" } else { "alice" };
        client.ok(&format!("l LOGIN {who}@example.test \"{PASSWORD}\""));
        if kind == Kind::Vanished {
            client.ok("e ENABLE QRESYNC");
        }
        let mut believer = Believer { kind, client, numbers: Vec::new(), flags: BTreeMap::new() };
        let folder = match kind {
            Kind::Owner | Kind::Vanished => "INBOX",
            Kind::Visitor => "/home/alice@example.test/INBOX",
            Kind::Searcher => "Search",
        };
        believer.say(&format!("s SELECT {folder}"), true);
        believer
    }

    /// Sends a command and believes the answers. `expunge`: EXPUNGE may come.
    fn say(&mut self, command: &str, expunge: bool) -> Vec<String> {
        let lines = self.client.command(command);
        for line in &lines {
            self.believe(line, expunge);
        }
        lines
    }

    fn believe(&mut self, line: &str, expunge: bool) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["*", "VANISHED", set] = words[..] {
            assert!(expunge && self.kind == Kind::Vanished, "{line} where it is not allowed");
            return self.vanished(set);
        }
        let (Some(&"*"), Some(Ok(n))) = (words.first(), words.get(1).map(|w| w.parse::<usize>())) else { return };
        match words[2] {
            "EXISTS" => {
                assert!(n >= self.numbers.len(), "{line}: there were {}", self.numbers.len());
                self.numbers.resize(n, None);
            }
            "EXPUNGE" => {
                assert!(expunge && self.kind != Kind::Vanished, "{line} where it is not allowed");
                if let Some(uid) = self.numbers.remove(n - 1) {
                    self.flags.remove(&uid);
                }
            }
            "FETCH" => {
                let uid: u32 = between(line, "UID ", ' ').unwrap().trim_end_matches(')').parse().unwrap();
                let known = self.numbers[n - 1].replace(uid);
                assert!(known.is_none_or(|known| known == uid), "{line}: number {n} was {known:?}");
                if let Some(flags) = between(line, "FLAGS (", ')') {
                    let kept = flags.split(' ').filter(|f| *f != "\\Recent" && !f.is_empty());
                    self.flags.insert(uid, kept.collect::<Vec<_>>().join(" "));
                }
            }
            _ => {}
        }
    }
}

impl Believer {
    fn vanished(&mut self, set: &str) {
        for range in set.split(',') {
            let (from, until) = range.split_once(':').unwrap_or((range, range));
            for uid in from.parse::<u32>().unwrap()..=until.parse().unwrap() {
                let known = self.numbers.iter().position(|number| *number == Some(uid));
                // One whose UID it has not asked for yet: UIDs ascend.
                let above = |number: &Option<u32>| number.is_some_and(|number| number > uid);
                let end = self.numbers.iter().position(above).unwrap_or(self.numbers.len());
                let at = known.or_else(|| self.numbers[..end].iter().rposition(Option::is_none));
                self.numbers.remove(at.unwrap_or_else(|| panic!("{uid} was never there")));
                self.flags.remove(&uid);
            }
        }
    }
}

fn step(random: &mut Random, believer: &mut Believer, serial: usize) {
    let exists = believer.numbers.len();
    let number = if exists == 0 { 0 } else { 1 + random.below(exists) };
    let flag = ["\\Seen", "\\Flagged", "\\Deleted", "Work", "Play"][random.below(5)];
    let (folder, trash) = match believer.kind {
        Kind::Visitor => ("/home/alice@example.test/INBOX", "INBOX"),
        _ => ("INBOX", "Trash"),
    };
    let uid = believer.numbers.get(number.wrapping_sub(1)).copied().flatten().unwrap_or(0);
    if believer.kind == Kind::Searcher {
        return match random.below(if exists == 0 { 1 } else { 4 }) {
            0 => drop(believer.say("b NOOP", true)),
            1 => drop(believer.say(&format!("c FETCH {number}:* (UID FLAGS)"), false)),
            2 => drop(believer.say(&format!("h SEARCH {number}:* UNSEEN"), false)),
            _ => drop(believer.say("k UID FETCH 1:* (FLAGS RFC822.SIZE)", true)),
        };
    }
    match random.below(if exists == 0 { 3 } else { 16 }) {
        0 | 1 => {
            let bytes = message(&format!("m{serial}"), "x");
            believer.client.raw(format!("a APPEND {folder} ({flag}) {{{}+}}\r\n", bytes.len()).as_bytes());
            believer.client.raw(&bytes);
            believer.client.raw(b"\r\n");
            for line in believer.client.until_tag("a") {
                believer.believe(&line, true);
            }
        }
        2 => drop(believer.say("b NOOP", true)),
        3 => drop(believer.say(&format!("c FETCH {number}:* (UID FLAGS)"), false)),
        4 => drop(believer.say(&format!("d STORE {number} +FLAGS ({flag})"), false)),
        5 => drop(believer.say(&format!("e STORE {number}:* -FLAGS ({flag})"), false)),
        6 => drop(believer.say(&format!("f STORE {number} FLAGS ({flag})"), false)),
        7 => drop(believer.say("g EXPUNGE", true)),
        8 => drop(believer.say(&format!("h SEARCH {number}:* UNSEEN"), false)),
        9 => drop(believer.say(&format!("i MOVE {number} {trash}"), true)),
        10 => drop(believer.say(&format!("j COPY {number} {folder}"), true)),
        11 => drop(believer.say(&format!("n UID EXPUNGE {}", uid.max(1)), true)),
        12 => {
            let bytes = message(&format!("r{serial}"), "y");
            believer.client.raw(format!("o REPLACE {number} {folder} ({flag}) {{{}+}}\r\n", bytes.len()).as_bytes());
            believer.client.raw(&bytes);
            believer.client.raw(b"\r\n");
            for line in believer.client.until_tag("o") {
                believer.believe(&line, true);
            }
        }
        13 => {
            believer.client.send("p IDLE");
            loop {
                let line = believer.client.line();
                if line.starts_with('+') {
                    break;
                }
                believer.believe(&line, true);
            }
            believer.client.send("DONE");
            for line in believer.client.until_tag("p") {
                believer.believe(&line, true);
            }
        }
        14 => drop(believer.say(&format!("q UID STORE {}:* +FLAGS ({flag})", uid.max(1)), true)),
        _ => drop(believer.say("k UID FETCH 1:* (FLAGS RFC822.SIZE)", true)),
    }
}

/// Alice's Inbox is shared with Bob, and she has a search that finds what is in it.
fn scene() -> Server {
    let server = Server::new();
    let id = |name: &str| server.directory.account(&format!("{name}@example.test")).unwrap().unwrap().id;
    let actor = Actor { account: id("alice"), is_admin: false };
    let opened = server.store.open_mailbox(&actor, &actor.account, 0).unwrap();
    let mailbox = opened.mailbox();
    for keyword in ["Work", "Play"] {
        mailbox.create_tag(keyword, None, None).unwrap();
    }
    let grant = Grant { kind: GranteeKind::User, grantee: id("bob"), name: "bob".into(), rights: Rights::ALL };
    mailbox.grant(ItemId::INBOX, grant).unwrap();
    mailbox.create_search_folder(ItemId::USER_ROOT, "Search", "in:inbox", "message", "").unwrap();
    server
}

fn run(seed: u64) {
    let server = scene();
    let mut random = Random(seed);
    let mut believers: Vec<Believer> = CLIENTS.iter().map(|kind| Believer::new(&server, *kind)).collect();
    // One of them is told at once, all but what went (RFC 5465 §6.1), and shown what came.
    let notify = "n NOTIFY SET (selected-delayed (MessageNew (FLAGS) MessageExpunge FlagChange)) \
        (personal (MessageNew MessageExpunge FlagChange MailboxName))";
    believers[0].say(notify, true);
    for serial in 0..STEPS {
        let who = random.below(CLIENTS.len());
        step(&mut random, &mut believers[who], serial);
    }
    let mut fresh = Believer::new(&server, Kind::Owner);
    fresh.say("z FETCH 1:* (UID FLAGS)", false);
    let mut found = Believer::new(&server, Kind::Searcher);
    found.say("z FETCH 1:* (UID FLAGS)", false);
    assert_eq!(found.numbers.len(), fresh.numbers.len(), "seed {seed}");
    for believer in &mut believers {
        let fresh = if believer.kind == Kind::Searcher { &found } else { &fresh };
        believer.say("y NOOP", true);
        let who = believer.kind;
        assert_eq!(believer.numbers.len(), fresh.numbers.len(), "seed {seed}, {who:?}");
        // What it was told of flags before it asks again must be right already.
        for (uid, flags) in &believer.flags {
            assert_eq!(Some(flags), fresh.flags.get(uid), "seed {seed}, {who:?}: flags of UID {uid}");
        }
        believer.say("z FETCH 1:* (UID FLAGS)", false);
        assert_eq!(believer.numbers, fresh.numbers, "seed {seed}, {who:?}");
        assert_eq!(believer.flags, fresh.flags, "seed {seed}, {who:?}");
    }
}

#[test]
fn clients_at_random_are_never_lied_to() {
    for seed in [1, 77, 4_242, 99_991, 123_456_789] {
        run(seed);
    }
}
