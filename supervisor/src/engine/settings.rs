// SPDX-License-Identifier: AGPL-3.0-or-later
//! The settings as they were at one moment, from which files are rendered, and what a new moment would change.

use crate::engine::component::{Component, ConfigFile};
use crate::engine::drop_ins::DropIns;
use anyhow::Result;
use serde_json::Value;
use similar::TextDiff;
use std::path::PathBuf;
use std::sync::Arc;

/// What mailboxd answers to `settings`: attributes of the global config and of domains. Null before the first answer.
pub type Snapshot = Arc<Value>;

const CONTEXT_LINES: usize = 1;

pub struct Change {
    pub component: &'static str,
    pub path: PathBuf,
    /// A unified diff; of a file with secrets only that it changes.
    pub diff: String,
}

/// The files that would be other ones than those on disk. Blocks.
pub fn changes(component: &Component, settings: &Snapshot) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for file in (component.files)(settings, DropIns::Taken)? {
        let old = std::fs::read_to_string(&file.path).unwrap_or_default();
        if old != file.text {
            changes.push(Change { component: component.name, diff: diff(&old, &file), path: file.path });
        }
    }
    Ok(changes)
}

fn diff(old: &str, file: &ConfigFile) -> String {
    if file.is_secret {
        return "(holds passwords or keys, so its lines are not shown)\n".to_owned();
    }
    TextDiff::from_lines(old, &file.text).unified_diff().context_radius(CONTEXT_LINES).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_shown_unless_it_is_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "a\nb\nc\n").unwrap();
        let mut component = Component::new("x", "/bin/true".into());
        let file = ConfigFile { path, text: "a\nB\nc\n".into(), group: None, is_secret: false };
        let secret = ConfigFile { path: dir.path().join("g"), text: "geheim".into(), group: None, is_secret: true };
        component.files = Arc::new(move |_, _| Ok(vec![file.clone(), secret.clone()]));
        let changes = changes(&component, &Snapshot::default()).unwrap();
        assert!(changes[0].diff.contains("-b\n+B\n"), "{}", changes[0].diff);
        assert!(!changes[1].diff.contains("geheim"));
    }
}
