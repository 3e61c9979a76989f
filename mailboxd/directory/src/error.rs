// SPDX-License-Identifier: AGPL-3.0-or-later
//! What can go wrong, as callers tell it apart.

use crate::Kind;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such account: {0}")]
    NoSuchAccount(String),
    #[error("no such domain: {0}")]
    NoSuchDomain(String),
    #[error("no such alias: {0}")]
    NoSuchAlias(String),
    #[error("no such {kind}: {name}", kind = .0.noun(), name = .1)]
    NoSuch(Kind, String),
    /// The address is taken, by whatever kind.
    #[error("account already exists: {0}")]
    AccountExists(String),
    #[error("domain already exists: {0}")]
    DomainExists(String),
    #[error("{kind} already exists: {name}", kind = .0.noun(), name = .1)]
    Exists(Kind, String),
    #[error("no such right: {0}")]
    NoSuchRight(String),
    #[error("no such grant: {0}")]
    NoSuchGrant(String),
    /// No right to do it.
    #[error("permission denied")]
    Denied,
    /// An attribute, and what is wrong with its value for whoever asks.
    #[error("constraint of {0}: {1}")]
    Constraint(String, String),
    #[error("domain has as many accounts as it may: {0}")]
    TooManyAccounts(String),
    #[error("more than one account: {0}")]
    Ambiguous(String),
    #[error("domain is suspended: {0}")]
    DomainSuspended(String),
    #[error("domain not empty: {0}")]
    DomainNotEmpty(String),
    #[error("invalid {what}: {value}")]
    Invalid { what: &'static str, value: String },
    #[error("wrong name or password")]
    AuthFailed,
    #[error("account is {0}")]
    AccountInactive(String),
    #[error("password must be changed")]
    ChangePassword,
    /// zimbraPasswordLocked: only an administrator sets another one.
    #[error("password can't be changed")]
    PasswordLocked,
    /// zimbraPasswordMinAge.
    #[error("password was changed too lately")]
    PasswordChangeTooSoon,
    /// zimbraPasswordEnforceHistory.
    #[error("password was used before")]
    PasswordRecentlyUsed,
    /// The backend can't be asked now; say "try again", never "no such user".
    #[error("directory is not available: {0}")]
    Unavailable(String),
}
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Nothing longer than a line of a stranger's text is repeated.
    pub(crate) fn no_such(kind: Kind, name: &str) -> Error {
        let name = name.chars().take(80).collect();
        match kind {
            Kind::Account => Error::NoSuchAccount(name),
            Kind::Domain => Error::NoSuchDomain(name),
            Kind::Alias => Error::NoSuchAlias(name),
            other => Error::NoSuch(other, name),
        }
    }

    pub(crate) fn exists(kind: Kind, name: &str) -> Error {
        match kind {
            Kind::Domain => Error::DomainExists(name.to_owned()),
            kind if kind.is_address() => Error::AccountExists(name.to_owned()),
            other => Error::Exists(other, name.to_owned()),
        }
    }

    pub(crate) fn invalid(what: &'static str, value: &str) -> Error {
        Error::Invalid { what, value: value.chars().take(80).collect() }
    }
}
