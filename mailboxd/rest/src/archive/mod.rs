// SPDX-License-Identifier: AGPL-3.0-or-later
//! Whole folders as one file: tar, gzipped tar, zip. Folders are paths; beside each item `NAME` lies `NAME.meta`, a JSON object that
//! says what a file can't (docs/user/export.md). The first entry, `mailbox.meta`, tells of the folders that it is of, and of tags.

mod across;
mod entry;
mod export;
mod import;
mod known;
mod tar;
mod zip;

pub use across::Across;
pub use export::{Contents, Exports};
pub use import::{Resolve, import};

/// Kinds of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Tar,
    Tgz,
    Zip,
}

impl Kind {
    pub fn of(format: &str) -> Option<Kind> {
        match format {
            "tar" => Some(Kind::Tar),
            "tgz" => Some(Kind::Tgz),
            "zip" => Some(Kind::Zip),
            _ => None,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Kind::Tar => "application/x-tar",
            Kind::Tgz => "application/x-compressed-tar",
            Kind::Zip => "application/zip",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Kind::Tar => "tar",
            Kind::Tgz => "tgz",
            Kind::Zip => "zip",
        }
    }
}
