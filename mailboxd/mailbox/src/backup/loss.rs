// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a restore tells: what could not be brought back, and what was where.

/// What could not be brought back.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Loss {
    /// Rows of the snapshot.
    pub rows: u64,
    /// Records of the journal, first and last, that are not in the archive or damaged. What they changed, in any mailbox, is
    /// not known.
    pub gaps: Vec<(u64, u64)>,
    /// Changes of something that is missing.
    pub changes: u64,
    /// Messages whose content is gone.
    pub messages: u64,
}

impl Loss {
    pub fn is_none(&self) -> bool {
        *self == Loss::default()
    }

    /// A line for people.
    pub fn text(&self) -> String {
        if self.is_none() {
            return "nothing is lost".into();
        }
        let Loss { rows, gaps, changes, messages } = self;
        let missing: u64 = gaps.iter().map(|(from, to)| to - from + 1).sum();
        format!(
            "lost: {rows} rows, {messages} messages, {changes} changes of what is lost; {missing} journal records of all \
             mailboxes are not in the archive"
        )
    }
}

/// For people: what a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FolderCount {
    pub path: String,
    /// And contacts, documents.
    pub messages: u64,
    pub bytes: u64,
}
