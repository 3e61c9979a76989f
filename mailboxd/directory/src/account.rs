// SPDX-License-Identifier: AGPL-3.0-or-later
//! Accounts: look up, create, change, rename, delete.

use crate::{Account, Attrs, Directory, Error, Result, alias, attrs, name};
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::sync::Arc;

impl Directory {
    /// By name or alias, any case.
    pub fn account(&self, name: &str) -> Result<Option<Account>> {
        match name::address(name) {
            Some((local, domain)) => self.by_key(&format!("{local}@{domain}")),
            None => Ok(None),
        }
    }

    pub fn account_by_id(&self, id: &str) -> Result<Option<Account>> {
        if id.contains('@') { Ok(None) } else { self.by_key(id) }
    }

    /// `key` is a canonical address or an id; the `@` tells which.
    pub(crate) fn by_key(&self, key: &str) -> Result<Option<Account>> {
        let generation = match self.0.accounts.get(key) {
            Ok(account) => return Ok(Some((*account).clone())),
            Err(generation) => generation,
        };
        let found = self.0.db.read(|db| match key.rsplit_once('@') {
            Some((local, domain)) => match owner(db, local, domain)? {
                Some(id) => load(db, &id),
                None => Ok(None),
            },
            None => load(db, key),
        })?;
        Ok(found.map(|account| {
            let account = Arc::new(account);
            self.0.accounts.insert(generation, key, &account);
            (*account).clone()
        }))
    }

    /// All, or those of a domain, by name.
    pub fn accounts(&self, domain: Option<&str>) -> Result<Vec<Account>> {
        let domain = match domain {
            Some(text) => Some(name::domain(text).ok_or_else(|| Error::NoSuchDomain(text.chars().take(80).collect()))?),
            None => None,
        };
        self.0.db.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT account FROM address WHERE is_name = 1 AND (?1 IS NULL OR domain = ?1) ORDER BY domain, local",
            )?;
            let ids = query.query_map([domain], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            ids.iter().filter_map(|id| load(db, id).transpose()).collect()
        })
    }

    /// An empty password makes an account that can't log in until it gets one.
    pub fn create_account(&self, name: &str, password: &str, changes: Attrs) -> Result<Account> {
        let (local, domain) = valid(name)?;
        let mut set = Attrs::new();
        attrs::merge(&mut set, changes)?;
        let hash = if password.is_empty() { None } else { Some(self.0.hasher.hash(password)?) };
        let id = uuid::Uuid::new_v4().to_string();
        let made = self.0.db.write(|db| {
            require_domain(db, &domain)?;
            db.execute(
                "INSERT INTO account (id, created, password, attrs) VALUES (?, unixepoch(), ?, ?)",
                (&id, &hash, attrs::to_json(&set)?),
            )?;
            insert_address(db, &id, &local, &domain, true)?;
            load(db, &id)?.ok_or_else(|| Error::NoSuchAccount(id.clone()))
        });
        self.0.accounts.flush();
        made
    }

    pub fn modify_account(&self, id: &str, changes: Attrs) -> Result<Account> {
        self.change_account(id, |_, _, set| attrs::merge(set, changes))
    }

    pub fn delete_account(&self, id: &str) -> Result<()> {
        let done = self.0.db.write(|db| match db.execute("DELETE FROM account WHERE id = ?", [id])? {
            0 => Err(Error::NoSuchAccount(id.to_owned())),
            _ => Ok(()),
        });
        self.0.accounts.flush();
        done
    }

    /// The old name is free afterwards; aliases stay.
    pub fn rename_account(&self, id: &str, name: &str) -> Result<Account> {
        let (local, domain) = valid(name)?;
        self.change_account(id, |db, account, _| {
            require_domain(db, &domain)?;
            db.execute("DELETE FROM address WHERE account = ? AND is_name = 1", [account])?;
            insert_address(db, account, &local, &domain, true)
        })
    }

    /// One transaction on one account: `work` may change other tables and the attributes. Flushes the cache.
    pub(crate) fn change_account(
        &self,
        id: &str,
        work: impl FnOnce(&Transaction<'_>, &str, &mut Attrs) -> Result<()>,
    ) -> Result<Account> {
        let missing = || Error::NoSuchAccount(id.chars().take(80).collect());
        let changed = self.0.db.write(|db| {
            let json: Option<String> =
                db.query_row("SELECT attrs FROM account WHERE id = ?", [id], |row| row.get(0)).optional()?;
            let mut set = attrs::from_json(&json.ok_or_else(missing)?)?;
            work(db, id, &mut set)?;
            db.execute("UPDATE account SET attrs = ? WHERE id = ?", (attrs::to_json(&set)?, id))?;
            load(db, id)?.ok_or_else(missing)
        });
        // Also after an error: whether a failed commit is on disk, only the file knows.
        self.0.accounts.flush();
        changed
    }
}

pub fn valid(name: &str) -> Result<(String, String)> {
    name::address(name).ok_or_else(|| Error::Invalid { what: "account name", value: name.chars().take(80).collect() })
}

pub fn require_domain(db: &Connection, domain: &str) -> Result<()> {
    match db.prepare_cached("SELECT 1 FROM domain WHERE name = ?")?.exists([domain])? {
        true => Ok(()),
        false => Err(Error::NoSuchDomain(domain.to_owned())),
    }
}

pub fn insert_address(db: &Connection, account: &str, local: &str, domain: &str, is_name: bool) -> Result<()> {
    db.execute(
        "INSERT INTO address (local, domain, account, is_name) VALUES (?, ?, ?, ?)",
        (local, domain, account, is_name),
    )
    .map_err(|e| alias::exists_error(e, local, domain))?;
    Ok(())
}

fn owner(db: &Connection, local: &str, domain: &str) -> Result<Option<String>> {
    let mut query = db.prepare_cached("SELECT account FROM address WHERE domain = ? AND local = ?")?;
    Ok(query.query_row((domain, local), |row| row.get(0)).optional()?)
}

fn load(db: &Connection, id: &str) -> Result<Option<Account>> {
    let mut query = db.prepare_cached("SELECT created, attrs FROM account WHERE id = ?")?;
    let Some((created, json)) =
        query.query_row([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional()?
    else {
        return Ok(None);
    };
    let mut query = db.prepare_cached(
        "SELECT local || '@' || domain FROM address WHERE account = ? ORDER BY is_name DESC, domain, local",
    )?;
    let mut addresses = query.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    if addresses.is_empty() {
        return Err(Error::Unavailable(format!("account {id} has no name")));
    }
    let name = addresses.remove(0);
    let mut attrs = attrs::from_json(&json)?;
    derive(&mut attrs, id, &name, &addresses, created);
    let is_admin = attrs.get("zimbraIsAdminAccount").is_some_and(|v| v.iter().any(|v| v == "TRUE"));
    Ok(Some(Account { id: id.to_owned(), name, aliases: addresses, is_admin, attrs }))
}

/// What clients expect among the attributes though it is kept elsewhere.
fn derive(attrs: &mut Attrs, id: &str, name: &str, aliases: &[String], created: i64) {
    let uid = name.split('@').next().unwrap_or_default();
    for (key, value) in [
        ("zimbraId", id.to_owned()),
        ("uid", uid.to_owned()),
        ("zimbraMailDeliveryAddress", name.to_owned()),
        ("zimbraCreateTimestamp", attrs::timestamp(created)),
    ] {
        attrs.insert(key.to_owned(), vec![value]);
    }
    attrs.insert("mail".to_owned(), std::iter::once(name.to_owned()).chain(aliases.iter().cloned()).collect());
    if !aliases.is_empty() {
        attrs.insert("zimbraMailAlias".to_owned(), aliases.to_vec());
    }
    attrs.entry("zimbraAccountStatus".to_owned()).or_insert_with(|| vec!["active".to_owned()]);
}
