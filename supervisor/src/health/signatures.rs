// SPDX-License-Identifier: AGPL-3.0-or-later
//! How old virus signatures and spam rules are.

use super::{Item, Scene, age, days, words};
use crate::components::amavisd;
use crate::settings::Settings;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// ClamAV's own databases; the one that we bring does not count.
const DATABASES: [&str; 4] = ["daily.cvd", "daily.cld", "main.cvd", "main.cld"];
/// Rules change every few days; a quiet month means that nobody fetches them.
const RULES_DAYS_MAX: u64 = 30;
/// A fresh system has had no time to fetch anything.
const GRACE: Duration = Duration::from_secs(3_600);

pub fn look(scene: &Scene, settings: &Settings) -> Vec<Item> {
    let scan = &scene.scan;
    let mut items = Vec::new();
    if !scan.antivirus {
        let text = "off: more than a gigabyte of memory is saved, and viruses pass";
        items.push(Item::new("virus scanner", true, text));
    } else {
        let fetched = newest(&scene.state.path.join("clamav/db"), &DATABASES);
        items.push(signatures(fetched, scan.update, scene.uptime, settings.alerts.signature_days_max));
    }
    if scan.antispam {
        let rules = amavisd::rules(&scene.state.path.join("spamassassin"));
        items.push(spam_rules(rules.and_then(|path| modified(&path)), scan.update, scene.uptime));
    }
    items
}

fn newest(dir: &Path, names: &[&str]) -> Option<SystemTime> {
    names.iter().filter_map(|name| modified(&dir.join(name))).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|found| found.modified()).ok()
}

fn signatures(fetched: Option<SystemTime>, is_updating: bool, uptime: Duration, days_max: u64) -> Item {
    let name = "virus signatures";
    match fetched.map(age) {
        _ if !is_updating => Item::new(name, true, "not fetched ([scan] update = false): keep them fresh yourself"),
        None if uptime < GRACE => Item::new(name, true, "being fetched for the first time"),
        None => {
            Item::new(name, false, "none were ever fetched: only test viruses are found; `posthouse logs freshclam`")
        }
        Some(age) if age > days(days_max) => {
            Item::new(name, false, format!("{} old; `posthouse logs freshclam` tells why", words(age)))
        }
        Some(age) => Item::new(name, true, format!("{} old", words(age))),
    }
}

fn spam_rules(fetched: Option<SystemTime>, is_updating: bool, uptime: Duration) -> Item {
    let name = "spam rules";
    match fetched.map(age) {
        _ if !is_updating => Item::new(name, true, "Debian's ([scan] update = false)"),
        None if uptime < GRACE => Item::new(name, true, "Debian's; being fetched for the first time"),
        None => Item::new(name, false, "Debian's: none were ever fetched; is there a way to the Internet?"),
        Some(age) if age > days(RULES_DAYS_MAX) => {
            Item::new(name, false, format!("{} old; is there a way to the Internet?", words(age)))
        }
        Some(age) => Item::new(name, true, format!("{} old", words(age))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ones_and_none_are_told_where_they_are_fetched() {
        let old = SystemTime::now().checked_sub(days(8));
        assert!(!signatures(old, true, days(1), 7).is_well);
        assert!(signatures(old, true, days(1), 9).is_well && signatures(old, false, days(1), 7).is_well);
        assert!(!signatures(None, true, days(1), 7).is_well && signatures(None, true, GRACE / 2, 7).is_well);
        assert!(!spam_rules(SystemTime::now().checked_sub(days(31)), true, days(1)).is_well);
    }

    #[test]
    fn our_own_signature_is_none_that_was_fetched() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("posthouse.ndb"), "x").unwrap();
        assert_eq!(newest(dir.path(), &DATABASES), None);
        std::fs::write(dir.path().join("daily.cld"), "x").unwrap();
        assert!(newest(dir.path(), &DATABASES).is_some());
    }
}
