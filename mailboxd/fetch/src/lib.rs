// SPDX-License-Identifier: AGPL-3.0-or-later
//! Mail from elsewhere: a client of POP3 (RFC 1939) and IMAP (RFC 3501) that reads and, of POP3, deletes. It knows no store.
//!
//! The other side is a stranger: each line, each answer and each message has a largest size, each wait an end. Where it may be
//! is asked of the address that is connected to ([`place`]), not of its name.

mod error;
pub mod imap;
mod line;
mod place;
pub mod pop3;
mod utf7;

pub use error::{Error, Result};
pub use line::Limits;
pub use place::{Place, Security, Tls};
