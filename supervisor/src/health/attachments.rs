// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whether attachments are read for the search, in a sandbox that holds.

use super::{Item, Scene};
use crate::control::{Daemon, call};
use serde_json::{Value, json};

pub fn look(scene: &Scene) -> Vec<Item> {
    // that it does not answer is told elsewhere
    let status = call(&scene.state, Daemon::Mailboxd, &json!({"verb": "status"}), &mut |_| {}).ok();
    status.and_then(|status| item(&status)).into_iter().collect()
}

fn item(status: &Value) -> Option<Item> {
    let why = status["attachments_trouble"].as_str()?;
    let is_well = why.is_empty();
    let text = if is_well { "searched".to_owned() } else { format!("{why}; see docs/admin/attachments.md") };
    Some(Item::new("attachments", is_well, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_missing_is_told() {
        assert!(item(&json!({})).is_none(), "an older daemon");
        assert!(item(&json!({"attachments_trouble": ""})).is_some_and(|item| item.is_well));
        let item = item(&json!({"attachments_trouble": "no pdftotext"})).unwrap();
        assert!(!item.is_well && item.text.contains("no pdftotext"));
    }
}
