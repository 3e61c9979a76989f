// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether this is a good moment for an upgrade: with room on the disk, everything running, and a backup that is not old where backups
//! are watched. A system that is ill would make a version that is well look ill, too.

use serde_json::Value;

/// Left over for mail while a bundle lies on the data volume.
const RESERVE_BYTES: u64 = 512 << 20;
/// Of `posthouse status`: what of it stands in the way. Others (a certificate that ends, an old signature) an upgrade may even mend.
const GRAVE: [&str; 3] = ["disk", "backup", "posthouse.toml"];

/// What is known of the machine.
pub struct Moment {
    /// `posthouse status`; None: nobody answered.
    pub status: Option<Value>,
    /// Of the data volume.
    pub free_bytes: u64,
}

/// Why not now. `bytes`: what is to be fetched.
pub fn reasons(moment: &Moment, bytes: u64) -> Vec<String> {
    let mut found = Vec::new();
    if moment.free_bytes < bytes + RESERVE_BYTES {
        let (free, need) = (moment.free_bytes >> 20, (bytes + RESERVE_BYTES) >> 20);
        found.push(format!("the data volume has {free} MiB free, and {need} are needed"));
    }
    let Some(status) = &moment.status else {
        found.push("posthouse does not run, so nobody knows whether it is well".to_owned());
        return found;
    };
    let list = |key: &str| status[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let away = list("components").iter().filter(|component| component["phase"] != "running");
    found.extend(away.map(|component| format!("{} does not run", text(&component["name"]))));
    let is_grave = |item: &&Value| {
        let name = item["name"].as_str().unwrap_or_default();
        item["is_well"] != true && GRAVE.iter().any(|grave| name.starts_with(grave))
    };
    let grave = list("health").iter().filter(is_grave);
    found.extend(grave.map(|item| format!("{}: {}", text(&item["name"]), text(&item["text"]))));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_upgrade_waits_for_room_health_and_a_backup() {
        let status = |phase: &str, name: &str, is_well: bool| {
            Some(json!({
                "components": [{"name": "mailboxd", "phase": "running"}, {"name": "postfix", "phase": phase}],
                "health": [{"name": name, "is_well": is_well, "text": "the last one is 9 days old"}],
            }))
        };
        let why = |status, free_bytes| reasons(&Moment { status, free_bytes }, 300 << 20);
        assert_eq!(why(status("running", "backup", true), 1 << 30), Vec::<String>::new());
        assert_eq!(why(status("failed", "backup", true), 1 << 30), ["postfix does not run"]);
        assert_eq!(why(status("running", "backup", false), 1 << 30), ["backup: the last one is 9 days old"]);
        assert_eq!(why(status("running", "certificate", false), 1 << 30), Vec::<String>::new());
        assert_eq!(why(status("running", "backup", true), 700 << 20).len(), 1);
        assert_eq!(why(None, 1 << 30).len(), 1);
    }
}
