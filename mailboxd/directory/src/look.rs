// SPDX-License-Identifier: AGPL-3.0-or-later
//! Reads by key through the cache, and changes: read, change, write, again when somebody else was faster.

use crate::backend::{Failure, Filter, Search, Within, Write};
use crate::cache::Known;
use crate::entry::{Entry, Kind};
use crate::{Directory, Error, Result};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::Instant;

/// Entries that one list may have; more is an error that says so.
pub const LIST_MAX: usize = 100_000;
/// Tries of a change that others come before.
const TRIES: usize = 20;

/// What a caller does with an entry of a directory that is away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// What was asked for lately will do.
    Cached,
    /// Mail is to be delivered: better by what we knew yesterday than not at all.
    Delivery,
    /// As it is now.
    Now,
}

impl Directory {
    pub(crate) fn search(&self, kinds: &[Kind], within: Within<'_>, filter: Filter<'_>) -> Result<Vec<Entry>> {
        Ok(self.0.backend.search(&Search { kinds, within, filter, limit: LIST_MAX })?)
    }

    /// The one with this value, unasked of the cache.
    pub(crate) fn one(&self, kinds: &[Kind], names: &[&str], value: &str) -> Result<Option<Entry>> {
        Ok(self.search(kinds, Within::Everything, Filter::Equal(names, value))?.into_iter().next())
    }

    pub(crate) fn entry_by_id(&self, kinds: &[Kind], id: &str) -> Result<Option<Entry>> {
        if id.is_empty() || id.len() > 200 { Ok(None) } else { self.one(kinds, &["zimbraId"], id) }
    }

    pub(crate) fn cached(
        &self,
        key: &str,
        need: Need,
        fetch: impl FnOnce() -> Result<Option<Known>>,
    ) -> Result<Option<Known>> {
        let looked = self.0.cache.look(key, Instant::now());
        if let Some(fresh) = looked.fresh.filter(|_| need != Need::Now) {
            return Ok(Some(fresh));
        }
        match fetch() {
            Ok(Some(found)) => {
                self.0.cache.insert(looked.generation, key, found.clone(), Instant::now());
                Ok(Some(found))
            }
            Ok(None) => {
                self.0.cache.forget([key]);
                Ok(None)
            }
            Err(Error::Unavailable(why)) if need == Need::Delivery && looked.stale.is_some() => {
                tracing::debug!(key, %why, "delivering by what was known");
                Ok(looked.stale)
            }
            Err(error) => Err(error),
        }
    }

    /// An entry that is no account, by key of the cache.
    pub(crate) fn cached_entry(
        &self,
        key: &str,
        need: Need,
        fetch: impl FnOnce() -> Result<Option<Entry>>,
    ) -> Result<Option<Arc<Entry>>> {
        let found = self.cached(key, need, || Ok(fetch()?.map(|entry| Known::Entry(Arc::new(entry)))))?;
        Ok(found.and_then(|known| match known {
            Known::Entry(entry) => Some(entry),
            Known::Account(_) => None,
        }))
    }

    /// `plan` reads and says what to write; it runs again when an entry changed in between. `about` names what is changed.
    pub(crate) fn commit(&self, about: &str, plan: impl Fn() -> Result<Vec<Write>>) -> Result<(), Failure> {
        let stripe = BuildHasherDefault::<DefaultHasher>::default().hash_one(about) as usize % self.0.changing.len();
        let _turn = self.0.changing[stripe].lock();
        let mut last = Failure::Conflict;
        for _ in 0..TRIES {
            let writes = plan()?;
            let began = self.0.cache.generation();
            let done = self.0.backend.apply(&writes);
            // Also after an error: what of it is done, only the backend knows.
            let (before, now) = self.forget(&writes);
            if done.is_ok() && before == began {
                self.remember(now, &writes);
            }
            match done {
                Err(failure @ Failure::Conflict) => last = failure,
                other => return other,
            }
        }
        Err(last)
    }

    /// Changes one entry, whose kind is among `kinds`. `missing` is the kind that an error names.
    pub(crate) fn change(
        &self,
        kinds: &[Kind],
        id: &str,
        missing: Kind,
        work: impl Fn(&mut Entry) -> Result<()>,
    ) -> Result<Entry> {
        let find = || self.entry_by_id(kinds, id)?.ok_or_else(|| Error::no_such(missing, id));
        self.commit(id, || {
            let old = find()?;
            let mut new = old.clone();
            work(&mut new)?;
            Ok(if old.attrs == new.attrs { Vec::new() } else { vec![Write::Update { old, new }] })
        })?;
        find()
    }

    /// A change does not make an account unknown to deliveries while the directory is away.
    fn remember(&self, generation: u64, writes: &[Write]) {
        let mut values = Vec::new();
        for write in writes {
            let (Write::Create(entry) | Write::Update { new: entry, .. }) = write else { continue };
            if !Kind::RECIPIENTS.contains(&entry.kind) {
                continue;
            }
            // What it inherits is in the cache, or it is looked up when it is asked for.
            let Ok(known) = self.known_of(entry.clone(), Need::Cached) else { return };
            let keys = entry.addresses().map(str::to_owned).chain([entry.id.clone()]);
            values.extend(keys.map(|key| (key, known.clone())));
        }
        self.0.cache.remember(generation, values, Instant::now());
    }

    fn forget(&self, writes: &[Write]) -> (u64, u64) {
        let entries = writes.iter().flat_map(|write| match write {
            Write::Create(entry) | Write::Delete(entry) => [Some(entry), None],
            Write::Update { old, new } => [Some(old), Some(new)],
        });
        let (mut keys, mut others_inherit) = (Vec::new(), false);
        for entry in entries.flatten() {
            others_inherit |= matches!(entry.kind, Kind::Domain | Kind::Cos | Kind::Server | Kind::Config);
            match entry.kind {
                Kind::Domain => keys.extend([domain_key(&entry.name), "domains".to_owned()]),
                Kind::Cos => keys.extend([cos_key(&entry.id), cos_key(&entry.name)]),
                Kind::Server => keys.push(SERVER_KEY.to_owned()),
                Kind::Config => keys.push(CONFIG_KEY.to_owned()),
                _ => keys.extend(entry.addresses().map(str::to_owned).chain([entry.id.clone()])),
            }
        }
        let generations = self.0.cache.forget(keys.iter().map(String::as_str));
        if others_inherit {
            self.0.cache.expire();
        }
        generations
    }
}

/// Keys of the cache: addresses have an `@`, ids neither `@` nor `:`.
pub fn domain_key(name: &str) -> String {
    format!("domain:{name}")
}

/// By id or name.
pub fn cos_key(key: &str) -> String {
    format!("cos:{key}")
}

pub const CONFIG_KEY: &str = "config:";
pub const SERVER_KEY: &str = "server:";
