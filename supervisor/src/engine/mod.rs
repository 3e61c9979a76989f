// SPDX-License-Identifier: AGPL-3.0-or-later
//! Keeps processes running: what one is (`component`), its life from start to stop (`life`), the process between it and us
//! (`guard`), what everybody may know of everybody (`board`), what its
//! files are made from (`settings`), and what it costs (`usage`). Knows no component by name.

mod apply;
mod backoff;
mod board;
mod catch_up;
mod cgroup;
mod chore;
mod component;
mod drop_ins;
mod guard;
mod leash;
mod life;
mod logfile;
mod prepare;
mod settings;
mod source;
pub mod usage;

pub use board::{Board, Phase, Status};
pub use catch_up::catch_up;
pub use cgroup::Cgroups;
pub use chore::{Chore, Done, do_chore};
pub use component::{Component, ConfigFile, Directory, RunAs, Task};
pub use drop_ins::DropIns;
pub use guard::{Options as GuardOptions, run as guard};
pub use life::live;
pub use prepare::{command, make as make_directory, make_and_open, user_ids, words, write_file};
pub use settings::{Change, Snapshot, changes};
pub use source::Order;
