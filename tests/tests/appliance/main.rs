// SPDX-License-Identifier: AGPL-3.0-or-later
//! The appliance with the real daemons of Debian (docs/contributing/appliance-tests.md). A start costs seconds, so each test
//! asks one system many things.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod console;
mod full_disk;
mod incoming;
mod life;
mod outage;
mod scan;
mod settings;
mod submission;
