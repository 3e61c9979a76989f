// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a directory is made of, whatever keeps it: entries of a few kinds, with names, ids and attributes.

use crate::Attrs;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Account,
    /// A room or a thing that can be booked: an account that nobody logs in to.
    Resource,
    /// Holds an address for the entry that zimbraAliasTargetId names, so that two can't have it.
    Alias,
    List,
    Domain,
    Cos,
    Server,
    /// The one with what holds everywhere.
    Config,
    Identity,
    Signature,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::Account,
        Kind::Resource,
        Kind::Alias,
        Kind::List,
        Kind::Domain,
        Kind::Cos,
        Kind::Server,
        Kind::Config,
        Kind::Identity,
        Kind::Signature,
    ];

    /// Those whose name is an address.
    pub const ADDRESSES: &'static [Kind] = &[Kind::Account, Kind::Resource, Kind::Alias, Kind::List];
    /// Those that mail can be sent to; an alias is an address of one of them.
    pub const RECIPIENTS: &'static [Kind] = &[Kind::Account, Kind::Resource, Kind::List];

    /// The object class, as Zimbra's schema names it.
    pub fn class(self) -> &'static str {
        match self {
            Kind::Account => "zimbraAccount",
            Kind::Resource => "zimbraCalendarResource",
            Kind::Alias => "zimbraAlias",
            Kind::List => "zimbraDistributionList",
            Kind::Domain => "zimbraDomain",
            Kind::Cos => "zimbraCOS",
            Kind::Server => "zimbraServer",
            Kind::Config => "zimbraGlobalConfig",
            Kind::Identity => "zimbraIdentity",
            Kind::Signature => "zimbraSignature",
        }
    }

    pub fn of_class(class: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.class().eq_ignore_ascii_case(class))
    }

    pub fn is_address(self) -> bool {
        Kind::ADDRESSES.contains(&self)
    }

    /// For error messages.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Account => "account",
            Kind::Resource => "calendar resource",
            Kind::Alias => "alias",
            Kind::List => "distribution list",
            Kind::Domain => "domain",
            Kind::Cos => "class of service",
            Kind::Server => "server",
            Kind::Config => "global config",
            Kind::Identity => "identity",
            Kind::Signature => "signature",
        }
    }

    pub(crate) fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// As it is kept: nothing inherited, nothing hidden.
#[derive(Debug, Clone)]
pub struct Entry {
    pub kind: Kind,
    /// zimbraId.
    pub id: String,
    /// Canonical address, canonical domain name, or the name as it was given. Unique among entries of the same space: one
    /// for all addresses, one for each other kind, one for each owner of identities and of signatures.
    pub name: String,
    /// Of an identity or a signature: the place of its account.
    pub parent: Option<String>,
    pub attrs: Attrs,
    /// The backend's own: where it is, and which version was read.
    pub(crate) place: String,
    pub(crate) version: String,
}

impl Entry {
    /// One that is not kept yet.
    pub(crate) fn new(kind: Kind, name: &str, attrs: Attrs) -> Entry {
        let id = uuid::Uuid::new_v4().to_string();
        let mut entry = Entry {
            kind,
            id: id.clone(),
            name: name.to_owned(),
            parent: None,
            attrs,
            place: String::new(),
            version: String::new(),
        };
        entry.set("zimbraId", [id]);
        entry.set("zimbraCreateTimestamp", [crate::attrs::timestamp(now())]);
        entry
    }

    pub fn attr(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }

    pub fn values(&self, name: &str) -> &[String] {
        self.attrs.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.attr(name) == Some("TRUE")
    }

    /// No values: removes it.
    pub(crate) fn set(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().collect();
        if values.is_empty() {
            self.attrs.remove(name);
        } else {
            self.attrs.insert(name.to_owned(), values);
        }
    }

    /// Every address under which mail reaches it.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        let aliases = self.values("zimbraMailAlias").iter().map(String::as_str).filter(|alias| *alias != self.name);
        std::iter::once(self.name.as_str()).chain(aliases)
    }

    pub(crate) fn domain(&self) -> &str {
        match self.kind {
            kind if kind.is_address() => self.name.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default(),
            _ => "",
        }
    }
}

pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map(|d| d.as_secs() as i64).unwrap_or_default()
}
