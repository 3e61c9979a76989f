// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail that nobody sent: the demo data of a new system, and an endless corpus for benchmarks and torture.
//!
//! Everything is a function of its arguments: no clock, no randomness, not even a boundary changes between two runs. So a
//! test can say what it expects, and a message that went wrong can be made again from its number.

mod corpus;
mod files;
mod letter;
mod place;
mod random;
mod story;

pub use corpus::{Profile, corpus, corpus_id, corpus_needle};
pub use place::{DemoMessage, Flags, Tag, mailboxes, mailboxes_at, tags};

/// Domain of the demo accounts.
pub const DOMAIN: &str = "example.test";
/// Local parts of the demo users.
pub const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
