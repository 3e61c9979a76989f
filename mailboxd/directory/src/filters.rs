// SPDX-License-Identifier: AGPL-3.0-or-later
//! What the scanner has to know of single accounts and domains: whom they let in and keep out, and which attachments are not
//! let in where that is not what holds for everybody.

use crate::backend::{Filter, Within};
use crate::entry::{Entry, Kind};
use crate::look::Need;
use crate::{Account, Attrs, Directory, Result};
use std::collections::{BTreeMap, HashMap};

const ACCOUNTS: &[Kind] = &[Kind::Account, Kind::Resource];
const ALLOW: &str = "amavisWhitelistSender";
const BLOCK: &str = "amavisBlacklistSender";
const EXTENSION: &str = "zimbraMtaBlockedExtension";
/// Senders in all lists together: they are in the memory of every process of the scanner.
const SENDERS_MAX: usize = 50_000;

/// Of an account, or of a domain: then its name is `@domain` and so is its only address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderList {
    pub name: String,
    pub addresses: Vec<String>,
    pub allow: Vec<String>,
    pub block: Vec<String>,
}

/// For these addresses (`@domain`: all of a domain that are not named themselves) these extensions hold, instead of the global
/// config's. No extension: as if the global config named none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedExtensions {
    pub extensions: Vec<String>,
    pub addresses: Vec<String>,
}

impl Directory {
    /// By name, domains first. Reads those that have a list.
    pub fn sender_lists(&self) -> Result<Vec<SenderList>> {
        let having = |kinds| self.search(kinds, Within::Everything, Filter::Present(&[ALLOW, BLOCK]));
        let domains = having(&[Kind::Domain])?.into_iter().map(|domain| {
            let name = format!("@{}", domain.name);
            list(name.clone(), vec![name], &domain.attrs)
        });
        let accounts = having(ACCOUNTS)?.into_iter().map(|entry| {
            let addresses = entry.addresses().map(str::to_owned).collect();
            list(entry.name.clone(), addresses, &entry.attrs)
        });
        let mut lists: Vec<SenderList> = domains.chain(accounts).collect();
        let mut senders = 0;
        let fitting = lists.iter().take_while(|list| {
            senders += list.allow.len() + list.block.len();
            senders <= SENDERS_MAX
        });
        let count = fitting.count();
        if let Some(first) = lists.get(count) {
            tracing::warn!(
                from = first.name,
                limit = SENDERS_MAX,
                "too many allowed and blocked senders: lists are left out"
            );
        }
        lists.truncate(count);
        Ok(lists)
    }

    /// Addresses of those who administer everything, by name. Whoever can't log in is none of them.
    pub fn administrators(&self) -> Result<Vec<String>> {
        let found = self.search(ACCOUNTS, Within::Everything, Filter::Present(&["zimbraIsAdminAccount"]))?;
        let active = |entry: &Entry| matches!(entry.attr("zimbraAccountStatus"), None | Some("active"));
        let administrators = found.into_iter().filter(|entry| entry.is_true("zimbraIsAdminAccount") && active(entry));
        Ok(administrators.map(|entry| entry.name).collect())
    }

    /// Where what holds differs from the global config.
    pub fn blocked_extensions(&self) -> Result<Vec<BlockedExtensions>> {
        let global =
            self.config_entry(Need::Cached)?.map(|config| sorted(config.values(EXTENSION))).unwrap_or_default();
        let mut policies: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        let mut of_domain = HashMap::new();
        for domain in self.search(&[Kind::Domain], Within::Everything, Filter::All)? {
            // What somebody in it has who has nothing of his own.
            let anybody = Entry::new(Kind::Account, &format!("@{}", domain.name), Attrs::new());
            let extensions = extensions(&self.account_of(anybody, Need::Cached)?);
            if extensions != global {
                policies.entry(extensions.clone()).or_default().push(format!("@{}", domain.name));
            }
            of_domain.insert(domain.name, extensions);
        }
        let classes = self.search(&[Kind::Cos], Within::Everything, Filter::Present(&[EXTENSION]))?;
        let names: &[&str] = if classes.is_empty() { &[EXTENSION] } else { &[EXTENSION, "zimbraCOSId"] };
        for entry in self.search(ACCOUNTS, Within::Everything, Filter::Present(names))? {
            let (domain, addresses) =
                (entry.domain().to_owned(), entry.addresses().map(str::to_owned).collect::<Vec<_>>());
            let extensions = extensions(&self.account_of(entry, Need::Cached)?);
            if of_domain.get(&domain) != Some(&extensions) {
                policies.entry(extensions).or_default().extend(addresses);
            }
        }
        Ok(policies.into_iter().map(|(extensions, addresses)| BlockedExtensions { extensions, addresses }).collect())
    }
}

fn list(name: String, addresses: Vec<String>, attrs: &Attrs) -> SenderList {
    let of = |key: &str| attrs.get(key).cloned().unwrap_or_default();
    SenderList { name, addresses, allow: of(ALLOW), block: of(BLOCK) }
}

fn extensions(account: &Account) -> Vec<String> {
    sorted(account.attrs.get(EXTENSION).map(Vec::as_slice).unwrap_or_default())
}

fn sorted(values: &[String]) -> Vec<String> {
    let mut values: Vec<String> = values.iter().map(|value| value.to_ascii_lowercase()).collect();
    values.sort();
    values
}
