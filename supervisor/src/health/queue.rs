// SPDX-License-Identifier: AGPL-3.0-or-later
//! Postfix's queue: how many messages wait, and since when the oldest one does (qmgr(8): one file a message, below one
//! directory a state).

use super::{Item, Scene, age, words};
use crate::settings::Settings;
use std::path::Path;
use std::time::{Duration, SystemTime};

const STATES: [&str; 5] = ["maildrop", "incoming", "active", "deferred", "hold"];
/// The first letter of a name in `deferred` is a directory of its own (hash_queue_depth); nothing is deeper.
const DEPTH_MAX: u32 = 3;
/// A larger queue is not counted further.
const COUNT_MAX: u64 = 100_000;
/// Postfix tells senders itself after four hours; before that something on our side may be mended.
const AGE_MAX: Duration = Duration::from_secs(2 * 3_600);

#[derive(Debug, Default)]
struct Count {
    messages: u64,
    oldest: Option<SystemTime>,
}

pub fn look(scene: &Scene, settings: &Settings) -> Vec<Item> {
    let mut count = Count::default();
    for state in STATES {
        add(&scene.state.path.join("postfix/spool").join(state), DEPTH_MAX, &mut count);
    }
    vec![Item { count: Some(count.messages), ..item(&count, settings.alerts.queue_messages_max) }]
}

fn add(dir: &Path, depth: u32, count: &mut Count) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(found) = entry.metadata() else { continue };
        if found.is_dir() && depth > 0 {
            add(&entry.path(), depth - 1, count);
        } else if found.is_file() && count.messages < COUNT_MAX {
            count.messages += 1;
            let time = found.modified().ok();
            // The queue manager sets the time of a deferred one to when it is tried next; its making is what counts.
            let time = found.created().ok().or(time);
            count.oldest = match (count.oldest, time) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }
}

fn item(count: &Count, messages_max: u64) -> Item {
    let oldest = count.oldest.map(age).unwrap_or_default();
    let text = match count.messages {
        0 => "empty".to_owned(),
        n => format!("{n} messages wait, the oldest for {}", words(oldest)),
    };
    if count.messages > messages_max {
        return Item::new("mail queue", false, format!("{text}; `posthouse logs postfix` tells why"));
    }
    if count.messages > 0 && oldest > AGE_MAX {
        return Item::new("mail queue", false, format!("{text}; `posthouse logs postfix` tells why"));
    }
    Item::new("mail queue", true, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_in_directories_and_below() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("A/B")).unwrap();
        for name in ["x", "A/y", "A/B/z"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let mut count = Count::default();
        add(dir.path(), DEPTH_MAX, &mut count);
        assert_eq!(count.messages, 3);
        assert!(item(&count, 3).is_well && !item(&count, 2).is_well);
        assert_eq!(item(&Count::default(), 0).text, "empty");
    }

    #[test]
    fn one_that_waits_for_hours_is_told() {
        let oldest = SystemTime::now().checked_sub(AGE_MAX + Duration::from_secs(60));
        assert!(!item(&Count { messages: 1, oldest }, 500).is_well);
    }
}
