// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can go wrong while every component runs: looked at once a minute, shown by `posthouse status`, and an alert when it
//! is not well.

mod attachments;
mod backup;
mod certificate;
mod components;
mod disk;
mod queue;
mod recovery;
mod signatures;
mod upgrade;
mod volumes;

use crate::components::{Place, Profile};
use crate::engine::Board;
use crate::settings;
use crate::{alerts, report};
use serde::Serialize;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Before the first look: what takes a while to start is given it.
const START_MAX: Duration = Duration::from_secs(120);
const FIRST_LOOK: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// One word, or two: what was looked at.
    pub name: String,
    pub is_well: bool,
    /// What was found; if it is not well, what to do about it.
    pub text: String,
    /// How many of it there are, where that is a figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Item {
    pub fn new(name: impl Into<String>, is_well: bool, text: impl Into<String>) -> Item {
        Item { name: name.into(), is_well, text: text.into(), count: None }
    }
}

/// What the looks look at; copied for a thread that may block.
#[derive(Clone)]
struct Scene {
    profile: Profile,
    state: crate::state::StateDir,
    uptime: Duration,
    /// What was read at the start: a change of it shows only after another one.
    scan: settings::Scan,
    is_installing: bool,
}

/// Never ends.
pub async fn watch(place: Rc<Place>, board: Rc<Board>, started: Instant) {
    let mut told = alerts::Told::default();
    let scan = settings::read(&place.state).map(|settings| settings.scan().clone()).unwrap_or_default();
    // One that never starts is news as well.
    let _ = tokio::time::timeout(START_MAX, board.until_all_tried()).await;
    tokio::time::sleep(FIRST_LOOK).await;
    loop {
        let scene = Scene {
            profile: place.profile,
            state: place.state.clone(),
            uptime: started.elapsed(),
            scan: scan.clone(),
            is_installing: place.is_installing,
        };
        if let Ok(items) = tokio::task::spawn_blocking(move || look(&scene)).await {
            for item in &items {
                board.alert(&item.name, (!item.is_well).then(|| format!("{}: {}", item.name, item.text)));
            }
            board.set_health(items);
        }
        components::look(&board);
        told.tell(&place, &board).await;
        report::write(&place, &board, started).await;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn look(scene: &Scene) -> Vec<Item> {
    let settings = match settings::read(&scene.state) {
        Ok(settings) => settings,
        Err(error) => return vec![Item::new("posthouse.toml", false, format!("{error:#}").replace('\n', " "))],
    };
    let mut items = disk::look(scene, &settings);
    items.extend(certificate::look(scene, &settings));
    items.extend(recovery::look(scene));
    items.extend(backup::look(scene, &settings));
    items.extend(volumes::look(scene));
    items.extend(attachments::look(scene));
    items.extend(upgrade::look(scene));
    if scene.profile == Profile::Appliance && !scene.is_installing {
        items.extend(queue::look(scene, &settings));
        items.extend(signatures::look(scene, &settings));
    }
    items
}

/// Nothing if it is in the future.
fn age(time: SystemTime) -> Duration {
    SystemTime::now().duration_since(time).unwrap_or_default()
}

/// As people say it: its largest unit.
pub fn words(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_their_largest_unit() {
        let said = [30, 600, 7_200, 172_800].map(|seconds| words(Duration::from_secs(seconds)));
        assert_eq!(said, ["30 s", "10 min", "2 h", "2 days"]);
    }
}
