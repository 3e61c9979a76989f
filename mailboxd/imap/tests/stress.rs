// SPDX-License-Identifier: AGPL-3.0-or-later
//! Several clients at random on one folder. Each believes every untagged line it gets; none may ever be lied to, and in
//! the end all of them agree with a client that comes new.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod common;

use common::{Client, Server, message};
use std::collections::BTreeMap;

const CLIENTS: usize = 3;
const STEPS: usize = 250;

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
    client: Client,
    numbers: Vec<Option<u32>>,
    flags: BTreeMap<u32, String>,
}

fn between<'a>(line: &'a str, from: &str, until: char) -> Option<&'a str> {
    let rest = &line[line.find(from)? + from.len()..];
    rest.split(until).next()
}

impl Believer {
    fn new(server: &Server) -> Believer {
        let mut believer = Believer { client: server.login(), numbers: Vec::new(), flags: BTreeMap::new() };
        believer.say("s SELECT INBOX", true);
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
        let (Some(&"*"), Some(Ok(n))) = (words.first(), words.get(1).map(|w| w.parse::<usize>())) else { return };
        match words[2] {
            "EXISTS" => {
                assert!(n >= self.numbers.len(), "{line}: there were {}", self.numbers.len());
                self.numbers.resize(n, None);
            }
            "EXPUNGE" => {
                assert!(expunge, "{line} where it is not allowed");
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

fn step(random: &mut Random, believer: &mut Believer, serial: usize) {
    let exists = believer.numbers.len();
    let number = if exists == 0 { 0 } else { 1 + random.below(exists) };
    let flag = ["\\Seen", "\\Flagged", "\\Deleted", "Work", "Play"][random.below(5)];
    match random.below(if exists == 0 { 3 } else { 14 }) {
        choice @ (0 | 1 | 12 | 13) => {
            let bytes = message(&format!("m{serial}"), "x");
            let command = if choice < 2 { "APPEND".to_owned() } else { format!("REPLACE {number}") };
            believer.client.raw(format!("a {command} INBOX ({flag}) {{{}+}}\r\n", bytes.len()).as_bytes());
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
        9 => drop(believer.say(&format!("i MOVE {number} Trash"), true)),
        10 => drop(believer.say(&format!("j COPY {number} INBOX"), true)),
        _ => drop(believer.say("k UID FETCH 1:* (FLAGS RFC822.SIZE)", true)),
    }
}

fn run(seed: u64) {
    let server = Server::new();
    let mut random = Random(seed);
    let mut believers: Vec<Believer> = (0..CLIENTS).map(|_| Believer::new(&server)).collect();
    // One of them is told at once, all but what went (RFC 5465 §6.1), and shown what came.
    let notify = "n NOTIFY SET (selected-delayed (MessageNew (FLAGS) MessageExpunge FlagChange)) \
        (personal (MessageNew MessageExpunge FlagChange MailboxName))";
    believers[0].say(notify, true);
    for serial in 0..STEPS {
        let who = random.below(CLIENTS);
        step(&mut random, &mut believers[who], serial);
    }
    let mut fresh = Believer::new(&server);
    fresh.say("z FETCH 1:* (UID FLAGS)", false);
    for believer in &mut believers {
        believer.say("y NOOP", true);
        assert_eq!(believer.numbers.len(), fresh.numbers.len(), "seed {seed}");
        // What it was told of flags before it asks again must be right already.
        for (uid, flags) in &believer.flags {
            assert_eq!(Some(flags), fresh.flags.get(uid), "seed {seed}: flags of UID {uid}");
        }
        believer.say("z FETCH 1:* (UID FLAGS)", false);
        assert_eq!(believer.numbers, fresh.numbers, "seed {seed}");
    }
}

#[test]
fn clients_at_random_are_never_lied_to() {
    for seed in [1, 77, 4_242, 99_991, 123_456_789] {
        run(seed);
    }
}
