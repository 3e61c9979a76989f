// SPDX-License-Identifier: AGPL-3.0-or-later
//! Grants as they are kept, given and taken.

use super::right::{Class, Right, find};
use super::{EVERYBODY, GranteeType, PUBLIC, TargetType};
use crate::backend::{Filter, Within};
use crate::entry::{Entry, Kind};
use crate::look::{LIST_MAX, Need};
use crate::{Account, Directory, Error, Result, name};
use std::borrow::Cow;

const ACE: &str = "zimbraACE";
const GLOBAL_ACE: &str = "posthouseGlobalACE";
/// Of accounts that administer.
const MARKS: [&str; 3] = ["zimbraIsAdminAccount", "zimbraIsDelegatedAdminAccount", "zimbraIsDomainAdminAccount"];
/// Grants on one target.
const GRANTS_MAX: usize = 1_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// `-`: takes it away.
    pub deny: bool,
    /// `+`: who has it may grant it.
    pub can_delegate: bool,
    /// `*`, on a domain: for the domains below, too.
    pub sub_domain: bool,
    /// `.`, on a list: not for the lists in it, nor who is in these.
    pub disinherit_sub_groups: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// An id; of Gst an address.
    pub grantee: String,
    pub grantee_type: GranteeType,
    pub right: String,
    pub modifiers: Modifiers,
}

/// A grant with where it stands.
#[derive(Debug, Clone)]
pub struct Granted {
    pub on: On,
    pub grant: Grant,
}

/// What rights are asked on: an entry, or everything.
#[derive(Debug, Clone)]
pub struct On {
    pub target: TargetType,
    pub(crate) entry: Entry,
}

impl On {
    /// zimbraId; of everything: the same as the global config's, which nobody needs.
    pub fn id(&self) -> &str {
        if self.target == TargetType::Global { "globalgrant-dummy-id" } else { &self.entry.id }
    }

    pub fn name(&self) -> &str {
        if self.target == TargetType::Global { "globalacltarget" } else { &self.entry.name }
    }

    /// An account that may do everything.
    pub(crate) fn is_global_admin(&self) -> bool {
        self.entry.is_true("zimbraIsAdminAccount")
    }

    /// An account or a list through which somebody administers.
    pub(crate) fn gives_rights(&self) -> bool {
        MARKS.iter().any(|name| self.entry.is_true(name)) || self.entry.is_true("zimbraIsAdminGroup")
    }

    fn attribute(&self) -> &'static str {
        if self.target == TargetType::Global { GLOBAL_ACE } else { ACE }
    }

    pub(crate) fn grants(&self) -> impl Iterator<Item = Grant> + '_ {
        self.entry.values(self.attribute()).iter().filter_map(|value| Grant::parse(value))
    }
}

impl Grant {
    fn parse(text: &str) -> Option<Grant> {
        let mut words = text.split(' ');
        let (grantee, kind, spelled) = (words.next()?, words.next()?, words.next()?);
        let right = spelled.trim_start_matches(['-', '+', '*', '.']);
        let signs = &spelled[..spelled.len() - right.len()];
        let modifiers = Modifiers {
            deny: signs.contains('-'),
            can_delegate: signs.contains('+'),
            sub_domain: signs.contains('*'),
            disinherit_sub_groups: signs.contains('.'),
        };
        let grantee_type = GranteeType::of_name(kind)?;
        Some(Grant { grantee: grantee.to_owned(), grantee_type, right: right.to_owned(), modifiers })
    }

    fn spell(&self) -> String {
        let Modifiers { deny, can_delegate, sub_domain, disinherit_sub_groups } = self.modifiers;
        let sign = |is: bool, sign: &'static str| if is { sign } else { "" };
        let signs = [sign(deny, "-"), sign(can_delegate, "+"), sign(sub_domain, "*"), sign(disinherit_sub_groups, ".")];
        format!("{} {} {}{}", self.grantee, self.grantee_type.name(), signs.concat(), self.right)
    }

    pub fn right(&self) -> Option<Cow<'static, Right>> {
        find(&self.right)
    }
}

impl Directory {
    /// The entry of this type with this id or name. Global and Config have no key.
    pub fn on(&self, target: TargetType, key: &str) -> Result<On> {
        let entry = match target {
            TargetType::Global | TargetType::Config => {
                (*self.config_entry(Need::Now)?.ok_or_else(|| Error::no_such(Kind::Config, key))?).clone()
            }
            // A resource is asked for as an account by those who don't know better.
            TargetType::Account | TargetType::CalResource => {
                let entry = self.recipient_entry(key, &[Kind::Account, Kind::Resource])?;
                let entry = entry.ok_or_else(|| Error::no_such(target.kind().unwrap_or(Kind::Account), key))?;
                return Ok(On { target: TargetType::of_kind(entry.kind).unwrap_or(target), entry });
            }
            TargetType::Dl => {
                self.recipient_entry(key, &[Kind::List])?.ok_or_else(|| Error::no_such(Kind::List, key))?
            }
            TargetType::Domain => self.domain_by_key(key)?,
            TargetType::Cos => self.entry(Kind::Cos, key)?.ok_or_else(|| Error::no_such(Kind::Cos, key))?,
            TargetType::Server => self.entry(Kind::Server, key)?.ok_or_else(|| Error::no_such(Kind::Server, key))?,
        };
        Ok(On { target, entry })
    }

    /// Everything.
    pub fn on_everything(&self) -> Result<On> {
        self.on(TargetType::Global, "")
    }

    fn recipient_entry(&self, key: &str, kinds: &[Kind]) -> Result<Option<Entry>> {
        let Some((local, domain)) = name::address(key) else { return self.entry_by_id(kinds, key) };
        let Some(home) = self.home(&domain, Need::Cached)? else { return Ok(None) };
        self.one(kinds, &["zimbraMailDeliveryAddress", "zimbraMailAlias"], &format!("{local}@{home}"))
    }

    pub(crate) fn domain_by_key(&self, key: &str) -> Result<Entry> {
        let by_name = match name::domain(key) {
            Some(canonical) => self.domain_entry(&canonical, Need::Now)?.map(|entry| (*entry).clone()),
            None => None,
        };
        match by_name {
            Some(entry) => Ok(entry),
            None => self.entry_by_id(&[Kind::Domain], key)?.ok_or_else(|| Error::no_such(Kind::Domain, key)),
        }
    }

    /// Id and name of a grantee that is named by either. All and Pub have no key; a guest is an address.
    pub fn grantee(&self, kind: GranteeType, key: &str) -> Result<(String, String)> {
        Ok(match kind {
            GranteeType::Usr => {
                let on = self.on(TargetType::Account, key)?;
                (on.entry.id, on.entry.name)
            }
            GranteeType::Grp => {
                let on = self.on(TargetType::Dl, key)?;
                (on.entry.id, on.entry.name)
            }
            GranteeType::Dom => {
                let entry = self.domain_by_key(key)?;
                (entry.id, entry.name)
            }
            GranteeType::All => (EVERYBODY.to_owned(), "all".to_owned()),
            GranteeType::Pub => (PUBLIC.to_owned(), "pub".to_owned()),
            GranteeType::Gst => {
                let address = crate::account::valid(key)?;
                (address.clone(), address)
            }
        })
    }

    /// The name that belongs to a grantee's id; the id where nobody has it any more.
    pub fn grantee_name(&self, grant: &Grant) -> Result<String> {
        match self.grantee(grant.grantee_type, &grant.grantee) {
            Ok((_, name)) => Ok(name),
            Err(Error::Unavailable(why)) => Err(Error::Unavailable(why)),
            Err(_) => Ok(grant.grantee.clone()),
        }
    }

    /// Durable when it returns. One of the same right to the same grantee is replaced. Whether somebody may grant it is asked of
    /// [`super::Powers::may_grant`].
    pub fn grant(&self, on: &On, grant: &Grant) -> Result<()> {
        let right = grant.right().ok_or_else(|| Error::NoSuchRight(short(&grant.right)))?;
        self.check_grant(on, grant, &right)?;
        self.change_grants(on, |grants| {
            grants.retain(|have| !is_same(have, grant));
            if grants.len() >= GRANTS_MAX {
                return Err(Error::invalid("number of grants", &GRANTS_MAX.to_string()));
            }
            grants.push(grant.clone());
            Ok(())
        })
    }

    /// The modifiers must be those that it was granted with, but for `+`, `*` and `.`.
    pub fn revoke(&self, on: &On, grant: &Grant) -> Result<()> {
        self.change_grants(on, |grants| {
            let before = grants.len();
            grants.retain(|have| !(is_same(have, grant) && have.modifiers.deny == grant.modifiers.deny));
            if grants.len() == before { Err(Error::NoSuchGrant(short(&grant.right))) } else { Ok(()) }
        })
    }

    pub fn grants_on(&self, on: &On) -> Vec<Granted> {
        on.grants().map(|grant| Granted { on: on.clone(), grant }).collect()
    }

    /// All grants to one of these ids, wherever they stand.
    pub fn grants_to(&self, grantees: &[String]) -> Result<Vec<Granted>> {
        let mut out = Vec::new();
        for on in self.targets_with_grants()? {
            let of = on.grants().filter(|grant| grantees.contains(&grant.grantee)).collect::<Vec<_>>();
            out.extend(of.into_iter().map(|grant| Granted { on: on.clone(), grant }));
        }
        Ok(out)
    }

    pub(crate) fn targets_with_grants(&self) -> Result<Vec<On>> {
        let kinds: Vec<Kind> = TargetType::ALL.iter().filter_map(|target| target.kind()).collect();
        let found = self.search(&kinds, Within::Everything, Filter::Present(&[ACE, GLOBAL_ACE]))?;
        debug_assert!(found.len() <= LIST_MAX);
        let mut out = Vec::new();
        for entry in found {
            let is_config = entry.kind == Kind::Config;
            if let Some(target) = TargetType::of_kind(entry.kind) {
                out.push(On { target, entry: entry.clone() });
            }
            if is_config {
                out.push(On { target: TargetType::Global, entry });
            }
        }
        Ok(out)
    }

    fn check_grant(&self, on: &On, grant: &Grant, right: &Right) -> Result<()> {
        if !right.is_grantable_on(on.target) {
            return Err(Error::invalid("right (it can't be granted on such a target)", &grant.right));
        }
        let of_admins = right.class == Class::Admin;
        let modifiers = grant.modifiers;
        if modifiers.deny && modifiers.can_delegate {
            return Err(Error::invalid("modifiers (what is denied can't be passed on)", &grant.right));
        }
        if modifiers.sub_domain && on.target != TargetType::Domain {
            return Err(Error::invalid("modifiers (sub-domains need a domain)", &grant.right));
        }
        if modifiers.disinherit_sub_groups && on.target != TargetType::Dl {
            return Err(Error::invalid("modifiers (lists in lists need a list)", &grant.right));
        }
        if !of_admins {
            return match modifiers.can_delegate {
                true => Err(Error::invalid("modifiers (only rights of administrators can be passed on)", &grant.right)),
                false => Ok(()),
            };
        }
        let fits = match grant.grantee_type {
            GranteeType::Usr => {
                let entry = self.need_entry(&grant.grantee)?;
                MARKS.iter().any(|name| entry.is_true(name))
            }
            GranteeType::Grp => self.on(TargetType::Dl, &grant.grantee)?.entry.is_true("zimbraIsAdminGroup"),
            GranteeType::Dom => grant.right == "crossDomainAdmin",
            _ => false,
        };
        match fits {
            true => Ok(()),
            false => Err(Error::invalid(
                "grantee (rights of administrators need zimbraIsDelegatedAdminAccount or zimbraIsAdminGroup)",
                &grant.grantee,
            )),
        }
    }

    fn change_grants(&self, on: &On, work: impl Fn(&mut Vec<Grant>) -> Result<()>) -> Result<()> {
        let attribute = on.attribute();
        let change = |entry: &mut Entry| {
            let mut grants: Vec<Grant> = entry.values(attribute).iter().filter_map(|v| Grant::parse(v)).collect();
            work(&mut grants)?;
            entry.set(attribute, grants.iter().map(Grant::spell));
            Ok(())
        };
        match on.target.kind() {
            Some(kind) if kind != Kind::Config => self.change(&[kind], &on.entry.id, kind, change).map(drop),
            _ => self.change_config_entry(change),
        }
    }

    /// Whether `grantee` has a right of people on the target. None: nobody said anything about it.
    pub fn user_right(&self, account: Option<&Account>, on: &On, right: &str) -> Result<Option<bool>> {
        let powers = match account {
            Some(account) => self.powers_of_person(account)?,
            None => self.powers_of_stranger(),
        };
        powers.decide(on, &super::Need::Do(right))
    }
}

fn is_same(a: &Grant, b: &Grant) -> bool {
    (&a.grantee, a.grantee_type, &a.right) == (&b.grantee, b.grantee_type, &b.right)
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn grants_as_they_are_kept() {
        for text in ["i usr createAccount", "i grp -deleteAccount", "i usr +*getAccount", "a@b.test gst .viewFreeBusy"]
        {
            assert_eq!(Grant::parse(text).unwrap().spell(), text);
        }
        for bad in ["", "i", "i usr", "i nobody x"] {
            assert_eq!(Grant::parse(bad), None, "{bad}");
        }
    }
}
