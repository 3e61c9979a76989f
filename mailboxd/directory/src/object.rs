// SPDX-License-Identifier: AGPL-3.0-or-later
//! Classes of service, servers and the global config: entries with a name and nothing special about them.

use crate::backend::{Failure, Filter, Within, Write};
use crate::entry::{Entry, Kind};
use crate::known::attribute;
use crate::look::{CONFIG_KEY, Need, SERVER_KEY, cos_key};
use crate::open::DEFAULT_COS;
use crate::{Attrs, Directory, Error, Object, Result, attrs, name};
use std::sync::Arc;

const CONFIG: &str = "config";

impl Directory {
    /// A class of service or a server.
    pub fn create(&self, kind: Kind, name: &str, changes: Attrs) -> Result<Object> {
        let name = valid(kind, name)?;
        let mut set = Attrs::new();
        attrs::merge(&mut set, changes)?;
        let mut entry = Entry::new(kind, &name, set);
        entry.set("cn", [name.clone()]);
        self.commit(&name, || Ok(vec![Write::Create(entry.clone())])).map_err(|failure| match failure {
            Failure::Exists => Error::exists(kind, &name),
            other => other.into(),
        })?;
        self.get(kind, &name)
    }

    /// By name or id.
    pub fn get(&self, kind: Kind, key: &str) -> Result<Object> {
        self.entry(kind, key)?.map(object).ok_or_else(|| Error::no_such(kind, key))
    }

    /// By name.
    pub fn all(&self, kind: Kind) -> Result<Vec<Object>> {
        Ok(self.search(&[kind], Within::Everything, Filter::All)?.into_iter().map(object).collect())
    }

    /// Of a class of service. Accounts and domains name it by its id, so nothing else changes.
    pub fn rename(&self, kind: Kind, key: &str, name: &str) -> Result<Object> {
        let name = valid(kind, name)?;
        let missing = || Error::no_such(kind, key);
        let id = self.entry(kind, key)?.ok_or_else(missing)?.id;
        let plan = || {
            let old = self.entry_by_id(&[kind], &id)?.ok_or_else(missing)?;
            if old.name == DEFAULT_COS && kind == Kind::Cos {
                return Err(Error::invalid("class of service (the default one keeps its name)", key));
            }
            let mut new = old.clone();
            new.name = name.clone();
            new.set("cn", [name.clone()]);
            Ok(vec![Write::Update { old, new }])
        };
        self.commit(&id, plan).map_err(|failure| match failure {
            Failure::Exists => Error::exists(kind, &name),
            other => other.into(),
        })?;
        self.get(kind, &id)
    }

    pub fn modify(&self, kind: Kind, key: &str, changes: Attrs) -> Result<Object> {
        let id = self.entry(kind, key)?.ok_or_else(|| Error::no_such(kind, key))?.id;
        let changed = self.change(&[kind], &id, kind, |entry| {
            attrs::merge(&mut entry.attrs, changes.clone())?;
            // It names the entry in LDAP.
            entry.set("cn", [entry.name.clone()]);
            Ok(())
        })?;
        Ok(object(changed))
    }

    /// Accounts of a class of service that is gone fall back to their domain's.
    pub fn delete(&self, kind: Kind, key: &str) -> Result<()> {
        let missing = || Error::no_such(kind, key);
        if kind == Kind::Cos && self.entry(kind, key)?.is_some_and(|cos| cos.name == DEFAULT_COS) {
            return Err(Error::invalid("class of service (the default one stays)", key));
        }
        Ok(self.commit(key, || Ok(vec![Write::Delete(self.entry(kind, key)?.ok_or_else(missing)?)]))?)
    }

    /// What holds everywhere.
    pub fn config(&self) -> Result<Object> {
        let entry = self.config_entry(Need::Now)?;
        Ok(object(entry.map_or_else(empty_config, |entry| (*entry).clone())))
    }

    pub fn modify_config(&self, changes: Attrs) -> Result<Object> {
        self.change_config(|set| attrs::merge(set, changes.clone()))?;
        self.config()
    }

    pub(crate) fn change_config(&self, work: impl Fn(&mut Attrs) -> Result<()>) -> Result<()> {
        self.change_config_entry(|entry| work(&mut entry.attrs))
    }

    /// Makes the entry when it is not there.
    pub(crate) fn change_config_entry(&self, work: impl Fn(&mut Entry) -> Result<()>) -> Result<()> {
        let plan = || {
            let old = self.search(&[Kind::Config], Within::Everything, Filter::All)?.into_iter().next();
            let mut new = old.clone().unwrap_or_else(empty_config);
            work(&mut new)?;
            new.set("cn", [CONFIG.to_owned()]);
            Ok(vec![match old {
                Some(old) => Write::Update { old, new },
                None => Write::Create(new),
            }])
        };
        match self.commit(CONFIG, plan) {
            // Somebody made it at the same time.
            Err(Failure::Exists) => Ok(self.commit(CONFIG, plan)?),
            other => Ok(other?),
        }
    }

    pub(crate) fn config_entry(&self, need: Need) -> Result<Option<Arc<Entry>>> {
        self.cached_entry(CONFIG_KEY, need, || {
            let found = self.search(&[Kind::Config], Within::Everything, Filter::All)?.into_iter().next();
            // That there is none is worth remembering, too: every account asks for it.
            Ok(Some(found.unwrap_or_else(empty_config)))
        })
    }

    /// The server: all mailboxes are on one. Without an entry, or with several, it says nothing.
    pub(crate) fn server_entry(&self, need: Need) -> Result<Option<Arc<Entry>>> {
        self.cached_entry(SERVER_KEY, need, || {
            let mut all = self.search(&[Kind::Server], Within::Everything, Filter::All)?;
            let only = all.pop().filter(|_| all.is_empty());
            Ok(Some(only.unwrap_or_else(|| Entry::new(Kind::Server, "", Attrs::new()))))
        })
    }

    /// By id or name. None: gone.
    pub(crate) fn cos_entry(&self, key: &str, need: Need) -> Result<Option<Arc<Entry>>> {
        self.cached_entry(&cos_key(key), need, || self.entry(Kind::Cos, key))
    }

    pub(crate) fn entry(&self, kind: Kind, key: &str) -> Result<Option<Entry>> {
        let by_name = match valid(kind, key) {
            Ok(name) => self.one(&[kind], &["cn"], &name)?,
            Err(_) => None,
        };
        match by_name {
            Some(entry) => Ok(Some(entry)),
            None => self.entry_by_id(&[kind], key),
        }
    }
}

fn valid(kind: Kind, text: &str) -> Result<String> {
    let name = match kind {
        Kind::Server => name::domain(text),
        Kind::Cos => name::plain(text),
        _ => None,
    };
    name.ok_or_else(|| Error::invalid("name", text))
}

fn empty_config() -> Entry {
    let mut entry = Entry::new(Kind::Config, CONFIG, Attrs::new());
    entry.set("cn", [CONFIG.to_owned()]);
    entry
}

pub(crate) fn object(entry: Entry) -> Object {
    Object { kind: entry.kind, id: entry.id, name: entry.name, attrs: shown(entry.attrs) }
}

/// Without what is shown to nobody.
pub(crate) fn shown(mut attrs: Attrs) -> Attrs {
    attrs.retain(|name, _| !attribute(name).is_some_and(|known| known.secret));
    attrs
}
