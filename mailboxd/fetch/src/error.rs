// SPDX-License-Identifier: AGPL-3.0-or-later

/// What people are told. Nothing in it is a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A name that is nobody's, a port that nobody listens on, a wire that is cut.
    #[error("connection to the server failed: {0}")]
    Connection(String),
    #[error("the server did not answer in time")]
    TimedOut,
    /// Not a place that accounts of this server may have connections to.
    #[error("connections to this address are not allowed")]
    Forbidden,
    #[error("no secure connection: {0}")]
    Tls(String),
    #[error("login failed: {0}")]
    Login(String),
    /// The server says no.
    #[error("the server refused: {0}")]
    Refused(String),
    /// Not what the protocol has, or too much of it.
    #[error("the server's answer makes no sense: {0}")]
    Protocol(&'static str),
    /// One message, beyond the limit.
    #[error("a message is larger than {0} octets")]
    TooLarge(usize),
}

pub type Result<T> = std::result::Result<T, Error>;

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        match error.kind() {
            std::io::ErrorKind::TimedOut => Error::TimedOut,
            _ => Error::Connection(error.to_string()),
        }
    }
}
