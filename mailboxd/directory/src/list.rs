// SPDX-License-Identifier: AGPL-3.0-or-later
//! Distribution lists: addresses that stand for others. Members may be lists; `target` opens them.

use crate::backend::{Filter, Within, Write};
use crate::entry::{Entry, Kind};
use crate::look::Need;
use crate::object::object;
use crate::{Attrs, Directory, Error, Object, Result, account, attrs, name};

const MEMBERS: &str = "zimbraMailForwardingAddress";
/// Addresses in one list; lists may be in lists.
const MEMBERS_MAX: usize = 5_000;

impl Directory {
    pub fn create_list(&self, name: &str, changes: Attrs) -> Result<Object> {
        let address = account::valid(name)?;
        self.require_home(&address)?;
        let mut set = Attrs::new();
        attrs::merge(&mut set, changes)?;
        let mut entry = Entry::new(Kind::List, &address, set);
        entry.attrs.entry("zimbraMailStatus".to_owned()).or_insert_with(|| vec!["enabled".to_owned()]);
        account::derive(&mut entry);
        self.commit(&address, || Ok(vec![Write::Create(entry.clone())]))
            .map_err(|failure| account::failed(failure, Kind::List, &address))?;
        self.list(&entry.id)
    }

    /// By address, alias or id.
    pub fn list(&self, key: &str) -> Result<Object> {
        self.list_entry(key).map(object)
    }

    /// All, or those of a domain, by name.
    pub fn lists(&self, domain: Option<&str>) -> Result<Vec<Object>> {
        let domain =
            domain.map(|text| name::domain(text).ok_or_else(|| Error::no_such(Kind::Domain, text))).transpose()?;
        let within = domain.as_deref().map_or(Within::Everything, Within::Domain);
        Ok(self.search(&[Kind::List], within, Filter::All)?.into_iter().map(object).collect())
    }

    pub fn modify_list(&self, key: &str, changes: Attrs) -> Result<Object> {
        let id = self.list_entry(key)?.id;
        let changed = self.change(&[Kind::List], &id, Kind::List, |list| {
            attrs::merge(&mut list.attrs, changes.clone())?;
            check_size(list)
        })?;
        Ok(object(changed))
    }

    /// Aliases stay; lists that it is in follow.
    pub fn rename_list(&self, key: &str, name: &str) -> Result<Object> {
        let address = account::valid(name)?;
        self.require_home(&address)?;
        let id = self.list_entry(key)?.id;
        let plan = || {
            let old = self.list_entry(&id)?;
            let mut new = old.clone();
            new.name = address.clone();
            // Of a list the own address is among the aliases.
            let aliases = old.addresses().skip(1).map(str::to_owned).collect::<Vec<_>>();
            new.set("zimbraMailAlias", aliases);
            account::derive(&mut new);
            let holding = self.in_lists(&old, Some(&address))?;
            Ok([Write::Update { old, new }].into_iter().chain(holding).collect())
        };
        self.commit(&id, plan).map_err(|failure| account::failed(failure, Kind::List, &address))?;
        self.list(&id)
    }

    /// The lists that hold one of these addresses, directly or through another list, whose name is told then.
    pub fn lists_holding(&self, addresses: &[String]) -> Result<Vec<(Object, Option<String>)>> {
        let found = self.lists_via(addresses.iter().map(String::as_str), &|_| true)?;
        Ok(found.into_iter().map(|(list, _, via)| (object(list), via)).collect())
    }

    pub fn delete_list(&self, key: &str) -> Result<()> {
        let id = self.list_entry(key)?.id;
        self.commit(&id, || {
            let list = self.list_entry(&id)?;
            let aliases =
                self.search(&[Kind::Alias], Within::Everything, Filter::Equal(&["zimbraAliasTargetId"], &id))?;
            let mut writes = self.in_lists(&list, None)?;
            writes.extend(aliases.into_iter().chain([list]).map(Write::Delete));
            Ok(writes)
        })?;
        Ok(())
    }

    /// Addresses here or elsewhere, other lists too. Those that are in it already are no error.
    pub fn add_members(&self, key: &str, members: &[String]) -> Result<Object> {
        let members = addresses(members)?;
        self.change_members(key, |have| {
            have.extend(members.iter().filter(|m| !have.contains(m)).cloned().collect::<Vec<_>>())
        })
    }

    /// Whoever is one of ours goes with all addresses.
    pub fn remove_members(&self, key: &str, members: &[String]) -> Result<Object> {
        let mut members = addresses(members)?;
        for at in 0..members.len() {
            if let Some(account) = self.account(&members[at])? {
                members.extend(account.addresses().map(str::to_owned));
            }
        }
        self.change_members(key, |have| have.retain(|m| !members.contains(m)))
    }

    fn change_members(&self, key: &str, work: impl Fn(&mut Vec<String>)) -> Result<Object> {
        let id = self.list_entry(key)?.id;
        let changed = self.change(&[Kind::List], &id, Kind::List, |list| {
            let mut members = list.values(MEMBERS).to_vec();
            work(&mut members);
            list.set(MEMBERS, members);
            check_size(list)
        })?;
        Ok(object(changed))
    }

    fn list_entry(&self, key: &str) -> Result<Entry> {
        let found = match name::address(key) {
            Some((local, domain)) => match self.home(&domain, Need::Cached)? {
                Some(home) => self.one(&[Kind::List], &["zimbraMailAlias"], &format!("{local}@{home}"))?,
                None => None,
            },
            None => self.entry_by_id(&[Kind::List], key)?,
        };
        found.ok_or_else(|| Error::no_such(Kind::List, key))
    }
}

fn addresses(members: &[String]) -> Result<Vec<String>> {
    members.iter().map(|member| account::valid(member)).collect()
}

fn check_size(list: &Entry) -> Result<()> {
    match list.values(MEMBERS).len() {
        count if count > MEMBERS_MAX => Err(Error::invalid("number of members", &count.to_string())),
        _ => Ok(()),
    }
}
