// SPDX-License-Identifier: AGPL-3.0-or-later
//! Who may do what: all grants that concern an account and a target, nearest first. The first that is about the question answers it.

use super::grant::{Grant, On};
use super::right::{Attributes, What, find};
use super::{EVERYBODY, GranteeType, PUBLIC, TargetType};
use crate::backend::{Filter, Within};
use crate::entry::{Entry, Kind};
use crate::known::attribute;
use crate::look::Need as Freshness;
use crate::preauth::KEY;
use crate::{Account, Directory, Error, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Lists in lists that are looked through.
const LISTS_MAX: usize = 10_000;
/// Nearness of a grantee who is not the account itself or one of its lists.
const BY_DOMAIN: usize = LISTS_MAX + 1;
const BY_ACCOUNT: usize = LISTS_MAX + 2;
const BY_BEING: usize = LISTS_MAX + 3;
/// What no administrator gets by a right: it would make more of them.
const ONLY_FOR_ALL: &[&str] = &[
    "zimbraIsAdminAccount",
    "zimbraIsDelegatedAdminAccount",
    "zimbraIsDomainAdminAccount",
    "zimbraIsAdminGroup",
    "zimbraIsSystemAccount",
    "zimbraIsSystemResource",
    "userPassword",
    "zimbraForeignPrincipal",
    "zimbraAuthLdapExternalDn",
    "zimbraAllowAnyFromAddress",
    "zimbraMailTransport",
    "zimbraMailHost",
    KEY,
];

/// A question.
#[derive(Debug, Clone, Copy)]
pub enum Need<'a> {
    /// A preset right.
    Do(&'a str),
    /// Reading an attribute.
    Get(&'a str),
    /// Setting an attribute.
    Set(&'a str),
}

/// Who said so: which grant, and where it stands.
#[derive(Debug, Clone)]
pub struct Via {
    pub on: On,
    pub grant: Grant,
}

/// What one account may do. Made for a request, and asked as often as it takes: what it has looked up once it remembers.
pub struct Powers {
    directory: Directory,
    is_global: bool,
    /// Nearness of each grantee that stands for the account.
    identities: HashMap<(GranteeType, String), usize>,
    remembered: Mutex<Remembered>,
}

#[derive(Default)]
struct Remembered {
    /// By name: a domain, those above it, everything.
    above: HashMap<String, Arc<Vec<On>>>,
    /// Whether any list has grants on it.
    lists_have_grants: Option<bool>,
}

/// One grant, and how near it is: target, grantee, whether it allows.
pub(super) struct Ranked {
    rank: (usize, usize, bool),
    pub via: Via,
}

impl Directory {
    /// Of an administrator.
    pub fn powers(&self, account: &Account) -> Result<Powers> {
        let mut powers = self.nobody();
        powers.is_global = account.is_admin;
        if powers.is_global || !account.is_delegated_admin() {
            return Ok(powers);
        }
        powers.identities.insert((GranteeType::Usr, account.id.clone()), 0);
        // An ordinary list in a group of administrators gives nothing: who may add members to it would have the group's rights.
        for (list, distance, _) in self.lists_via(account.addresses(), &is_admin_group)? {
            powers.identities.insert((GranteeType::Grp, list.id), distance);
        }
        Ok(powers)
    }

    /// Whether a group of administrators lists this address.
    pub fn is_of_administrators(&self, address: &str) -> Result<bool> {
        let address = crate::account::valid(address)?;
        let mut names = vec![address.clone()];
        // in another name of its domain it is the same
        if let Some((local, domain)) = address.rsplit_once('@')
            && let Some(home) = self.home(domain, Freshness::Now)?
        {
            names.push(format!("{local}@{home}"));
        }
        for name in names {
            let holding = Filter::Equal(&["zimbraMailForwardingAddress"], &name);
            if self.search(&[Kind::List], Within::Everything, holding)?.iter().any(is_admin_group) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Of anybody with an account, for rights of people.
    pub(super) fn powers_of_person(&self, account: &Account) -> Result<Powers> {
        let mut powers = self.nobody();
        powers.identities.insert((GranteeType::Usr, account.id.clone()), 0);
        for (list, distance) in self.lists_of(account.addresses())? {
            powers.identities.insert((GranteeType::Grp, list.id), distance);
        }
        let domain = account.name.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        if let Some(domain) = self.domain_entry(domain, Freshness::Cached)? {
            powers.identities.insert((GranteeType::Dom, domain.id.clone()), BY_DOMAIN);
        }
        powers.identities.insert((GranteeType::All, EVERYBODY.to_owned()), BY_ACCOUNT);
        powers.identities.insert((GranteeType::Pub, PUBLIC.to_owned()), BY_BEING);
        Ok(powers)
    }

    pub(super) fn powers_of_stranger(&self) -> Powers {
        let mut powers = self.nobody();
        powers.identities.insert((GranteeType::Pub, PUBLIC.to_owned()), BY_BEING);
        powers
    }

    fn nobody(&self) -> Powers {
        let (identities, remembered) = (HashMap::new(), Mutex::default());
        Powers { directory: self.clone(), is_global: false, identities, remembered }
    }

    /// The lists that hold one of these addresses, and those that hold these lists, each with the number of steps to it.
    pub(crate) fn lists_of<'a>(&self, addresses: impl Iterator<Item = &'a str>) -> Result<Vec<(Entry, usize)>> {
        let found = self.lists_via(addresses, &|_| true)?;
        Ok(found.into_iter().map(|(list, distance, _)| (list, distance)).collect())
    }

    /// The same of lists that count, with the name of the list in between where there is one.
    pub(crate) fn lists_via<'a>(
        &self,
        addresses: impl Iterator<Item = &'a str>,
        counts: &dyn Fn(&Entry) -> bool,
    ) -> Result<Vec<(Entry, usize, Option<String>)>> {
        let mut found: Vec<(Entry, usize, Option<String>)> = Vec::new();
        let mut open: Vec<(String, Option<String>)> = addresses.map(|address| (address.to_owned(), None)).collect();
        for distance in 1.. {
            let mut next = Vec::new();
            for (address, via) in &open {
                let holding = Filter::Equal(&["zimbraMailForwardingAddress"], address);
                for list in self.search(&[Kind::List], Within::Everything, holding)? {
                    if counts(&list) && !found.iter().any(|(have, ..)| have.id == list.id) {
                        next.extend(list.addresses().map(|address| (address.to_owned(), Some(list.name.clone()))));
                        found.push((list, distance, via.clone()));
                    }
                }
            }
            if next.is_empty() || found.len() > LISTS_MAX {
                break;
            }
            open = next;
        }
        Ok(found)
    }
}

fn is_admin_group(list: &Entry) -> bool {
    list.is_true("zimbraIsAdminGroup")
}

impl Powers {
    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// May do everything.
    pub fn is_global(&self) -> bool {
        self.is_global
    }

    /// True: a grant says yes, or the account may do everything.
    pub fn may(&self, on: &On, need: &Need<'_>) -> Result<bool> {
        if self.is_global {
            return Ok(true);
        }
        if is_only_for_all(need) {
            return Ok(false);
        }
        if self.is_out_of_reach(on, need) {
            return Ok(false);
        }
        Ok(self.decide(on, need)? == Some(true))
    }

    /// As [`Powers::may`], as an error.
    pub fn need(&self, on: &On, need: &Need<'_>) -> Result<()> {
        if self.may(on, need)? { Ok(()) } else { Err(Error::Denied) }
    }

    /// Who administers is changed, or acted as, by those who may do everything: rights would be a way to more of them.
    fn is_out_of_reach(&self, on: &On, need: &Need<'_>) -> bool {
        let is_self = self.identities.get(&(GranteeType::Usr, on.entry.id.clone())) == Some(&0);
        let only_looks = match need {
            Need::Get(_) => true,
            Need::Set(_) => false,
            Need::Do(right) => ["get", "list", "view", "check"].iter().any(|verb| right.starts_with(verb)),
        };
        !only_looks && (on.is_global_admin() || (on.gives_rights() && !is_self))
    }

    /// Whether the right can be granted by this administrator to others: it has it, with `+`.
    pub fn may_grant(&self, on: &On, right: &str) -> Result<bool> {
        if self.is_global {
            return Ok(true);
        }
        let Some(right) = find(right) else { return Ok(false) };
        let ranked = self.ranked(on)?;
        // Each part of a bundle, on whatever it would hold below.
        let leaves = right.leaves();
        let parts = leaves.iter().flat_map(|leaf| leaf.targets().map(move |target| (leaf, target)));
        let mut asked = parts.filter(|(_, target)| on.target.is_above(*target)).peekable();
        Ok(asked.peek().is_some()
            && asked.all(|(leaf, target)| {
                let passes_on = |ranked: &&Ranked| {
                    let grant = &ranked.via.grant;
                    let held = grant.right();
                    held.is_some_and(|held| {
                        held.leaves().iter().any(|held| held.is_on(target) && contains(&held.what, &held.name, leaf))
                    })
                };
                ranked
                    .iter()
                    .find(passes_on)
                    .is_some_and(|r| r.via.grant.modifiers.can_delegate && !r.via.grant.modifiers.deny)
            }))
    }

    pub(super) fn decide(&self, on: &On, need: &Need<'_>) -> Result<Option<bool>> {
        Ok(self.explain(on, need)?.map(|via| !via.grant.modifiers.deny))
    }

    /// The grant that answers the question.
    pub fn explain(&self, on: &On, need: &Need<'_>) -> Result<Option<Via>> {
        let ranked = self.ranked(on)?;
        Ok(answering(&ranked, on.target, need).map(|ranked| ranked.via.clone()))
    }

    /// What may be read and set, attribute by attribute, without asking for the grants each time.
    pub fn on(&self, on: &On) -> Result<PowersOn<'_>> {
        let ranked = if self.is_global { Vec::new() } else { self.ranked(on)? };
        Ok(PowersOn { powers: self, on: on.clone(), ranked })
    }

    /// On an entry of this type that is to be made below another: in a domain, or anywhere.
    pub fn on_new(&self, above: &On, target: TargetType) -> Result<PowersOn<'_>> {
        let ranked = if self.is_global { Vec::new() } else { self.ranked(above)? };
        Ok(PowersOn { powers: self, on: On { target, entry: above.entry.clone() }, ranked })
    }

    /// As [`Powers::may`], with the grant that says so. Of a right that is on what lies below the target (accounts of a domain) it
    /// answers for all that has no nearer grants.
    pub fn would(&self, on: &On, right: &super::Right, need: &Need<'_>) -> Result<(bool, Option<Via>)> {
        let ranked = self.ranked(on)?;
        let target = match right.is_on(on.target) {
            true => on.target,
            false => right.targets().find(|below| on.target.is_above(*below)).unwrap_or(on.target),
        };
        let via = answering(&ranked, target, need).map(|ranked| ranked.via.clone());
        let says = via.as_ref().is_some_and(|via| !via.grant.modifiers.deny);
        Ok((self.is_global || says && !self.is_out_of_reach(on, need), via))
    }

    /// All grants that concern the target and the account, nearest first.
    pub(super) fn ranked(&self, on: &On) -> Result<Vec<Ranked>> {
        let mut out = Vec::new();
        let mut add = |level: usize, on: &On, only: fn(&Grant) -> bool| {
            for grant in on.grants().filter(only) {
                if let Some(grantee) = self.identities.get(&(grant.grantee_type, grant.grantee.clone())) {
                    let rank = (level, *grantee, !grant.modifiers.deny);
                    out.push(Ranked { rank, via: Via { on: on.clone(), grant } });
                }
            }
        };
        add(0, on, |_| true);
        let mut level = 0;
        if matches!(on.target, TargetType::Account | TargetType::CalResource | TargetType::Dl) && self.lists_matter()? {
            for (list, distance) in self.directory.lists_of(on.entry.addresses())? {
                let on = On { target: TargetType::Dl, entry: list };
                let only: fn(&Grant) -> bool =
                    if distance == 1 { |_| true } else { |grant| !grant.modifiers.disinherit_sub_groups };
                add(distance, &on, only);
                level = level.max(distance);
            }
        }
        for (at, above) in self.above(on)?.iter().enumerate() {
            let is_own = above.target == TargetType::Global || is_domain_of(above, on);
            let only: fn(&Grant) -> bool = if is_own { |_| true } else { |grant| grant.modifiers.sub_domain };
            add(level + 1 + at, above, only);
        }
        out.sort_by_key(|ranked| ranked.rank);
        Ok(out)
    }

    fn lists_matter(&self) -> Result<bool> {
        if let Some(known) = self.remembered.lock().lists_have_grants {
            return Ok(known);
        }
        let found = self.directory.search(&[Kind::List], Within::Everything, Filter::Present(&["zimbraACE"]))?;
        Ok(*self.remembered.lock().lists_have_grants.insert(!found.is_empty()))
    }

    /// The domain that the target is in, the domains above that one, everything.
    fn above(&self, on: &On) -> Result<Arc<Vec<On>>> {
        let domain = match on.target {
            TargetType::Account | TargetType::CalResource | TargetType::Dl => on.entry.domain(),
            TargetType::Domain => on.entry.name.split_once('.').map(|(_, above)| above).unwrap_or_default(),
            _ => "",
        };
        let is_everything = on.target == TargetType::Global;
        let key = if is_everything { "." } else { domain };
        if let Some(known) = self.remembered.lock().above.get(key) {
            return Ok(Arc::clone(known));
        }
        let mut above = Vec::new();
        let mut rest = Some(domain).filter(|name| !name.is_empty());
        while let Some(name) = rest {
            if let Some(entry) = self.directory.domain_entry(name, Freshness::Cached)? {
                above.push(On { target: TargetType::Domain, entry: (*entry).clone() });
            }
            rest = name.split_once('.').map(|(_, above)| above);
        }
        if !is_everything {
            above.push(self.directory.on_everything()?);
        }
        let above = Arc::new(above);
        self.remembered.lock().above.insert(key.to_owned(), Arc::clone(&above));
        Ok(above)
    }
}

/// Of an account, a resource, a list; not one above.
fn is_domain_of(domain: &On, on: &On) -> bool {
    domain.target == TargetType::Domain && on.target != TargetType::Domain && on.entry.domain() == domain.entry.name
}

/// [`Powers`] on one target.
pub struct PowersOn<'a> {
    powers: &'a Powers,
    on: On,
    ranked: Vec<Ranked>,
}

impl PowersOn<'_> {
    pub fn may(&self, need: &Need<'_>) -> bool {
        if self.powers.is_global {
            return true;
        }
        !is_only_for_all(need)
            && !self.powers.is_out_of_reach(&self.on, need)
            && answering(&self.ranked, self.on.target, need).is_some_and(|ranked| !ranked.via.grant.modifiers.deny)
    }
}

/// What decides who administers; and a key with which one could log in as any of the domain's administrators is not shown either.
fn is_only_for_all(need: &Need<'_>) -> bool {
    match need {
        Need::Set(name) => ONLY_FOR_ALL.iter().any(|only| only.eq_ignore_ascii_case(name)),
        Need::Get(name) => KEY.eq_ignore_ascii_case(name),
        Need::Do(_) => false,
    }
}

pub(super) fn answering<'a>(ranked: &'a [Ranked], target: TargetType, need: &Need<'_>) -> Option<&'a Ranked> {
    ranked.iter().find(|ranked| {
        let grant = &ranked.via.grant;
        let right = grant.right();
        right.is_some_and(|right| {
            // Who may not set an attribute may still be one who reads it.
            let says_nothing =
                |what: &What| grant.modifiers.deny && matches!((what, need), (What::Set(_), Need::Get(_)));
            let about = |leaf: &super::Right| is_about(&leaf.what, &leaf.name, need) && !says_nothing(&leaf.what);
            right.leaves().iter().any(|leaf| leaf.is_on(target) && about(leaf))
        })
    })
}

/// Who may set an attribute may read it.
fn is_about(what: &What, name: &str, need: &Need<'_>) -> bool {
    match (what, need) {
        (What::Preset, Need::Do(right)) => name == *right,
        (What::Get(attributes) | What::Set(attributes), Need::Get(attr)) | (What::Set(attributes), Need::Set(attr)) => {
            attributes.contain(attribute(attr).map_or(attr, |known| known.name))
        }
        _ => false,
    }
}

/// Whether a right holds all of another.
fn contains(what: &What, name: &str, other: &super::Right) -> bool {
    match (what, &other.what) {
        (What::Preset, What::Preset) => name == other.name,
        (What::Get(Attributes::All) | What::Set(Attributes::All), What::Get(_)) => true,
        (What::Set(Attributes::All), What::Set(_)) => true,
        (What::Get(held) | What::Set(held), What::Get(Attributes::One(one)))
        | (What::Set(held), What::Set(Attributes::One(one))) => held.contain(one),
        _ => name == other.name,
    }
}
