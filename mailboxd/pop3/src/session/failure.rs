// SPDX-License-Identifier: AGPL-3.0-or-later
//! What goes wrong, with the response codes of RFC 2449 §8.1.1 and RFC 3206.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

pub const TEMPORARY: Option<&str> = Some("SYS/TEMP");
pub const PERMANENT: Option<&str> = Some("SYS/PERM");
pub const CREDENTIALS: Option<&str> = Some("AUTH");

#[derive(Debug)]
pub enum Failure {
    Refused {
        code: Option<&'static str>,
        text: String,
    },
    /// Say so and end.
    End {
        code: Option<&'static str>,
        text: String,
    },
    /// Nobody is there to be told.
    Closed(io::Error),
}

impl Failure {
    pub fn plain(text: impl Into<String>) -> Failure {
        Failure::Refused { code: None, text: text.into() }
    }

    pub fn coded(code: Option<&'static str>, text: impl Into<String>) -> Failure {
        Failure::Refused { code, text: text.into() }
    }

    pub fn end(code: Option<&'static str>, text: impl Into<String>) -> Failure {
        Failure::End { code, text: text.into() }
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
            mailbox::Error::Unavailable(_) | mailbox::Error::MustResync => {
                Failure::coded(TEMPORARY, "not possible now, try again later")
            }
            mailbox::Error::Store(text) => internal(&text),
            other => Failure::coded(PERMANENT, other.to_string()),
        }
    }
}

/// Logged with an id; the client sees the id only.
pub fn internal(error: &str) -> Failure {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let incident = NEXT.fetch_add(1, Ordering::Relaxed);
    tracing::error!(incident, %error, "pop3 command failed");
    Failure::coded(TEMPORARY, format!("internal error, incident {incident}"))
}
