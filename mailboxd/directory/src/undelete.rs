// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a deleted account leaves for whoever brings it back. The directory itself keeps nothing: the name is free at once.

use crate::account::{derive, failed, valid};
use crate::backend::{Failure, Filter, Within, Write};
use crate::entry::{Entry, Kind};
use crate::look::Need;
use crate::rights::{On, TargetType};
use crate::token::VALIDITY;
use crate::{Account, Directory, Error, Exported, Result, account};
use serde::{Deserialize, Serialize};

const MEMBERS: &str = "zimbraMailForwardingAddress";

/// An account or a calendar resource as it was, secrets included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remains {
    pub account: Exported,
    /// Its identities and signatures.
    pub personas: Vec<Exported>,
    pub lists: Vec<InList>,
}

/// A list that it was in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InList {
    pub id: String,
    pub name: String,
    /// The address of the account that is in it.
    pub address: String,
}

impl Remains {
    fn aliases(&self) -> impl Iterator<Item = &str> {
        let aliases = self.account.attrs.get("zimbraMailAlias").into_iter().flatten();
        aliases.map(String::as_str).filter(|alias| *alias != self.account.name)
    }

    /// One attribute of the account is another; no value: it has none.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.account.attrs.insert(name.to_owned(), vec![value.to_owned()]),
            None => self.account.attrs.remove(name),
        };
    }
}

impl Directory {
    /// Of an account that is there.
    pub fn remains(&self, id: &str) -> Result<Remains> {
        let entry = self.need_entry(id)?;
        let below = self.search(&[Kind::Identity, Kind::Signature], Within::Parent(&entry.place), Filter::All)?;
        let personas = below.iter().map(|persona| Exported::of(persona, Some(entry.id.clone()))).collect();
        let mut lists = Vec::new();
        for address in entry.addresses() {
            let found = self.search(&[Kind::List], Within::Everything, Filter::Equal(&[MEMBERS], address))?;
            let address = || address.to_owned();
            lists.extend(found.into_iter().map(|list| InList { id: list.id, name: list.name, address: address() }));
        }
        Ok(Remains { account: Exported::of(&entry, None), personas, lists })
    }

    /// The account with what it would inherit now.
    pub fn account_of_remains(&self, remains: &Remains) -> Result<Account> {
        self.account_of(remains.account.entry()?, Need::Cached)
    }

    /// As a target of rights: grants on its domain and on everything count as when it was there.
    pub fn on_remains(&self, remains: &Remains) -> Result<On> {
        let entry = remains.account.entry()?;
        Ok(On { target: TargetType::of_kind(entry.kind).unwrap_or(TargetType::Account), entry })
    }

    /// Whether it comes back with a right over others.
    pub fn gives_rights(&self, remains: &Remains) -> Result<bool> {
        let is_marked = |name: &str| remains.account.attrs.get(name).is_some_and(|v| v.iter().any(|v| v == "TRUE"));
        let marks = ["zimbraIsAdminAccount", "zimbraIsDelegatedAdminAccount", "zimbraIsDomainAdminAccount"];
        if marks.into_iter().any(is_marked) {
            return Ok(true);
        }
        for list in &remains.lists {
            let list = self.entry_by_id(&[Kind::List], &list.id)?;
            if list.is_some_and(|list| list.is_true("zimbraIsAdminGroup")) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// With its id, password and settings, under its name or another one; tokens that were given out before stay void. Lines about what
    /// could not be brought back: an alias that somebody else has by now, a list that is gone. What is there already stays as it is, so
    /// a call that was cut off is completed by the same one again.
    pub fn bring_back(&self, remains: &Remains, name: Option<&str>) -> Result<(Account, Vec<String>)> {
        let id = &remains.account.id;
        let entry = match self.entry_by_id(&[Kind::Account, Kind::Resource], id)? {
            Some(known) => known,
            None => self.create_again(remains, name.unwrap_or(&remains.account.name))?,
        };
        let mut problems = Vec::new();
        for alias in remains.aliases().filter(|alias| !entry.addresses().any(|have| have == *alias)) {
            match self.add_alias(id, alias) {
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => problems.push(format!("alias {alias}: {error}")),
                Ok(()) => {}
            }
        }
        for persona in &remains.personas {
            let mut below = persona.entry()?;
            below.parent = Some(entry.place.clone());
            match self.commit(id, || Ok(vec![Write::Create(below.clone())])) {
                Ok(()) | Err(Failure::Exists) => {}
                Err(failure) => match Error::from(failure) {
                    error @ Error::Unavailable(_) => return Err(error),
                    error => problems.push(format!("{} {}: {error}", below.kind.noun(), below.name)),
                },
            }
        }
        let account = self.need_account(id)?;
        for InList { id: list, name, address } in &remains.lists {
            let address = if *address == remains.account.name { &account.name } else { address };
            if !account.addresses().any(|have| have == address) {
                continue;
            }
            match self.add_members(list, std::slice::from_ref(address)) {
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => problems.push(format!("list {name}: {error}")),
                Ok(_) => {}
            }
        }
        Ok((account, problems))
    }

    /// Without its aliases.
    fn create_again(&self, remains: &Remains, name: &str) -> Result<Entry> {
        let address = valid(name)?;
        self.require_home(&address)?;
        let mut entry = remains.account.entry()?;
        if !entry.is_true(crate::system::ATTRIBUTE) {
            self.check_room(entry.kind, &address, entry.attr("zimbraCOSId"))?;
        }
        if entry.values("cn") == [account::local(&entry.name)] {
            entry.set("cn", [account::local(&address)]);
        }
        entry.name.clone_from(&address);
        entry.set("zimbraMailAlias", []);
        derive(&mut entry);
        let validity = entry.attr(VALIDITY).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
        entry.set(VALIDITY, [(validity + 1).to_string()]);
        self.commit(&address, || Ok(vec![Write::Create(entry.clone())]))
            .map_err(|failure| failed(failure, entry.kind, &address))?;
        self.need_entry(&entry.id)
    }
}
