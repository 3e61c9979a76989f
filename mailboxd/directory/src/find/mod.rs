// SPDX-License-Identifier: AGPL-3.0-or-later
//! Searching the directory as an administrator does: by filter, over kinds, within a domain.

mod filter;

pub use filter::Filter;

use crate::backend::{Filter as Ask, Within};
use crate::entry::{Entry, Kind};
use crate::known::attribute;
use crate::look::Need;
use crate::object::object;
use crate::{Account, Directory, Domain, Error, Object, Result, name, system};

/// An entry of any kind.
#[derive(Debug, Clone)]
pub enum Item {
    /// An account, or a resource.
    Account(Kind, Box<Account>),
    Domain(Box<Domain>),
    /// Of any other kind; an alias among them.
    Object(Box<Object>),
}

impl Item {
    pub fn kind(&self) -> Kind {
        match self {
            Item::Account(kind, _) => *kind,
            Item::Domain(_) => Kind::Domain,
            Item::Object(object) => object.kind,
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Item::Account(_, account) => &account.id,
            Item::Domain(domain) => &domain.id,
            Item::Object(object) => &object.id,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Item::Account(_, account) => &account.name,
            Item::Domain(domain) => &domain.name,
            Item::Object(object) => &object.name,
        }
    }

    pub fn attrs(&self) -> &crate::Attrs {
        match self {
            Item::Account(_, account) => &account.attrs,
            Item::Domain(domain) => &domain.attrs,
            Item::Object(object) => &object.attrs,
        }
    }
}

impl Directory {
    /// All entries of these kinds that the filter matches, by name. It sees what stands on an entry itself, as a search in LDAP does,
    /// not what the entry inherits; and never a secret.
    pub fn find(&self, kinds: &[Kind], domain: Option<&str>, filter: Option<&Filter>) -> Result<Vec<Item>> {
        let found = self.find_entries(kinds, domain, filter)?;
        found.into_iter().map(|entry| self.item_of(entry)).collect()
    }

    /// How many.
    pub fn count(&self, kinds: &[Kind], domain: Option<&str>, filter: Option<&Filter>) -> Result<usize> {
        Ok(self.find_entries(kinds, domain, filter)?.len())
    }

    fn find_entries(&self, kinds: &[Kind], domain: Option<&str>, filter: Option<&Filter>) -> Result<Vec<Entry>> {
        let domain =
            domain.map(|text| name::domain(text).ok_or_else(|| Error::no_such(Kind::Domain, text))).transpose()?;
        // Only what has an address lies in a domain; a domain is asked for by its own name.
        let in_domain = |kind: &Kind| domain.is_none() || kind.is_address() || *kind == Kind::Domain;
        let kinds: Vec<Kind> = kinds.iter().copied().filter(in_domain).collect();
        let (addresses, others): (Vec<Kind>, Vec<Kind>) = kinds.into_iter().partition(|kind| kind.is_address());
        let mut found = Vec::new();
        for (kinds, within) in
            [(addresses, domain.as_deref().map_or(Within::Everything, Within::Domain)), (others, Within::Everything)]
        {
            if kinds.is_empty() {
                continue;
            }
            let first = filter.and_then(Filter::must_equal).and_then(|(name, value)| {
                let known = attribute(name).filter(|known| known.indexed)?;
                Some(([known.name], value))
            });
            let ask = first.as_ref().map_or(Ask::All, |(names, value)| Ask::Equal(names, value));
            found.extend(self.search(&kinds, within, ask)?);
        }
        found.retain(|entry| {
            let is_there = entry.kind != Kind::Domain || domain.as_ref().is_none_or(|domain| *domain == entry.name);
            is_there && filter.is_none_or(|filter| filter.matches(&|name: &str| values_of(entry, name)))
        });
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn item_of(&self, entry: Entry) -> Result<Item> {
        Ok(match entry.kind {
            kind @ (Kind::Account | Kind::Resource) => {
                Item::Account(kind, Box::new(self.account_of(entry, Need::Cached)?))
            }
            Kind::Domain => Item::Domain(Box::new(self.domain_of(entry, Need::Cached)?)),
            _ => Item::Object(Box::new(object(entry))),
        })
    }

    /// The account that another system knows by this name (zimbraForeignPrincipal).
    pub fn account_by_foreign_principal(&self, principal: &str) -> Result<Option<Account>> {
        let ask = Ask::Equal(&["zimbraForeignPrincipal"], principal);
        let mut found = self.search(&[Kind::Account, Kind::Resource], Within::Everything, ask)?.into_iter();
        match (found.next(), found.next()) {
            (Some(entry), None) => self.account_of(entry, Need::Now).map(Some),
            (None, _) => Ok(None),
            _ => Err(Error::Ambiguous(principal.chars().take(80).collect())),
        }
    }

    /// Accounts of a domain, those of the system left out.
    pub(crate) fn count_people(&self, domain: &str) -> Result<usize> {
        let found = self.find_entries(&[Kind::Account], Some(domain), None)?;
        Ok(found.iter().filter(|entry| !entry.is_true(system::ATTRIBUTE)).count())
    }

    /// Accounts of a domain by class of service: its id, its name, how many.
    pub fn count_by_cos(&self, domain: &str) -> Result<Vec<(String, String, usize)>> {
        let mut counts: Vec<(String, String, usize)> = Vec::new();
        for entry in self.find_entries(&[Kind::Account], Some(domain), None)? {
            if entry.is_true(system::ATTRIBUTE) {
                continue;
            }
            let home = self.domain_entry(entry.domain(), Need::Cached)?;
            let Some(cos) = self.cos_of(&entry, home.as_deref(), Need::Cached)? else { continue };
            match counts.iter_mut().find(|(id, ..)| *id == cos.id) {
                Some((.., count)) => *count += 1,
                None => counts.push((cos.id.clone(), cos.name.clone(), 1)),
            }
        }
        counts.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(counts)
    }

    /// The class of service that an account has, whoever says so.
    pub fn cos_of_account(&self, account: &Account) -> Result<Option<Object>> {
        let domain = account.name.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        let home = self.domain_entry(domain, Need::Cached)?;
        let cos = self.cos_by(account.attr("zimbraCOSId"), home.as_deref(), Need::Cached)?;
        Ok(cos.map(|cos| object((*cos).clone())))
    }
}

fn values_of(entry: &Entry, name: &str) -> Vec<String> {
    if name.eq_ignore_ascii_case("objectClass") {
        let above = (entry.kind == Kind::Resource).then_some(Kind::Account);
        return [Some(entry.kind), above].into_iter().flatten().map(|kind| kind.class().to_owned()).collect();
    }
    let known = attribute(name);
    if known.is_some_and(|known| known.secret) {
        return Vec::new();
    }
    match known {
        Some(known) => entry.values(known.name).to_vec(),
        None => {
            let spelled = entry.attrs.iter().find(|(have, _)| have.eq_ignore_ascii_case(name));
            spelled.map(|(_, values)| values.clone()).unwrap_or_default()
        }
    }
}
