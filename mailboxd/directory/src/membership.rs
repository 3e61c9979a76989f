// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an account belongs to, for those who grant rights to more than one account at a time.

use crate::entry::{Entry, Kind};
use crate::look::Need;
use crate::{Account, Directory, Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memberships {
    /// Ids of distribution lists, those that hold one of them included.
    pub lists: Vec<String>,
    /// Id of its domain.
    pub domain: Option<String>,
    /// Id of its class of service.
    pub cos: Option<String>,
}

impl Directory {
    /// Asks the directory itself, not what is remembered of it.
    pub fn memberships(&self, account: &Account) -> Result<Memberships> {
        let Some(entry) = self.entry_by_id(&[Kind::Account, Kind::Resource], &account.id)? else {
            return Err(Error::NoSuchAccount(account.name.clone()));
        };
        let domain = self.domain_entry(entry.domain(), Need::Now)?;
        let cos = self.cos_of(&entry, domain.as_deref(), Need::Now)?;
        let id = |entry: Option<Arc<Entry>>| entry.map(|entry| entry.id.clone());
        let lists = self.lists(None)?;
        let mut addresses: BTreeSet<&str> = account.aliases.iter().map(String::as_str).collect();
        addresses.insert(&account.name);
        let mut of: Vec<String> = Vec::new();
        // Lists may be in lists: until a round finds nothing new, which is at most once a list.
        loop {
            let found: Vec<_> = lists
                .iter()
                .filter(|list| !of.contains(&list.id))
                .filter(|list| list.members().iter().any(|member| addresses.contains(member.as_str())))
                .collect();
            if found.is_empty() {
                break;
            }
            for list in found {
                of.push(list.id.clone());
                addresses.insert(&list.name);
                addresses.extend(list.attrs.get("zimbraMailAlias").into_iter().flatten().map(String::as_str));
            }
        }
        of.sort();
        Ok(Memberships { lists: of, domain: id(domain), cos: id(cos) })
    }
}
