// SPDX-License-Identifier: AGPL-3.0-or-later
//! Versions of the image: one that came back by itself is told with its reason, and how the looks for new ones go.

use super::{Item, Scene, days, words};
use crate::upgrade::record::{Fallback, Record};
use crate::upgrade::source::Seen;
use crate::upgrade::version::Version;
use crate::upgrade::{place, record, source, work};
use std::time::Duration;

const NAME: &str = "upgrade";
/// A version that was left is news for so long.
const NEWS_DAYS: u64 = 7;
/// Looks that fail for longer are worth knowing.
const SILENT_DAYS: u64 = 7;

pub fn look(scene: &Scene) -> Vec<Item> {
    let Ok(running) = place::release() else { return Vec::new() };
    let record = record::read(&scene.state.path).unwrap_or_default();
    let seen = source::seen(&scene.state.path);
    vec![item(running.version, &record, &seen, work::now())]
}

fn item(running: Version, record: &Record, seen: &Seen, now: u64) -> Item {
    if let Some(Fallback { version, why, at }) = &record.fallback
        && now.saturating_sub(*at) < days(NEWS_DAYS).as_secs()
    {
        let version = version.map_or_else(|| "the new version".to_owned(), |version| format!("version {version}"));
        let text = format!(
            "{version} did not come up ({why}); {running} runs again, with all mail. It is not tried again by itself"
        );
        return Item::new(NAME, false, text);
    }
    let ago = Duration::from_secs(now.saturating_sub(seen.at));
    match (&seen.error, &seen.offer) {
        (Some(error), _) => Item::new(NAME, ago < days(SILENT_DAYS), format!("no look for new versions: {error}")),
        (None, Some(offer)) if offer.version > running => {
            let version = offer.version;
            Item::new(NAME, true, format!("{running} runs, {version} is there: `posthouse upgrade install {version}`"))
        }
        _ if seen.at == 0 => Item::new(NAME, true, format!("{running} runs")),
        _ => Item::new(NAME, true, format!("{running} runs, nothing newer {} ago", words(ago))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::bundle::tests::version;

    #[test]
    fn a_version_that_came_back_is_told_with_its_reason() {
        let fallback = Fallback { version: Some(version("0.2.0")), why: "postfix does not run".into(), at: 1_000 };
        let record = Record { fallback: Some(fallback), ..Record::default() };
        let at = |now| item(version("0.1.0"), &record, &Seen::default(), now);
        let fresh = at(2_000);
        assert!(
            !fresh.is_well && fresh.text.contains("0.2.0") && fresh.text.contains("postfix does not run"),
            "{fresh:?}"
        );
        assert!(at(1_000 + days(8).as_secs()).is_well);
    }

    #[test]
    fn what_is_new_and_a_source_that_is_silent_are_shown() {
        let offer =
            serde_json::json!({"version": "0.2.0", "min_version": "0.1.0", "file": "f", "bytes": 1, "sha256": ""});
        let seen = Seen { at: 1_000, offer: serde_json::from_value(offer).unwrap(), ..Seen::default() };
        let shown = |running: &str, seen: &Seen| item(version(running), &Record::default(), seen, 2_000);
        assert!(shown("0.1.0", &seen).text.contains("upgrade install 0.2.0"));
        assert!(shown("0.2.0", &seen).text.contains("nothing newer"));
        let silent = Seen { error: Some("can't fetch".into()), ..seen };
        assert!(shown("0.1.0", &silent).is_well);
        let later = item(version("0.1.0"), &Record::default(), &silent, 1_000 + days(8).as_secs());
        assert!(!later.is_well && later.text.contains("can't fetch"));
    }
}
