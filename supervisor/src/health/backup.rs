// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether there is a fresh backup, and whether the journal is archived. mailboxd touches `backup/last` in the state directory
//! when it has made one; so may whatever makes other ones.

use super::{Item, Scene, age, days, words};
use crate::backup::mark;
use crate::control::{Daemon, call};
use crate::settings::Settings;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

pub fn look(scene: &Scene, settings: &Settings) -> Vec<Item> {
    let age = settings.alerts.backup_days_max.map(|max| item(&mark(&scene.state), days(max)));
    // that it does not answer is told elsewhere
    let status = call(&scene.state, Daemon::Mailboxd, &json!({"verb": "status"}), &mut |_| {}).ok();
    age.into_iter().chain(status.and_then(|status| archive(&status["backup"]))).collect()
}

/// None where nothing is backed up.
fn archive(status: &Value) -> Option<Item> {
    const NAME: &str = "backup archive";
    if status["is_on"] != true {
        return None;
    }
    if let Some(error) = status["error"].as_str() {
        return Some(Item::new(NAME, false, format!("{error}; mail goes on, the journal waits")));
    }
    if let Some(lost) = status["lost"].as_array() {
        let text = format!("records {} to {} were not archived; the next backup ends that", lost[0], lost[1]);
        return Some(Item::new(NAME, false, text));
    }
    Some(Item::new(NAME, true, format!("up to record {} of {}", status["archived"], status["synced"])))
}

fn item(mark: &Path, max: Duration) -> Item {
    let made = mark.metadata().and_then(|found| found.modified()).ok().map(age);
    match made {
        None => Item::new("backup age", false, format!("none was ever made: {} does not exist", mark.display())),
        Some(age) if age > max => Item::new("backup age", false, format!("the last one is {} old", words(age))),
        Some(age) => Item::new("backup age", true, format!("the last one is {} old", words(age))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_stands_still_or_has_a_gap_is_told() {
        let well = |status: Value| archive(&status).map(|item| item.is_well);
        assert_eq!(well(json!({"is_on": false})), None);
        assert_eq!(well(json!({"is_on": true, "archived": 1, "synced": 1, "error": null, "lost": null})), Some(true));
        assert_eq!(well(json!({"is_on": true, "error": "gone"})), Some(false));
        assert_eq!(well(json!({"is_on": true, "lost": [3, 9]})), Some(false));
    }

    #[test]
    fn none_and_an_old_one_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("last");
        assert!(!item(&mark, days(1)).is_well);
        std::fs::write(&mark, "").unwrap();
        assert!(item(&mark, days(1)).is_well);
        let file = std::fs::File::open(&mark).unwrap();
        file.set_modified(std::time::SystemTime::now().checked_sub(days(3)).unwrap()).unwrap();
        assert!(!item(&mark, days(1)).is_well);
    }
}
