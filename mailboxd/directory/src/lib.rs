// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts, domains, aliases (skeleton of the interface). The local backend is one SQLite file. Knows nothing of mailboxes.
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
}
#[derive(Debug, Clone)]
pub struct Domain {
    pub id: String,
    pub name: String,
    pub attrs: Attrs,
}

/// Cheap to clone. Blocking calls of microseconds (cached); authentication costs an argon2 round: call it off the async threads.
#[derive(Clone)]
pub struct Directory(Arc<()>);
impl Directory {
    pub fn open(_dir: &Path) -> Result<Directory> {
        unimplemented!()
    }
    /// By name or alias, any case.
    pub fn account(&self, _name: &str) -> Result<Option<Account>> {
        unimplemented!()
    }
    pub fn account_by_id(&self, _id: &str) -> Result<Option<Account>> {
        unimplemented!()
    }
    /// Recipient of a delivery: name, alias, sub-address (`user+detail@domain`; detail is the second value).
    pub fn resolve(&self, _address: &str) -> Result<Option<(Account, Option<String>)>> {
        unimplemented!()
    }
    pub fn is_local_domain(&self, _domain: &str) -> Result<bool> {
        unimplemented!()
    }
    /// `peer`: address of the client, for logs and back-off. A bare name gets the default domain.
    pub fn authenticate(&self, _name: &str, _password: &str) -> Result<Account> {
        unimplemented!()
    }
    /// True when `account` may send with this From or envelope address (own name, aliases, allowed addresses).
    pub fn may_send_as(&self, _account: &Account, _address: &str) -> Result<bool> {
        unimplemented!()
    }
    pub fn accounts(&self, _domain: Option<&str>) -> Result<Vec<Account>> {
        unimplemented!()
    }
    pub fn create_account(&self, _name: &str, _password: &str, _attrs: Attrs) -> Result<Account> {
        unimplemented!()
    }
    pub fn modify_account(&self, _id: &str, _changes: Attrs) -> Result<Account> {
        unimplemented!()
    }
    pub fn set_password(&self, _id: &str, _password: &str) -> Result<()> {
        unimplemented!()
    }
    pub fn delete_account(&self, _id: &str) -> Result<()> {
        unimplemented!()
    }
    pub fn rename_account(&self, _id: &str, _name: &str) -> Result<Account> {
        unimplemented!()
    }
    pub fn add_alias(&self, _id: &str, _alias: &str) -> Result<()> {
        unimplemented!()
    }
    pub fn remove_alias(&self, _id: &str, _alias: &str) -> Result<()> {
        unimplemented!()
    }
    pub fn create_domain(&self, _name: &str, _attrs: Attrs) -> Result<Domain> {
        unimplemented!()
    }
    pub fn domain(&self, _name: &str) -> Result<Option<Domain>> {
        unimplemented!()
    }
    pub fn domains(&self) -> Result<Vec<Domain>> {
        unimplemented!()
    }
    pub fn modify_domain(&self, _name: &str, _changes: Attrs) -> Result<Domain> {
        unimplemented!()
    }
    pub fn delete_domain(&self, _name: &str) -> Result<()> {
        unimplemented!()
    }
    /// A secret of this server for signing (auth tokens), made at first use, 32 bytes, kept in the directory's file (0600).
    pub fn secret(&self, _purpose: &str) -> Result<[u8; 32]> {
        unimplemented!()
    }
}
