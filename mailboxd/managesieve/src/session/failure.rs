// SPDX-License-Identifier: AGPL-3.0-or-later
//! What goes wrong, with the response codes of RFC 5804 §1.3.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub enum Failure {
    /// NO
    Refused { code: &'static str, text: String },
    /// BYE, and the end.
    Bye { code: &'static str, text: String },
    /// Nobody is there to be told.
    Closed(io::Error),
}

impl Failure {
    /// An empty code is none.
    pub fn no(code: &'static str, text: impl Into<String>) -> Failure {
        Failure::Refused { code, text: text.into() }
    }

    pub fn bye(code: &'static str, text: impl Into<String>) -> Failure {
        Failure::Bye { code, text: text.into() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Closed(error)
    }
}

impl From<mailbox::Error> for Failure {
    fn from(error: mailbox::Error) -> Failure {
        match error {
            mailbox::Error::NoSuch { .. } => Failure::no("NONEXISTENT", error.to_string()),
            mailbox::Error::AlreadyExists(_) => Failure::no("ALREADYEXISTS", error.to_string()),
            mailbox::Error::Immutable(_) => Failure::no("ACTIVE", error.to_string()),
            mailbox::Error::OverQuota => Failure::no("QUOTA/MAXSCRIPTS", "there are too many scripts"),
            mailbox::Error::TooLarge { .. } => Failure::no("QUOTA/MAXSIZE", "the script is too large"),
            mailbox::Error::Unavailable(_) => Failure::no("TRYLATER", "not possible now, try again later"),
            mailbox::Error::Store(text) => internal(&text),
            other => Failure::no("", other.to_string()),
        }
    }
}

/// Logged with an id; the client sees the id only.
pub fn internal(error: &str) -> Failure {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let incident = NEXT.fetch_add(1, Ordering::Relaxed);
    tracing::error!(incident, %error, "managesieve command failed");
    Failure::no("TRYLATER", format!("internal error, incident {incident}"))
}
