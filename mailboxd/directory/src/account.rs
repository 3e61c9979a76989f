// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts and calendar resources: look up, create, change, rename, delete.

use crate::backend::{Failure, Filter, Within, Write};
use crate::cache::Known;
use crate::entry::{Entry, Kind};
use crate::look::Need;
use crate::{Account, Attrs, Directory, Error, Result, attrs, name, password, system};

const ACCOUNTS: &[Kind] = &[Kind::Account, Kind::Resource];
const LISTED: &[&str] = &["zimbraMailForwardingAddress"];

impl Directory {
    /// By name or alias, any case.
    pub fn account(&self, name: &str) -> Result<Option<Account>> {
        let Some((local, domain)) = name::address(name) else { return Ok(None) };
        match self.home(&domain, Need::Cached)? {
            Some(home) => self.known_account(&format!("{local}@{home}")),
            None => Ok(None),
        }
    }

    pub fn account_by_id(&self, id: &str) -> Result<Option<Account>> {
        if id.contains(['@', ':']) { Ok(None) } else { self.known_account(id) }
    }

    fn known_account(&self, key: &str) -> Result<Option<Account>> {
        Ok(match self.known(key, Need::Cached)? {
            Some(Known::Account(account)) => Some((*account).clone()),
            _ => None,
        })
    }

    /// All, or those of a domain, by name.
    pub fn accounts(&self, domain: Option<&str>) -> Result<Vec<Account>> {
        self.accounts_of(Kind::Account, domain)
    }

    /// Calendar resources.
    pub fn resources(&self, domain: Option<&str>) -> Result<Vec<Account>> {
        self.accounts_of(Kind::Resource, domain)
    }

    fn accounts_of(&self, kind: Kind, domain: Option<&str>) -> Result<Vec<Account>> {
        let domain =
            domain.map(|text| name::domain(text).ok_or_else(|| Error::no_such(Kind::Domain, text))).transpose()?;
        let within = domain.as_deref().map_or(Within::Everything, Within::Domain);
        let entries = self.search(&[kind], within, Filter::All)?;
        entries.into_iter().map(|entry| self.account_of(entry, Need::Cached)).collect()
    }

    /// An empty password makes an account that can't log in until it gets one.
    pub fn create_account(&self, name: &str, password: &str, changes: Attrs) -> Result<Account> {
        self.make_account(Kind::Account, name, password, changes)
    }

    pub fn create_resource(&self, name: &str, password: &str, mut changes: Attrs) -> Result<Account> {
        for (name, value) in [("zimbraCalResType", "Location"), ("zimbraCalResAutoAcceptDecline", "TRUE")] {
            changes.entry(name.to_owned()).or_insert_with(|| vec![value.to_owned()]);
        }
        self.make_account(Kind::Resource, name, password, changes)
    }

    fn make_account(&self, kind: Kind, name: &str, password: &str, mut changes: Attrs) -> Result<Account> {
        let address = valid(name)?;
        self.require_home(&address)?;
        let cos = changes.get("zimbraCOSId").and_then(|values| values.first()).cloned();
        if changes.get(system::ATTRIBUTE).is_none_or(|values| values != &["TRUE"]) {
            self.check_room(kind, &address, cos.as_deref())?;
        }
        let migrated = password::take_migrated(&mut changes)?;
        let mut set = Attrs::new();
        attrs::merge(&mut set, changes)?;
        let mut entry = Entry::new(kind, &address, set);
        for (name, value) in [("zimbraAccountStatus", "active"), ("zimbraMailStatus", "enabled")] {
            entry.attrs.entry(name.to_owned()).or_insert_with(|| vec![value.to_owned()]);
        }
        if password.is_empty() {
            entry.set("userPassword", migrated);
        } else {
            self.new_password(&mut entry, password)?;
        }
        // A person has a name (RFC 4519 §2.3), if only this one.
        entry.attrs.entry("cn".to_owned()).or_insert_with(|| vec![local(&address)]);
        derive(&mut entry);
        self.commit(&address, || Ok(vec![Write::Create(entry.clone())]))
            .map_err(|failure| failed(failure, Kind::Account, &address))?;
        self.need_account(&entry.id)
    }

    /// zimbraDomainMaxAccounts of the domain, and zimbraDomainCOSMaxAccounts ("ID-OF-COS:NUMBER"); resources and mailboxes of the
    /// system don't count.
    pub(crate) fn check_room(&self, kind: Kind, address: &str, cos: Option<&str>) -> Result<()> {
        let name = address.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        let Some(domain) = self.domain_entry(name, Need::Cached)?.filter(|_| kind == Kind::Account) else {
            return Ok(());
        };
        let max = domain.attr("zimbraDomainMaxAccounts").and_then(|max| max.parse::<usize>().ok());
        if let Some(max) = max.filter(|max| *max > 0)
            && self.count_people(name)? >= max
        {
            return Err(Error::TooManyAccounts(name.to_owned()));
        }
        let mut entry = Entry::new(Kind::Account, address, Attrs::new());
        entry.set("zimbraCOSId", cos.map(str::to_owned));
        self.check_cos_room(&domain, &entry)
    }

    /// Of the class of service that `entry` has or is to have.
    fn check_cos_room(&self, domain: &Entry, entry: &Entry) -> Result<()> {
        let limits = domain.values("zimbraDomainCOSMaxAccounts");
        if limits.is_empty() {
            return Ok(());
        }
        let Some(cos) = self.cos_of(entry, Some(domain), Need::Cached)? else { return Ok(()) };
        let limit = limits.iter().filter_map(|limit| limit.split_once(':')).find(|(id, _)| *id == cos.id);
        if let Some(max) = limit.and_then(|(_, max)| max.parse::<usize>().ok()) {
            let counts = self.count_by_cos(&domain.name)?;
            if counts.iter().any(|(id, _, count)| *id == cos.id && *count >= max) {
                return Err(Error::TooManyAccounts(domain.name.clone()));
            }
        }
        Ok(())
    }

    /// Another userPassword than a hash of a known scheme is refused: that is what `set_password` is for.
    pub fn modify_account(&self, id: &str, mut changes: Attrs) -> Result<Account> {
        let migrated = password::take_migrated(&mut changes)?;
        if let Some(cos) = changes.get("zimbraCOSId") {
            let mut entry = self.need_entry(id)?;
            let is_new = entry.values("zimbraCOSId") != cos.as_slice();
            entry.set("zimbraCOSId", cos.iter().filter(|cos| !cos.is_empty()).cloned());
            if let Some(domain) = self.domain_entry(entry.domain(), Need::Cached)?.filter(|_| is_new) {
                self.check_cos_room(&domain, &entry)?;
            }
        }
        let changed = self.change(ACCOUNTS, id, Kind::Account, |entry| {
            if migrated.is_some() {
                entry.set("userPassword", migrated.clone());
            }
            attrs::merge(&mut entry.attrs, changes.clone())
        })?;
        self.account_of(changed, Need::Now)
    }

    /// With its aliases, identities and signatures; lists forget it.
    pub fn delete_account(&self, id: &str) -> Result<()> {
        self.commit(id, || {
            let entry = self.need_entry(id)?;
            let mut writes = self.in_lists(&entry, None)?;
            let aliases =
                self.search(&[Kind::Alias], Within::Everything, Filter::Equal(&["zimbraAliasTargetId"], id))?;
            let below = self.search(&[Kind::Identity, Kind::Signature], Within::Parent(&entry.place), Filter::All)?;
            writes.extend(aliases.into_iter().chain(below).chain([entry]).map(Write::Delete));
            Ok(writes)
        })?;
        Ok(())
    }

    /// The old name is free afterwards; aliases stay; lists follow.
    pub fn rename_account(&self, id: &str, name: &str) -> Result<Account> {
        let address = valid(name)?;
        self.require_home(&address)?;
        let plan = || {
            let old = self.need_entry(id)?;
            let mut new = old.clone();
            new.name = address.clone();
            if old.values("cn") == [local(&old.name)] {
                new.set("cn", [local(&address)]);
            }
            derive(&mut new);
            let lists = self.in_lists(&old, Some(&address))?;
            Ok([Write::Update { old, new }].into_iter().chain(lists).collect())
        };
        self.commit(id, plan).map_err(|failure| failed(failure, Kind::Account, &address))?;
        self.need_account(id)
    }

    /// What makes the lists that `entry` is in, by name or alias, forget it or follow its new name.
    pub(crate) fn in_lists(&self, entry: &Entry, new: Option<&str>) -> Result<Vec<Write>> {
        let gone: Vec<&str> = match new {
            Some(_) => vec![&entry.name],
            None => entry.addresses().collect(),
        };
        self.lists_without(&gone, new)
    }

    /// What takes these addresses out of every list, and puts a new one in their place.
    pub(crate) fn lists_without(&self, gone: &[&str], new: Option<&str>) -> Result<Vec<Write>> {
        let mut lists = std::collections::BTreeMap::new();
        for address in gone {
            let found = self.search(&[Kind::List], Within::Everything, Filter::Equal(LISTED, address))?;
            lists.extend(found.into_iter().map(|list| (list.id.clone(), list)));
        }
        let changed = lists.into_values().map(|old| {
            let mut list = old.clone();
            let kept = old.values(LISTED[0]).iter().filter(|member| !gone.contains(&member.as_str())).cloned();
            list.set(LISTED[0], kept.chain(new.map(str::to_owned)));
            Write::Update { old, new: list }
        });
        Ok(changed.collect())
    }

    pub(crate) fn need_entry(&self, id: &str) -> Result<Entry> {
        self.entry_by_id(ACCOUNTS, id)?.ok_or_else(|| Error::no_such(Kind::Account, id))
    }

    pub(crate) fn need_account(&self, id: &str) -> Result<Account> {
        self.account_of(self.need_entry(id)?, Need::Now)
    }
}

/// The canonical address.
pub fn valid(name: &str) -> Result<String> {
    let address = name::address(name).map(|(local, domain)| format!("{local}@{domain}"));
    address.ok_or_else(|| Error::invalid("account name", name))
}

pub fn local(address: &str) -> String {
    address.rsplit_once('@').map_or(address, |(local, _)| local).to_owned()
}

/// Attributes that follow from name and aliases.
pub fn derive(entry: &mut Entry) {
    let mail: Vec<String> = entry.addresses().map(str::to_owned).collect();
    entry.set("uid", [local(&entry.name)]);
    entry.set("mail", mail);
    if entry.kind == Kind::List {
        // Lists have no delivery address, so that the MTA does not take them for mailboxes.
        let addresses: Vec<String> = entry.addresses().map(str::to_owned).collect();
        entry.set("zimbraMailAlias", addresses);
    } else {
        entry.set("zimbraMailDeliveryAddress", [entry.name.clone()]);
    }
}

pub fn failed(failure: Failure, kind: Kind, address: &str) -> Error {
    match failure {
        Failure::Exists => Error::exists(kind, address),
        Failure::NoParent => Error::NoSuchDomain(address.rsplit_once('@').map_or(address, |(_, d)| d).to_owned()),
        other => other.into(),
    }
}
