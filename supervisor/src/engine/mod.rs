// SPDX-License-Identifier: AGPL-3.0-or-later
//! Keeps processes running: what one is (`component`), its life from start to stop (`life`), the process between it and us
//! (`guard`), what everybody may know of everybody (`board`), what its
//! files are made from (`settings`), and what it costs (`usage`). Knows no component by name.

mod backoff;
mod board;
mod cgroup;
mod chore;
mod component;
mod guard;
mod leash;
mod life;
mod logfile;
mod prepare;
mod settings;
pub mod usage;

pub use board::{Board, Phase, Status};
pub use cgroup::Cgroups;
pub use chore::{Chore, Done, do_chore};
pub use component::{Component, ConfigFile, Directory, RunAs, Task};
pub use guard::{Options as GuardOptions, run as guard};
pub use life::{Order, live};
pub use prepare::{command, make as make_directory, user_ids, write_file};
pub use settings::{Change, Snapshot, changes};
