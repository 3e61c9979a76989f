// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether volumes are there and can be written to, and whether old mail could be moved to them.

use super::{Item, Scene};
use crate::control::{Daemon, call};
use serde_json::{Value, json};

pub fn look(scene: &Scene) -> Vec<Item> {
    // that it does not answer is told elsewhere
    let status = call(&scene.state, Daemon::Mailboxd, &json!({"verb": "status"}), &mut |_| {}).ok();
    status.map(|status| items(&status)).unwrap_or_default()
}

fn items(status: &Value) -> Vec<Item> {
    let volumes = status["volumes"].as_array().map(Vec::as_slice).unwrap_or_default();
    // without the primary one mailboxd does not even start
    let told = volumes.iter().filter(|volume| volume["is_primary"] != true || volume["away"].is_string());
    let mut items: Vec<Item> = told
        .map(|volume| {
            let name = format!("volume {}", volume["name"].as_str().unwrap_or_default());
            match volume["away"].as_str() {
                Some(why) if volume["is_primary"] == true => {
                    Item::new(&name, false, format!("{why}; mail is deferred"))
                }
                Some(why) => Item::new(&name, false, format!("{why}; what is on it can't be read")),
                None => Item::new(&name, true, "there".to_owned()),
            }
        })
        .collect();
    if let Some(error) = status["hsm"]["error"].as_str() {
        items.push(Item::new("HSM", false, format!("the last run ended early: {error}")));
    } else if status["hsm"]["problem_count"].as_u64().is_some_and(|count| count > 0) {
        let text = format!("{} messages could not be moved; `posthouse hsm status`", status["hsm"]["problem_count"]);
        items.push(Item::new("HSM", false, text));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_that_is_away_and_a_run_that_failed_are_told() {
        let well = |status: Value| items(&status).into_iter().map(|item| (item.name, item.is_well)).collect::<Vec<_>>();
        assert!(well(json!({})).is_empty());
        let volumes = json!([
            {"name": "main", "is_primary": true},
            {"name": "cold", "is_primary": false, "away": null},
            {"name": "far", "is_primary": false, "away": "nothing is mounted"},
        ]);
        let status = json!({"volumes": volumes, "hsm": {"error": null, "problem_count": 0}});
        assert_eq!(well(status), [("volume cold".to_owned(), true), ("volume far".to_owned(), false)]);
        let broken = json!({"volumes": [{"name": "main", "is_primary": true, "away": "it can only be read"}]});
        assert_eq!(well(broken), [("volume main".to_owned(), false)]);
        for hsm in [json!({"error": "full"}), json!({"error": null, "problem_count": 2})] {
            assert_eq!(well(json!({"hsm": hsm})), [("HSM".to_owned(), false)]);
        }
    }
}
