// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts, aliases, domains, classes of service, distribution lists, servers. Knows nothing of mailboxes.
//!
//! What keeps them is a [`backend`]: one SQLite file, or LDAP. Everything that is a rule (names, aliases, inheritance,
//! passwords, tokens) is above it, once. A call that changes something returns success only once the backend has made it
//! durable, and whoever asks next sees it. Reads come from a bounded cache in memory; when a shared directory does not answer,
//! deliveries use what the cache still has, and nothing else does.

mod account;
mod alias;
mod attachments;
mod attrs;
mod auth;
pub mod backend;
mod backoff;
mod cache;
mod dkim;
mod domain;
mod entry;
mod error;
mod export;
mod filters;
pub mod find;
mod foreign;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod gal;
mod inherit;
pub mod known;
mod legacy;
mod list;
mod lockout;
mod look;
mod membership;
mod name;
mod object;
mod open;
mod password;
mod persona;
mod policy;
pub mod preauth;
mod reach;
mod retention;
mod retention_policy;
pub mod rights;
mod secret;
mod system;
mod target;
pub mod token;
mod undelete;
mod vouched;

pub use attachments::Attachments;
pub use entry::Kind;
pub use error::{Error, Result};
pub use export::Exported;
pub use filters::{BlockedExtensions, SenderList};
pub use gal::{Found, GalEntry};
pub use membership::Memberships;
pub use open::Ldap;
pub use reach::{SCOPE_MAX, Scope};
pub use retention::{FOLDER_MIN_DAYS, Retention};
pub use retention_policy::Policy;
pub use target::{Member, Target};
pub use undelete::Remains;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Attribute names as Zimbra's wire protocol shows them. The values of one are a set: over LDAP they come sorted.
pub type Attrs = BTreeMap<String, Vec<String>>;

/// An account or a calendar resource.
#[derive(Debug, Clone, Default)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub is_admin: bool,
    /// What was set, what follows from the rest (zimbraId, uid, mail, zimbraMailDeliveryAddress, zimbraMailAlias,
    /// zimbraCreateTimestamp), and what is inherited.
    pub attrs: Attrs,
    /// Names of those that come from the class of service, the domain or the global config.
    pub inherited: BTreeSet<&'static str>,
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

    /// May use the admin API for what it has rights for.
    pub fn is_delegated_admin(&self) -> bool {
        // What releases before delegated administration called it.
        let marks = ["zimbraIsDelegatedAdminAccount", "zimbraIsDomainAdminAccount"];
        marks.iter().any(|name| self.attr(name) == Some("TRUE"))
    }

    /// Name and aliases.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
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
    /// What was set, and what is inherited from the global config; no secrets.
    pub attrs: Attrs,
    /// The names of what is inherited.
    pub inherited: BTreeSet<&'static str>,
}

/// A class of service, a server, the global config, a distribution list, an identity, a signature.
#[derive(Debug, Clone)]
pub struct Object {
    pub kind: Kind,
    pub id: String,
    pub name: String,
    /// No secrets.
    pub attrs: Attrs,
}

impl Object {
    /// Of a distribution list: the addresses in it.
    pub fn members(&self) -> &[String] {
        self.attrs.get("zimbraMailForwardingAddress").map(Vec::as_slice).unwrap_or_default()
    }
}

/// Cheap to clone. Blocking calls: of microseconds when cached, of one round trip otherwise, of seconds when a shared directory
/// stops answering (once; then it is known to be away). Authentication costs an argon2 round: call it off the async threads.
#[derive(Clone)]
pub struct Directory(Arc<open::Inner>);

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory")
    }
}
