// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts, domains, aliases. The local backend is one SQLite file, `directory/local.sqlite`. Knows nothing of mailboxes.
//!
//! A call that changes something returns success only once the change is on disk (SQLite, WAL, synchronous=FULL); the
//! caches are flushed before it returns, so that whoever asks next sees it. Reads come from a bounded cache in memory.

mod account;
mod alias;
mod attrs;
mod auth;
mod backoff;
mod cache;
mod db;
mod domain;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod name;
mod password;
mod secret;
pub mod token;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such account: {0}")]
    NoSuchAccount(String),
    #[error("no such domain: {0}")]
    NoSuchDomain(String),
    #[error("no such alias: {0}")]
    NoSuchAlias(String),
    #[error("account already exists: {0}")]
    AccountExists(String),
    #[error("domain already exists: {0}")]
    DomainExists(String),
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
    /// The backend can't be asked now; say "try again", never "no such user".
    #[error("directory is not available: {0}")]
    Unavailable(String),
}
pub type Result<T> = std::result::Result<T, Error>;

/// Attribute names as Zimbra's wire protocol shows them; values in order.
pub type Attrs = BTreeMap<String, Vec<String>>;

#[derive(Debug, Clone)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub is_admin: bool,
    /// What was set, plus what follows from the rest: zimbraId, uid, mail, zimbraMailDeliveryAddress, zimbraMailAlias,
    /// zimbraAccountStatus, zimbraCreateTimestamp.
    pub attrs: Attrs,
}

impl Account {
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.get(name).and_then(|v| v.first()).map(String::as_str)
    }

    /// zimbraMailQuota in bytes; 0 = unlimited.
    pub fn quota(&self) -> u64 {
        self.attr("zimbraMailQuota").and_then(|v| v.parse().ok()).unwrap_or(0)
    }

    pub fn display_name(&self) -> Option<&str> {
        self.attr("displayName")
    }

    /// "active", "locked", "closed", "maintenance", "lockout" or "pending". Only "active" may log in; "closed" gets no mail.
    pub fn status(&self) -> &str {
        self.attr("zimbraAccountStatus").unwrap_or("active")
    }
}

#[derive(Debug, Clone)]
pub struct Domain {
    pub id: String,
    /// Canonical: lower case, international labels as A-labels (RFC 5890 §2.3.2.1).
    pub name: String,
    pub attrs: Attrs,
}

/// Cheap to clone. Blocking calls of microseconds (cached); authentication costs an argon2 round: call it off the async threads.
#[derive(Clone)]
pub struct Directory(Arc<Inner>);

struct Inner {
    db: db::Db,
    accounts: cache::Accounts,
    verified: password::Verified,
    hasher: password::Hasher,
    backoff: backoff::Backoff,
    logins: auth::Logins,
}

impl Directory {
    /// `dir` is made when it is missing (0700), as is the file in it (0600).
    pub fn open(dir: &Path) -> Result<Directory> {
        Ok(Directory(Arc::new(Inner {
            db: db::Db::open(dir)?,
            accounts: cache::Accounts::new(cache::ACCOUNTS_MAX),
            verified: password::Verified::new()?,
            hasher: password::Hasher::new()?,
            backoff: backoff::Backoff::default(),
            logins: auth::Logins::default(),
        })))
    }

    /// Forgets everything that is cached. Our own changes do it by themselves; for when the file was changed from outside.
    pub fn flush_cache(&self) {
        self.0.accounts.flush();
        self.0.verified.flush();
    }
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory")
    }
}
