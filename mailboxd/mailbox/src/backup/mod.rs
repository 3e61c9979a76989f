// SPDX-License-Identifier: AGPL-3.0-or-later
//! Backup and restore of mailboxes. The journal is copied to the target all the time ([`archiver`]); now and then every
//! mailbox's rows are, at one moment each ([`export`]). A mailbox at any moment is the newest copy of its rows before that,
//! and the records behind it, applied by the code of recovery to rows beside the store's ([`rebuild`]). It comes back as
//! records of the journal like everything else ([`restore`], [`fill`]).

mod archiver;
mod export;
mod fill;
mod loss;
mod pick;
mod rebuild;
mod rebuilt;
mod repair;
mod restore;
mod state;
mod system;
mod target;
mod verify;

pub(crate) use archiver::start as start_archiver;
pub use export::Extra;
pub use loss::{FolderCount, Loss};
pub use pick::{PickRequest, Picked};
pub use repair::RepairReport;
pub(crate) use restore::remove_unfinished;
pub use restore::{RestoreRequest, Restored};
pub(crate) use state::Backups;
pub use state::{BackupRun, BackupStatus};
pub use system::{DIRECTORY_COPY, RestoreSystem, SystemRestored};
pub use target::{SnapshotEntry, open_target};
pub use verify::DrillReport;
