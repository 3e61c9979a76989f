// SPDX-License-Identifier: AGPL-3.0-or-later
//! The four kinds of failure at this edge: the client's fault (BAD), refused (NO with a code), ours (logged, NO with an
//! opaque id), connection gone.

use mailbox::Error;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub enum Failure {
    Bad(String),
    No {
        code: Option<String>,
        text: String,
    },
    /// Say BYE and end.
    Bye(&'static str),
    /// Nobody is there to be told.
    Closed(std::io::Error),
}

impl Failure {
    pub fn no(code: &str, text: impl Into<String>) -> Failure {
        Failure::No { code: Some(code.to_owned()), text: text.into() }
    }

    pub fn refused(text: impl Into<String>) -> Failure {
        Failure::No { code: None, text: text.into() }
    }

    pub fn bad(text: impl Into<String>) -> Failure {
        Failure::Bad(text.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Closed(error)
    }
}

impl From<Error> for Failure {
    /// RFC 5530 and RFC 9208 codes.
    fn from(error: Error) -> Failure {
        let code = match &error {
            Error::NoSuch { .. } => "NONEXISTENT",
            Error::AlreadyExists(_) | Error::DocumentExists { .. } => "ALREADYEXISTS",
            Error::InvalidName(_)
            | Error::Immutable(_)
            | Error::CannotContain(_)
            | Error::Invalid(_)
            | Error::Query(_) => "CANNOT",
            Error::ModifyConflict | Error::Locked(_) => "INUSE",
            Error::Denied => "NOPERM",
            Error::OverQuota => "OVERQUOTA",
            Error::TooMany(_) => "LIMIT",
            Error::TooLarge { .. } => "TOOBIG",
            Error::MustResync | Error::Unavailable(_) => "UNAVAILABLE",
            Error::Store(_) => return internal(&error),
        };
        Failure::no(code, error.to_string())
    }
}

/// Logged with an id; the client sees the id only.
pub fn internal(error: &dyn std::fmt::Display) -> Failure {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let incident = NEXT.fetch_add(1, Ordering::Relaxed);
    tracing::error!(incident, %error, "imap command failed");
    Failure::no("SERVERBUG", format!("internal error, incident {incident}"))
}
