// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether there is a fresh backup. Whatever makes it touches `backup/last` in the state directory when it has succeeded.

use super::{Item, Scene, age, days, words};
use crate::settings::Settings;
use std::path::Path;
use std::time::Duration;

pub fn look(scene: &Scene, settings: &Settings) -> Vec<Item> {
    settings
        .alerts
        .backup_days_max
        .map(|max| item(&scene.state.path.join("backup/last"), days(max)))
        .into_iter()
        .collect()
}

fn item(mark: &Path, max: Duration) -> Item {
    let made = mark.metadata().and_then(|found| found.modified()).ok().map(age);
    match made {
        None => Item::new("backup", false, format!("none was ever made: {} does not exist", mark.display())),
        Some(age) if age > max => Item::new("backup", false, format!("the last one is {} old", words(age))),
        Some(age) => Item::new("backup", true, format!("the last one is {} old", words(age))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
