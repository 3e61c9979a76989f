// SPDX-License-Identifier: AGPL-3.0-or-later
//! The suites that run on SQLite by themselves, with the rows in a real MariaDB server: `common` looks at the name of this
//! program. A power cut is the end of the server by SIGKILL, with its flush relaxed.
#![allow(clippy::duplicate_mod, reason = "elsewhere each suite is a program of its own")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../damage.rs"]
mod damage;
#[path = "../delivery.rs"]
mod delivery;
#[path = "../faults.rs"]
mod faults;
#[path = "../folders.rs"]
mod folders;
#[path = "../index.rs"]
mod index;
#[path = "../items.rs"]
mod items;
#[path = "../model.rs"]
mod model;
#[path = "../power_cut.rs"]
mod power_cut;
#[path = "../purge.rs"]
mod purge;
#[path = "../races.rs"]
mod races;
#[path = "../restore.rs"]
mod restore;
#[path = "../rules.rs"]
mod rules;
#[path = "../scripts.rs"]
mod scripts;
mod server_dies;
#[path = "../sharing.rs"]
mod sharing;
#[path = "../sim/mod.rs"]
mod sim;
