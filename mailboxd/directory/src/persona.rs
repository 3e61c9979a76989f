// SPDX-License-Identifier: AGPL-3.0-or-later
//! Identities and signatures: what an account writes as. Entries below it, named freely, once each in any case.

use crate::backend::{Failure, Filter, Within, Write};
use crate::entry::{Entry, Kind};
use crate::object::object;
use crate::{Attrs, Directory, Error, Object, Result, attrs, name};

/// Of either kind, where the class of service says nothing.
const PERSONAS_MAX: usize = 100;

impl Directory {
    /// `kind`: Identity or Signature.
    pub fn create_persona(&self, kind: Kind, account: &str, name: &str, changes: Attrs) -> Result<Object> {
        let name = name::free(name).ok_or_else(|| Error::invalid("name", name))?;
        let mut set = Attrs::new();
        attrs::merge(&mut set, changes)?;
        let owner = self.need_entry(account)?;
        if self.below(&owner, kind)?.len() >= PERSONAS_MAX {
            return Err(Error::invalid("number of identities or signatures", &PERSONAS_MAX.to_string()));
        }
        let mut entry = Entry::new(kind, &name, set);
        entry.parent = Some(owner.place);
        let (named, id) = attributes(kind);
        entry.set(named, [name.clone()]);
        entry.set(id, [entry.id.clone()]);
        self.commit(account, || Ok(vec![Write::Create(entry.clone())])).map_err(|failure| match failure {
            Failure::Exists => Error::exists(kind, &name),
            Failure::NoParent => Error::no_such(Kind::Account, account),
            other => other.into(),
        })?;
        self.persona(kind, account, &entry.id).map(object)
    }

    /// By name.
    pub fn personas(&self, kind: Kind, account: &str) -> Result<Vec<Object>> {
        let owner = self.need_entry(account)?;
        Ok(self.below(&owner, kind)?.into_iter().map(object).collect())
    }

    /// `key` is its name or its id.
    pub fn modify_persona(&self, kind: Kind, account: &str, key: &str, changes: Attrs) -> Result<Object> {
        let id = self.persona(kind, account, key)?.id;
        let changed = self.change(&[kind], &id, kind, |entry| attrs::merge(&mut entry.attrs, changes.clone()))?;
        Ok(object(changed))
    }

    /// Another name for it, and changes; the id stays.
    pub fn rename_persona(&self, kind: Kind, account: &str, key: &str, name: &str, changes: Attrs) -> Result<Object> {
        let name = name::free(name).ok_or_else(|| Error::invalid("name", name))?;
        let id = self.persona(kind, account, key)?.id;
        let plan = || {
            let old = self.persona(kind, account, &id)?;
            let mut new = old.clone();
            attrs::merge(&mut new.attrs, changes.clone())?;
            new.name = name.clone();
            new.set(attributes(kind).0, [name.clone()]);
            Ok(vec![Write::Update { old, new }])
        };
        self.commit(account, plan).map_err(|failure| match failure {
            Failure::Exists => Error::exists(kind, &name),
            other => other.into(),
        })?;
        self.persona(kind, account, &id).map(object)
    }

    pub fn delete_persona(&self, kind: Kind, account: &str, key: &str) -> Result<()> {
        Ok(self.commit(account, || Ok(vec![Write::Delete(self.persona(kind, account, key)?)]))?)
    }

    fn persona(&self, kind: Kind, account: &str, key: &str) -> Result<Entry> {
        let owner = self.need_entry(account)?;
        let mut below = self.below(&owner, kind)?.into_iter();
        let wanted = key.to_lowercase();
        let found = below.find(|entry| entry.id == key || entry.name.to_lowercase() == wanted);
        found.ok_or_else(|| Error::no_such(kind, key))
    }

    fn below(&self, owner: &Entry, kind: Kind) -> Result<Vec<Entry>> {
        self.search(&[kind], Within::Parent(&owner.place), Filter::All)
    }
}

/// Where the wire protocol shows name and id.
fn attributes(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Signature => ("zimbraSignatureName", "zimbraSignatureId"),
        _ => ("zimbraPrefIdentityName", "zimbraPrefIdentityId"),
    }
}
