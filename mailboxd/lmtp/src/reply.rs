// SPDX-License-Identifier: AGPL-3.0-or-later
//! Replies with enhanced status codes (RFC 3463, RFC 2034), and what errors of the store look like on the wire.

use std::borrow::Cow;
use uuid::Uuid;

/// RFC 5321 §4.5.3.1.5: 512 octets a reply line, code and CRLF included.
const TEXT_BYTES_MAX: usize = 480;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub code: u16,
    /// Empty for the replies that have none (greeting, 354, 334, EHLO).
    pub enhanced: &'static str,
    pub text: Cow<'static, str>,
}

impl Reply {
    pub const fn new(code: u16, enhanced: &'static str, text: &'static str) -> Reply {
        Reply { code, enhanced, text: Cow::Borrowed(text) }
    }

    pub fn of(code: u16, enhanced: &'static str, text: String) -> Reply {
        Reply { code, enhanced, text: Cow::Owned(text) }
    }

    pub fn is_permanent(&self) -> bool {
        self.code >= 500
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.code.to_string().as_bytes());
        out.push(b' ');
        if !self.enhanced.is_empty() {
            out.extend_from_slice(self.enhanced.as_bytes());
            out.push(b' ');
        }
        // Nothing that came from elsewhere may end the line.
        let text = self.text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c as u8 } else { b'?' });
        out.extend(text.take(TEXT_BYTES_MAX));
        out.extend_from_slice(b"\r\n");
    }
}

pub(crate) const OK: Reply = Reply::new(250, "2.0.0", "Ok");
pub(crate) const SYNTAX: Reply = Reply::new(501, "5.5.4", "Syntax error in parameters");
pub(crate) const SEQUENCE: Reply = Reply::new(503, "5.5.1", "Bad sequence of commands");
pub(crate) const TOO_LARGE: Reply = Reply::new(552, "5.3.4", "Message is larger than this server takes");
pub(crate) const NO_SUCH_USER: Reply = Reply::new(550, "5.1.1", "No such user here");
/// A mailbox may be tidied up, so the sender tries again (as Zimbra does, too).
pub(crate) const OVER_QUOTA: Reply = Reply::new(452, "4.2.2", "Mailbox is over quota");
pub(crate) const UNAVAILABLE: Reply = Reply::new(451, "4.3.0", "Temporarily not available, try again later");
pub(crate) const NO_SPACE: Reply = Reply::new(452, "4.3.1", "Out of space, try again later");

/// Every error of the store is temporary for the sender, but a size that never will fit. What is ours to mend is logged with
/// an id, and the id is all that is told.
pub(crate) fn of_store(error: &mailbox::Error) -> Reply {
    match error {
        mailbox::Error::OverQuota => OVER_QUOTA,
        mailbox::Error::TooLarge { .. } => TOO_LARGE,
        mailbox::Error::Unavailable(why) => {
            tracing::warn!(%why, "delivery deferred");
            UNAVAILABLE
        }
        other => internal(&other.to_string()),
    }
}

pub(crate) fn of_directory(error: &directory::Error) -> Reply {
    match error {
        directory::Error::AuthFailed => Reply::new(535, "5.7.8", "Wrong name or password"),
        directory::Error::AccountInactive(_) => Reply::new(535, "5.7.8", "Account is not active"),
        // RFC 4954 §6
        directory::Error::ChangePassword => Reply::new(432, "4.7.12", "Password must be changed first"),
        directory::Error::Unavailable(why) => {
            tracing::warn!(%why, "directory is not available");
            UNAVAILABLE
        }
        other => internal(&other.to_string()),
    }
}

/// Bodies are written by the blob store: its full disk is worth a word of its own (RFC 3463 X.3.1).
pub(crate) fn of_io(error: &(dyn std::error::Error + 'static)) -> Option<Reply> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        let full = current
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded));
        if full {
            tracing::warn!(%error, "delivery deferred");
            return Some(NO_SPACE);
        }
        cause = current.source();
    }
    None
}

pub(crate) fn internal(error: &str) -> Reply {
    let id = Uuid::new_v4().simple();
    tracing::error!(%id, %error, "delivery failed");
    Reply::of(451, "4.3.0", format!("Internal error {id}"))
}
