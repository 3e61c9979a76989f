// SPDX-License-Identifier: AGPL-3.0-or-later
//! The suites that run on SQLite by themselves, on a real MariaDB server: `common` looks at the name of this program.
#![allow(clippy::duplicate_mod, reason = "elsewhere each suite is a program of its own")]

#[path = "../rows.rs"]
mod rows;
#[path = "../scan.rs"]
mod scan;
#[path = "../store.rs"]
mod store;

#[path = "../common/mod.rs"]
mod common;
mod server;
