// SPDX-License-Identifier: AGPL-3.0-or-later
//! A directory as the other rooms see it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at anything unexpected")]

mod common;
mod conformance;
mod export;
mod filters;
mod find;
mod foreign;
mod model;
mod outage;
mod rights;
mod tls;
mod undelete;
