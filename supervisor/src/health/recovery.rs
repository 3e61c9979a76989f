// SPDX-License-Identifier: AGPL-3.0-or-later
//! What mailboxd found when it started: whether it had not been stopped properly, and what it made good from its journal.

use super::{Item, Scene};
use crate::control::{Daemon, call};
use serde_json::json;

pub fn look(scene: &Scene) -> Vec<Item> {
    // That it does not answer is told elsewhere.
    let Ok(status) = call(&scene.state, Daemon::Mailboxd, &json!({"verb": "status"}), &mut |_| {}) else {
        return Vec::new();
    };
    let Some(replayed) = status["replayed"].as_u64() else { return Vec::new() };
    let up_seconds = status["up_seconds"].as_u64().unwrap_or(0);
    vec![item(replayed, up_seconds)]
}

/// An hour later it is history; the log has it.
fn item(replayed: u64, up_seconds: u64) -> Item {
    const NEWS_SECONDS: u64 = 3_600;
    match replayed {
        0 => Item::new("journal", true, "nothing had to be made good at the last start"),
        n => {
            let text = format!(
                "mailboxd had not been stopped properly: {n} changes were made good from the journal, no mail was lost; \
                 `posthouse store verify` proves it"
            );
            Item::new("journal", up_seconds > NEWS_SECONDS, text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_is_news_for_an_hour() {
        assert!(item(0, 1).is_well && !item(7, 60).is_well && item(7, 4_000).is_well);
    }
}
