// SPDX-License-Identifier: AGPL-3.0-or-later
//! The IMAP wire: what bytes mean and how answers are written. No I/O, no clock, no state of the server.
//!
//! A command arrives in two steps. The [`framer`] finds where it ends (lines, literals, what is too long) and asks about
//! each literal before a byte of it is read, so that a message can stream past it into the store. The parsers then read
//! the whole command from one buffer, literals included, with a [`cursor`]. Neither keeps anything between commands.

pub mod acl;
pub mod append;
pub mod command;
pub mod cursor;
pub mod date;
pub mod encode;
pub mod fetch;
pub mod flag;
pub mod framer;
pub mod list;
pub mod metadata;
pub mod mutf7;
pub mod notify;
pub mod parse;
pub mod search;
pub mod set;
pub mod sort;
pub mod status;
pub mod store;
pub mod url;

pub use command::{Body, Command};
pub use cursor::{Cursor, ParseError};
