// SPDX-License-Identifier: AGPL-3.0-or-later
//! Aliases. One is an entry that holds the address, so that nobody else gets it, and a value on the account or list, by which
//! mail finds it. The entry is first when it comes and last when it goes: in between nobody gets mail that is not his.

use crate::backend::{Filter, Within, Write};
use crate::entry::{Entry, Kind};
use crate::look::Need;
use crate::{Attrs, Directory, Error, Result, account, name};

/// Aliases an account may have.
const ALIASES_MAX: usize = 1_000;

impl Directory {
    /// Of an account, a resource or a list.
    pub fn add_alias(&self, id: &str, alias: &str) -> Result<()> {
        let address = account::valid(alias)?;
        self.require_home(&address)?;
        let mut entry = Entry::new(Kind::Alias, &address, Attrs::new());
        entry.set("uid", [account::local(&address)]);
        entry.set("zimbraAliasTargetId", [id.to_owned()]);
        let plan = || {
            let old = self.recipient(id)?;
            if old.addresses().any(|have| have == address) {
                return Err(Error::AccountExists(address.clone()));
            }
            if old.addresses().count() > ALIASES_MAX {
                return Err(Error::invalid("number of aliases", &ALIASES_MAX.to_string()));
            }
            let mut new = old.clone();
            let aliases = old.values("zimbraMailAlias").iter().cloned().chain([address.clone()]);
            new.set("zimbraMailAlias", aliases);
            account::derive(&mut new);
            let update = Write::Update { old, new };
            // Left over from a call that was cut off: it is this account's already.
            let is_held = self.alias_entry(&address)?.is_some_and(|held| held.attr("zimbraAliasTargetId") == Some(id));
            Ok(if is_held { vec![update] } else { vec![Write::Create(entry.clone()), update] })
        };
        self.commit(id, plan).map_err(|failure| account::failed(failure, Kind::Alias, &address))
    }

    pub fn remove_alias(&self, id: &str, alias: &str) -> Result<()> {
        let missing = || Error::no_such(Kind::Alias, alias);
        let address = name::address(alias).map(|(local, domain)| format!("{local}@{domain}")).ok_or_else(missing)?;
        let plan = || {
            let old = self.recipient(id)?;
            let held = self.alias_entry(&address)?.filter(|held| held.attr("zimbraAliasTargetId") == Some(id));
            let is_listed = old.addresses().skip(1).any(|have| have == address);
            if held.is_none() && !is_listed {
                return Err(missing());
            }
            let mut new = old.clone();
            new.set("zimbraMailAlias", old.values("zimbraMailAlias").iter().filter(|a| **a != address).cloned());
            account::derive(&mut new);
            let lists = self.lists_without(&[&address], None)?;
            Ok([Write::Update { old, new }].into_iter().chain(lists).chain(held.map(Write::Delete)).collect())
        };
        Ok(self.commit(id, plan)?)
    }

    fn recipient(&self, id: &str) -> Result<Entry> {
        self.entry_by_id(Kind::RECIPIENTS, id)?.ok_or_else(|| Error::no_such(Kind::Account, id))
    }

    fn alias_entry(&self, address: &str) -> Result<Option<Entry>> {
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        let found = self.search(&[Kind::Alias], Within::Domain(domain), Filter::Equal(&["uid"], local))?;
        Ok(found.into_iter().find(|entry| entry.name == address))
    }

    /// Addresses can be made in it: one of our domains, and not an alias of another.
    pub(crate) fn require_home(&self, address: &str) -> Result<()> {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        match self.home(domain, Need::Cached)? {
            Some(home) if home == domain => match self.domain_entry(domain, Need::Cached)? {
                Some(entry) if matches!(entry.attr("zimbraDomainStatus"), Some("suspended" | "shutdown")) => {
                    Err(Error::DomainSuspended(domain.to_owned()))
                }
                _ => Ok(()),
            },
            Some(home) => Err(Error::invalid("domain (it is an alias of another)", &home)),
            None => Err(Error::NoSuchDomain(domain.to_owned())),
        }
    }
}
