// SPDX-License-Identifier: AGPL-3.0-or-later
//! Writes. Each is one request that the server does whole or not at all, but for two: a domain is a few entries, and a rename
//! is a new DN first (which reserves the name) and new attributes then. Both are complete when the same call comes again.

use super::connection::{
    ANSWER_MAX, ASSERTION_FAILED, ENTRY_EXISTS, NO_SUCH_OBJECT, NOT_ALLOWED_ON_NON_LEAF, VALUE_EXISTS, code,
};
use super::pool::Repeat;
use super::tree::{CONTAINERS, split};
use super::wire::{VERSION, Wire, classes, escape, write};
use super::{Ldap, refused};
use crate::backend::{Failure, Write};
use crate::entry::{Entry, Kind};
use ldap3::controls::{Assertion, MakeCritical, RawControl};
use ldap3::{LdapError, Mod};
use std::collections::HashSet;

type Mods = Vec<Mod<String>>;

impl Ldap {
    pub(super) fn write(&self, write: &Write) -> Result<(), Failure> {
        match write {
            Write::Create(entry) if entry.kind == Kind::Domain => self.create_domain(entry),
            Write::Create(entry) => self.create(entry),
            Write::Update { old, new } => self.update(old, new),
            Write::Delete(entry) if entry.kind == Kind::Domain => self.delete_domain(entry),
            Write::Delete(entry) => self.delete(&entry.place),
        }
    }

    /// After a later one failed: what was created goes again. Best effort; an alias without an owner harms nobody.
    pub(super) fn take_back(&self, done: &[Write]) {
        for write in done.iter().rev() {
            if let Write::Create(entry) = write
                && let Err(failure) = self.delete(&self.tree.place(entry))
            {
                tracing::warn!(name = %entry.name, ?failure, "could not be taken back");
            }
        }
    }

    fn create(&self, entry: &Entry) -> Result<(), Failure> {
        let place = self.tree.place(entry);
        let mut wire = write(entry);
        wire.insert("objectClass".to_owned(), classes(entry.kind));
        match self.add(&place, wire.clone()) {
            Err(Failure::NoParent) if matches!(entry.kind, Kind::Cos | Kind::Server | Kind::Config) => {
                for container in CONTAINERS {
                    self.ensure(container, "organizationalRole")?;
                }
                self.add(&place, wire)
            }
            done => done,
        }
    }

    fn create_domain(&self, entry: &Entry) -> Result<(), Failure> {
        for (dn, label) in self.tree.nodes(&entry.name) {
            let node = [("objectClass", "domain"), ("dc", &label)];
            self.add_if_missing(&dn, node.map(|(n, v)| (n.to_owned(), HashSet::from([v.to_owned()]))).into())?;
        }
        let people = [("objectClass", "organizationalUnit"), ("ou", "people")];
        let people = people.map(|(n, v)| (n.to_owned(), HashSet::from([v.to_owned()]))).into();
        self.add_if_missing(&self.tree.people(&entry.name), people)?;
        let mut mods: Mods = vec![Mod::Add("objectClass".to_owned(), one("zimbraDomain"))];
        mods.extend(write(entry).into_iter().map(|(name, values)| Mod::Replace(name, values)));
        match self.modify(&self.tree.domain(&entry.name), mods, None) {
            Ok(Err(error)) if code(&error) == Some(VALUE_EXISTS) => Err(Failure::Exists),
            other => done(other?),
        }
    }

    /// The node stays when other domains are below it.
    fn delete_domain(&self, entry: &Entry) -> Result<(), Failure> {
        match self.delete(&self.tree.people(&entry.name)) {
            Ok(()) | Err(Failure::Conflict) => {}
            Err(failure) => return Err(failure),
        }
        let mut mods: Mods = vec![Mod::Delete("objectClass".to_owned(), one("zimbraDomain"))];
        mods.extend(write(entry).into_keys().map(|name| Mod::Replace(name, HashSet::new())));
        done(self.modify(&entry.place, mods, None)?)?;
        match self.delete(&entry.place) {
            Ok(()) | Err(Failure::NotEmpty) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    fn update(&self, old: &Entry, new: &Entry) -> Result<(), Failure> {
        let place = self.tree.place(new);
        let (before, after) = (write(old), write(new));
        let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name, HashSet::new()));
        let set = after.iter().filter(|(name, values)| before.get(*name) != Some(values));
        let mods: Mods =
            gone.chain(set.map(|(n, v)| (n, v.clone()))).map(|(n, values)| Mod::Replace(n.clone(), values)).collect();
        if old.name == new.name || place_is_same(&place, &old.place) {
            return if mods.is_empty() { Ok(()) } else { done(self.modify(&old.place, mods, Some(&old.version))?) };
        }
        self.rename(&old.place, &place, &old.version)?;
        done(self.modify(&place, mods, None)?)
    }

    fn rename(&self, from: &str, to: &str, version: &str) -> Result<(), Failure> {
        let ((rdn, above), from) = (split(to), from.to_owned());
        let (rdn, above, unchanged) = (rdn.to_owned(), above.to_owned(), unchanged(version));
        let asked = self.pool.run(Repeat::No, move |mut ldap| {
            let (from, rdn, above, unchanged) = (from.clone(), rdn.clone(), above.clone(), unchanged.clone());
            async move {
                ldap.with_timeout(ANSWER_MAX).with_controls(unchanged);
                ldap.modifydn(&from, &rdn, true, Some(&above)).await?.success().map(drop)
            }
        })?;
        done(asked)
    }

    fn modify(&self, place: &str, mods: Mods, version: Option<&str>) -> Result<Result<(), LdapError>, Failure> {
        let (place, unchanged) = (place.to_owned(), version.map(unchanged));
        Ok(self.pool.run(Repeat::No, move |mut ldap| {
            let (place, mods, unchanged) = (place.clone(), mods.clone(), unchanged.clone());
            async move {
                ldap.with_timeout(ANSWER_MAX);
                if let Some(unchanged) = unchanged {
                    ldap.with_controls(unchanged);
                }
                ldap.modify(&place, mods).await?.success().map(drop)
            }
        })?)
    }

    fn delete(&self, place: &str) -> Result<(), Failure> {
        let place = place.to_owned();
        let asked = self.pool.run(Repeat::No, move |mut ldap| {
            let place = place.clone();
            async move { ldap.with_timeout(ANSWER_MAX).delete(&place).await?.success().map(drop) }
        })?;
        done(asked)
    }

    fn add(&self, place: &str, wire: Wire) -> Result<(), Failure> {
        let place = place.to_owned();
        let asked = self.pool.run(Repeat::No, move |mut ldap| {
            let (place, wire) = (place.clone(), wire.clone().into_iter().collect());
            async move { ldap.with_timeout(ANSWER_MAX).add(&place, wire).await?.success().map(drop) }
        })?;
        match asked {
            Err(error) if code(&error) == Some(NO_SUCH_OBJECT) => Err(Failure::NoParent),
            other => done(other),
        }
    }

    fn add_if_missing(&self, place: &str, wire: Wire) -> Result<(), Failure> {
        match self.add(place, wire) {
            Err(Failure::Exists) => Ok(()),
            other => other,
        }
    }

    fn ensure(&self, container: &str, class: &str) -> Result<(), Failure> {
        let name = split(container).0.trim_start_matches("cn=");
        let wire = [("objectClass", class), ("cn", name)].map(|(n, v)| (n.to_owned(), one(v))).into();
        self.add_if_missing(&self.tree.below(container), wire)
    }
}

fn one(value: &str) -> HashSet<String> {
    HashSet::from([value.to_owned()])
}

/// Spelled and escaped in different ways (RFC 4514 §2.4 allows a few).
fn place_is_same(a: &str, b: &str) -> bool {
    let plain = |dn: &str| ldap3::ldap_unescape(dn.to_ascii_lowercase()).map(|dn| dn.into_owned()).ok();
    plain(a).is_some_and(|a| plain(b).is_some_and(|b| a == b))
}

/// The change is done only if nobody changed the entry since (RFC 4528).
fn unchanged(version: &str) -> RawControl {
    Assertion { filter: format!("({VERSION}={})", escape(version)) }.critical().into()
}

fn done(asked: Result<(), LdapError>) -> Result<(), Failure> {
    let Err(error) = asked else { return Ok(()) };
    Err(match code(&error) {
        Some(ENTRY_EXISTS) => Failure::Exists,
        Some(NO_SUCH_OBJECT | ASSERTION_FAILED) => Failure::Conflict,
        Some(NOT_ALLOWED_ON_NON_LEAF) => Failure::NotEmpty,
        _ => refused(&error),
    })
}
