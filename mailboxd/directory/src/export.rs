// SPDX-License-Identifier: AGPL-3.0-or-later
//! All entries, as a backend-independent list: for backups, and to bring them back into an empty directory of either kind.

use crate::backend::{Failure, Filter, Search, Within, Write};
use crate::entry::{Entry, Kind};
use crate::known::{Who, attribute};
use crate::{Account, Attrs, Directory, Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// As it is kept: nothing inherited, nothing hidden, secrets included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The object class, as Zimbra's schema names it.
    pub class: String,
    pub id: String,
    pub name: String,
    /// Of an identity or a signature: the id of its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    pub attrs: Attrs,
}

/// Of each kind.
const ENTRIES_MAX: usize = 1_000_000;

/// What others need comes first.
const ORDER: [Kind; 10] = [
    Kind::Config,
    Kind::Cos,
    Kind::Server,
    Kind::Domain,
    Kind::Account,
    Kind::Resource,
    Kind::List,
    Kind::Alias,
    Kind::Identity,
    Kind::Signature,
];

impl Exported {
    pub(crate) fn of(entry: &Entry, owner: Option<String>) -> Exported {
        let Entry { kind, id, name, attrs, .. } = entry.clone();
        Exported { class: kind.class().to_owned(), id, name, owner, attrs }
    }

    /// One that is not kept yet, and has no parent.
    pub(crate) fn entry(&self) -> Result<Entry> {
        let unknown = || Error::Invalid { what: "object class", value: self.class.clone() };
        let kind = Kind::of_class(&self.class).ok_or_else(unknown)?;
        let mut entry = Entry::new(kind, &self.name, self.attrs.clone());
        entry.id.clone_from(&self.id);
        entry.set("zimbraId", [self.id.clone()]);
        if let Some(times) = self.attrs.get("zimbraCreateTimestamp") {
            entry.set("zimbraCreateTimestamp", times.clone());
        }
        Ok(entry)
    }
}

impl Directory {
    /// In an order in which they can be brought back.
    pub fn export(&self) -> Result<Vec<Exported>> {
        let mut found = Vec::new();
        let mut places = HashMap::new();
        for kind in ORDER {
            for entry in self.all_of(kind)? {
                let owner = entry.parent.as_ref().map(|place| places.get(place).cloned().unwrap_or_default());
                places.insert(entry.place.clone(), entry.id.clone());
                found.push(Exported::of(&entry, owner));
            }
        }
        Ok(found)
    }

    /// For a directory that has nothing but what every one has: what has the same name is replaced. Answers how many there
    /// were, and lines for people about those that could not be brought back.
    pub fn import(&self, entries: &[Exported]) -> Result<(u64, Vec<String>)> {
        let (mut done, mut problems) = (0, Vec::new());
        for exported in entries {
            match self.import_one(exported) {
                Ok(()) => done += 1,
                Err(Failure::Other(error @ Error::Unavailable(_))) => return Err(error),
                Err(failure) => {
                    problems.push(format!("{} {}: {}", exported.class, exported.name, Error::from(failure)));
                }
            }
        }
        self.flush_cache();
        Ok((done, problems))
    }

    fn import_one(&self, exported: &Exported) -> std::result::Result<(), Failure> {
        let mut entry = exported.entry()?;
        if let Some(owner) = &exported.owner {
            let owner = self.entry_by_id(Kind::RECIPIENTS, owner)?.ok_or(Failure::NoParent)?;
            entry.parent = Some(owner.place);
        }
        match self.0.backend.apply(&[Write::Create(entry.clone())]) {
            Err(Failure::Exists) => {
                let known = self.all_of(entry.kind)?.into_iter().find(|known| known.name == entry.name);
                let known = known.filter(|known| known.parent == entry.parent).ok_or(Failure::Exists)?;
                self.0.backend.apply(&[Write::Delete(known)])?;
                self.0.backend.apply(&[Write::Create(entry)])
            }
            other => other,
        }
    }

    /// A new account with what another one has: its password, settings and class of service, not its addresses.
    pub fn create_account_like(&self, like: &Exported, name: &str) -> Result<Account> {
        const OWN: [&str; 8] = [
            "zimbraId",
            "uid",
            "mail",
            "zimbraMailAlias",
            "zimbraMailDeliveryAddress",
            "zimbraCreateTimestamp",
            "zimbraIsAdminAccount",
            "zimbraMailForwardingAddress",
        ];
        let mut attrs = like.attrs.clone();
        let password = attrs.remove("userPassword");
        let is_derived = |name: &str| attribute(name).is_some_and(|known| known.who == Who::System);
        attrs.retain(|name, _| !is_derived(name) && !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)));
        let made = self.create_account(name, "", attrs)?;
        if let Some(password) = password {
            // as it is: what was a right hash stays one
            self.change(&[Kind::Account], &made.id, Kind::Account, |entry| {
                entry.set("userPassword", password.clone());
                Ok(())
            })?;
        }
        self.account_by_id(&made.id)?.ok_or_else(|| Error::no_such(Kind::Account, name))
    }

    fn all_of(&self, kind: Kind) -> Result<Vec<Entry>> {
        let search = Search { kinds: &[kind], within: Within::Everything, filter: Filter::All, limit: ENTRIES_MAX };
        Ok(self.0.backend.search(&search)?)
    }
}
