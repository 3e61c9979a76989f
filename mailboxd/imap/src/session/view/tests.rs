// SPDX-License-Identifier: AGPL-3.0-or-later
//! The view against a naive client that believes every line it is sent.

use super::*;
use mailbox::{Detail, Kind, MessageDetail, What};
use proptest::prelude::*;

const FOLDER: ItemId = ItemId(2);

fn item(uid: u32, modseq: u64, flags: u32) -> Item {
    Item {
        id: ItemId(uid + 1000),
        kind: Kind::Message,
        folder: FOLDER,
        conversation: None,
        uid: Uid(uid),
        modseq: ModSeq(modseq),
        revision: ModSeq(1),
        date_ms: 0,
        changed_ms: 0,
        size: u64::from(uid),
        flags: Flags(flags),
        tags: Vec::new(),
        name: String::new(),
        subject: String::new(),
        subject_sort: String::new(),
        sender_sort: String::new(),
        digest: None,
        message_id_hash: 0,
        thread_hash: 0,
        detail: Detail::Message(MessageDetail::default()),
    }
}

fn view() -> View {
    View::new(Snapshot {
        folder: FOLDER,
        read_only: false,
        search: None,
        rights: mailbox::Rights::ALL,
        recent_from: Uid(1),
        modseq: ModSeq(1),
        uids_below: 0,
        messages: Vec::new(),
        keywords: Keywords::default(),
    })
}

fn told(view: &mut View, expunge: bool) -> String {
    let mut out = Vec::new();
    view.tell(&mut out, Telling { expunge, flags: true, modseq: false, vanished: false });
    String::from_utf8(out).unwrap()
}

fn event(modseq: u64, change: Change) -> Event {
    Event { modseq: ModSeq(modseq), changes: vec![change] }
}

fn created(uid: u32, modseq: u64) -> Event {
    event(modseq, Change::Created(Arc::new(item(uid, modseq, 0))))
}

fn removed(uid: u32, modseq: u64) -> Event {
    let id = ItemId(uid + 1000);
    event(modseq, Change::Removed { id, kind: Kind::Message, folder: FOLDER, uid: Uid(uid) })
}

fn flagged(uid: u32, modseq: u64, flags: u32) -> Event {
    let item = Arc::new(item(uid, modseq, flags));
    event(modseq, Change::Modified { item, moved_from: None, what: What::default() })
}

#[test]
fn an_entry_is_small() {
    assert!(size_of::<Entry>() <= 24);
}

#[test]
fn expunge_waits_until_it_is_allowed() {
    let mut view = view();
    for n in 1..=3 {
        view.apply(&created(n, u64::from(n) + 1));
    }
    assert_eq!(told(&mut view, false), "* 3 EXISTS\r\n* 3 RECENT\r\n");
    view.apply(&removed(1, 10));
    view.apply(&removed(3, 11));
    assert_eq!(told(&mut view, false), "");
    assert_eq!(view.exists(), 3);
    assert_eq!(told(&mut view, true), "* 1 EXPUNGE\r\n* 2 EXPUNGE\r\n");
    assert_eq!(view.exists(), 1);
}

#[test]
fn came_and_went_untold() {
    let mut view = view();
    view.apply(&created(1, 2));
    view.apply(&removed(1, 3));
    view.apply(&created(1, 2));
    assert_eq!(told(&mut view, true), "");
}

#[test]
fn own_change_is_no_news() {
    let mut view = view();
    view.apply(&created(1, 2));
    told(&mut view, true);
    view.apply_own(&item(1, 5, Flags::FLAGGED.0));
    view.apply(&flagged(1, 5, Flags::FLAGGED.0));
    assert_eq!(told(&mut view, true), "");
    view.apply(&flagged(1, 6, 0));
    assert_eq!(told(&mut view, true), "* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent))\r\n");
}

#[derive(Debug, Clone)]
enum Step {
    Create,
    Remove(usize),
    Flag(usize, u32),
    Tell(bool),
    /// Events from here on are lost until the next step, which is a catch-up.
    CatchUp,
    /// Forgets what never changes, and learns it again.
    Forget,
    Learn,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Create),
        2 => any::<usize>().prop_map(Step::Remove),
        2 => (any::<usize>(), 0u32..8).prop_map(|(at, flags)| Step::Flag(at, flags << 1)),
        3 => any::<bool>().prop_map(Step::Tell),
        1 => Just(Step::CatchUp),
        1 => Just(Step::Forget),
        1 => Just(Step::Learn),
    ]
}

/// What a client believes: sequence number → (UID if it was told, flags if it was told).
#[derive(Default)]
struct Client(Vec<Option<(u32, String)>>);

impl Client {
    fn read(&mut self, text: &str) {
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let n: usize = words[1].parse().unwrap();
            match words[2] {
                "EXISTS" => {
                    assert!(n >= self.0.len(), "EXISTS never shrinks");
                    self.0.resize(n, None);
                }
                "EXPUNGE" => {
                    self.0.remove(n - 1);
                }
                "FETCH" => {
                    let flags = line[line.find("FLAGS").unwrap()..].to_owned();
                    self.0[n - 1] = Some((words[4].parse().unwrap(), flags));
                }
                "RECENT" => {}
                other => panic!("{other}"),
            }
        }
    }
}

fn briefs(store: &[(u32, u64, u32)]) -> Vec<Brief> {
    let brief = |(uid, modseq, flags): &(u32, u64, u32)| Brief {
        id: ItemId(uid + 1000),
        folder: FOLDER,
        conversation: None,
        uid: Uid(*uid),
        modseq: ModSeq(*modseq),
        date_ms: 0,
        size: u64::from(*uid),
        flags: Flags(*flags),
        tags: Vec::new(),
        kind: Kind::Message,
    };
    store.iter().map(brief).collect()
}

proptest! {
    #[test]
    fn a_client_that_believes_us_is_right(steps in proptest::collection::vec(step(), 0..80)) {
        let mut view = view();
        let mut client = Client::default();
        let mut store: Vec<(u32, u64, u32)> = Vec::new(); // uid, modseq, flags
        let (mut next_uid, mut modseq) = (1, 1);
        for step in steps {
            modseq += 1;
            match step {
                Step::Create => {
                    store.push((next_uid, modseq, 0));
                    view.apply(&created(next_uid, modseq));
                    next_uid += 1;
                }
                Step::Remove(at) if !store.is_empty() => {
                    let (uid, ..) = store.remove(at % store.len());
                    view.apply(&removed(uid, modseq));
                }
                Step::Flag(at, flags) if !store.is_empty() => {
                    let at = at % store.len();
                    store[at].1 = modseq;
                    store[at].2 = flags;
                    view.apply(&flagged(store[at].0, modseq, flags));
                }
                Step::Tell(expunge) => client.read(&told(&mut view, expunge)),
                Step::CatchUp => {
                    store.push((next_uid, modseq, 4));
                    next_uid += 1;
                    view.catch_up(&briefs(&store), Keywords::default(), ModSeq(modseq));
                }
                Step::Forget => view.forget_fixed(),
                Step::Learn => view.learn_fixed(&briefs(&store)),
                _ => {}
            }
            prop_assert_eq!(view.exists() as usize, client.0.len());
        }
        client.read(&told(&mut view, true));
        prop_assert_eq!(client.0.len(), store.len());
        for (message, (believed, (uid, _, flags))) in view.iter().zip(client.0.iter().zip(&store)) {
            prop_assert_eq!(message.uid, Uid(*uid));
            prop_assert_eq!(message.flags, Flags(*flags));
            prop_assert!(message.fixed.is_none_or(|fixed| fixed.size == u64::from(*uid)));
            if let Some((believed_uid, text)) = believed {
                prop_assert_eq!(believed_uid, uid);
                prop_assert_eq!(text.contains("\\Flagged"), flags & Flags::FLAGGED.0 != 0);
            }
        }
        let all = Telling { expunge: true, flags: true, modseq: false, vanished: false };
        prop_assert!(!view.has_news(all));
    }
}
