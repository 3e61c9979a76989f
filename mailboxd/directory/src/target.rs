// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an address of a delivery or a sender means.

use crate::cache::Known;
use crate::entry::{Entry, Kind};
use crate::look::Need;
use crate::{Account, Directory, Error, Result, name};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// Addresses that a list and the lists in it come to.
const MEMBERS_MAX: usize = 20_000;

/// Where mail for one of our addresses goes.
#[derive(Debug, Clone)]
pub enum Target {
    /// And the detail of a sub-address (`user+detail@domain`), lower case.
    Account(Box<Account>, Option<String>),
    /// Everybody once.
    List(Vec<Member>),
}

#[derive(Debug, Clone)]
pub enum Member {
    Account(Box<Account>),
    /// An address elsewhere.
    Remote(String),
}

impl Directory {
    /// Recipient of a delivery: name, alias, sub-address, distribution list. None: nobody here.
    pub fn target(&self, address: &str) -> Result<Option<Target>> {
        let Some((local, domain)) = name::address(address) else { return Ok(None) };
        let Some(home) = self.home(&domain, Need::Delivery)? else { return Ok(None) };
        // An account whose own name has a plus in it comes first.
        if let Some(known) = self.known(&format!("{local}@{home}"), Need::Delivery)? {
            return match known {
                Known::Account(account) => Ok(Some(Target::Account(Box::new((*account).clone()), None))),
                Known::Entry(list) if list.attr("zimbraMailStatus") == Some("disabled") => Ok(None),
                Known::Entry(list) => Ok(Some(Target::List(self.expand(list)?))),
            };
        }
        let Some((base, detail)) = name::split_detail(&local) else { return Ok(None) };
        let detail = (!detail.is_empty()).then(|| detail.to_owned());
        Ok(match self.known(&format!("{base}@{home}"), Need::Delivery)? {
            Some(Known::Account(account)) => Some(Target::Account(Box::new((*account).clone()), detail)),
            _ => None,
        })
    }

    /// The account that an address means, lists left out.
    pub fn resolve(&self, address: &str) -> Result<Option<(Account, Option<String>)>> {
        Ok(match self.target(address)? {
            Some(Target::Account(account, detail)) => Some((*account, detail)),
            _ => None,
        })
    }

    /// True when `account` may send with this From or envelope address: its own name, aliases and their sub-addresses, and
    /// what zimbraAllowFromAddress lists.
    pub fn may_send_as(&self, account: &Account, address: &str) -> Result<bool> {
        if account.attr("zimbraAllowAnyFromAddress") == Some("TRUE") && name::address(address).is_some() {
            return Ok(true);
        }
        if self.resolve(address)?.is_some_and(|(owner, _)| owner.id == account.id) {
            return Ok(true);
        }
        let wanted = name::address(address);
        let allowed = account.attrs.get("zimbraAllowFromAddress").into_iter().flatten();
        Ok(wanted.is_some() && allowed.map(|a| name::address(a)).any(|a| a == wanted))
    }

    /// An account, a resource or a list, by canonical address or by id; the `@` tells which.
    pub(crate) fn known(&self, key: &str, need: Need) -> Result<Option<Known>> {
        self.cached(key, need, || {
            let found = match key.contains('@') {
                true => self.one(Kind::RECIPIENTS, &["zimbraMailDeliveryAddress", "zimbraMailAlias"], key)?,
                false => self.entry_by_id(Kind::RECIPIENTS, key)?,
            };
            found.map(|entry| self.known_of(entry, need)).transpose()
        })
    }

    pub(crate) fn known_of(&self, entry: Entry, need: Need) -> Result<Known> {
        Ok(match entry.kind {
            Kind::List => Known::Entry(Arc::new(entry)),
            _ => Known::Account(Arc::new(self.account_of(entry, need)?)),
        })
    }

    /// Lists in lists are opened, each once, so that a circle ends.
    fn expand(&self, list: Arc<Entry>) -> Result<Vec<Member>> {
        let (mut members, mut seen) = (Vec::new(), HashSet::from([list.id.clone()]));
        let mut open = VecDeque::from([list]);
        while let Some(list) = open.pop_front() {
            for address in list.values("zimbraMailForwardingAddress") {
                let Some((local, domain)) = name::address(address) else { continue };
                match self.home(&domain, Need::Delivery)? {
                    None if seen.insert(format!("{local}@{domain}")) => members.push(Member::Remote(address.clone())),
                    None => {}
                    Some(home) => match self.known(&format!("{local}@{home}"), Need::Delivery)? {
                        Some(Known::Entry(inner)) if seen.insert(inner.id.clone()) => open.push_back(inner),
                        Some(Known::Account(account)) if seen.insert(account.id.clone()) => {
                            members.push(Member::Account(Box::new((*account).clone())));
                        }
                        Some(_) => {}
                        None => tracing::warn!(list = %list.name, member = %address, "a member is nobody here"),
                    },
                }
                if members.len() > MEMBERS_MAX {
                    return Err(Error::invalid("distribution list (more members than are delivered to)", &list.name));
                }
            }
        }
        Ok(members)
    }
}
