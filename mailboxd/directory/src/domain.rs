// SPDX-License-Identifier: AGPL-3.0-or-later
//! Domains: those whose mail is ours.

use crate::db::is_duplicate;
use crate::{Attrs, Directory, Domain, Error, Result, attrs, name};
use rusqlite::{Connection, OptionalExtension, Row};

impl Directory {
    pub fn create_domain(&self, domain: &str, changes: Attrs) -> Result<Domain> {
        let canonical = valid(domain)?;
        let mut set = Attrs::new();
        attrs::merge(&mut set, changes)?;
        let id = uuid::Uuid::new_v4().to_string();
        self.0.db.write(|db| {
            db.execute(
                "INSERT INTO domain (id, name, created, attrs) VALUES (?, ?, unixepoch(), ?)",
                (&id, &canonical, attrs::to_json(&set)?),
            )
            .map_err(|e| if is_duplicate(&e) { Error::DomainExists(canonical.clone()) } else { e.into() })?;
            load(db, &canonical)?.ok_or_else(|| Error::NoSuchDomain(canonical.clone()))
        })
    }

    /// `name` as A-labels or UTF-8, any case.
    pub fn domain(&self, name: &str) -> Result<Option<Domain>> {
        match name::domain(name) {
            Some(canonical) => self.0.db.read(|db| load(db, &canonical)),
            None => Ok(None),
        }
    }

    /// By name.
    pub fn domains(&self) -> Result<Vec<Domain>> {
        self.0.db.read(|db| {
            let mut query = db.prepare_cached("SELECT id, name, created, attrs FROM domain ORDER BY name")?;
            let rows = query.query_map([], raw)?.collect::<rusqlite::Result<Vec<_>>>()?;
            rows.into_iter().map(build).collect()
        })
    }

    pub fn is_local_domain(&self, domain: &str) -> Result<bool> {
        let Some(canonical) = name::domain(domain) else { return Ok(false) };
        self.0.db.read(|db| {
            let mut query = db.prepare_cached("SELECT 1 FROM domain WHERE name = ?")?;
            Ok(query.exists([&canonical])?)
        })
    }

    pub fn modify_domain(&self, name: &str, changes: Attrs) -> Result<Domain> {
        let canonical = valid(name)?;
        self.0.db.write(|db| {
            let missing = || Error::NoSuchDomain(canonical.clone());
            let mut set = stored(db, &canonical)?.ok_or_else(missing)?;
            attrs::merge(&mut set, changes)?;
            db.execute("UPDATE domain SET attrs = ? WHERE name = ?", (attrs::to_json(&set)?, &canonical))?;
            load(db, &canonical)?.ok_or_else(missing)
        })
    }

    /// Refused while an account or alias is in it.
    pub fn delete_domain(&self, name: &str) -> Result<()> {
        let canonical = valid(name)?;
        self.0.db.write(|db| {
            if db.prepare_cached("SELECT 1 FROM address WHERE domain = ?")?.exists([&canonical])? {
                return Err(Error::DomainNotEmpty(canonical.clone()));
            }
            match db.execute("DELETE FROM domain WHERE name = ?", [&canonical])? {
                0 => Err(Error::NoSuchDomain(canonical.clone())),
                _ => Ok(()),
            }
        })
    }

    /// The oldest domain: the one that a login name without `@` belongs to.
    pub fn default_domain(&self) -> Result<Option<String>> {
        self.0.db.read(|db| {
            let mut query = db.prepare_cached("SELECT name FROM domain ORDER BY rowid LIMIT 1")?;
            Ok(query.query_row([], |row| row.get(0)).optional()?)
        })
    }
}

fn valid(domain: &str) -> Result<String> {
    let invalid = || Error::Invalid { what: "domain name", value: domain.chars().take(80).collect() };
    name::domain(domain).ok_or_else(invalid)
}

fn stored(db: &Connection, canonical: &str) -> Result<Option<Attrs>> {
    let mut query = db.prepare_cached("SELECT attrs FROM domain WHERE name = ?")?;
    let json: Option<String> = query.query_row([canonical], |row| row.get(0)).optional()?;
    json.map(|json| attrs::from_json(&json)).transpose()
}

fn load(db: &Connection, canonical: &str) -> Result<Option<Domain>> {
    let mut query = db.prepare_cached("SELECT id, name, created, attrs FROM domain WHERE name = ?")?;
    query.query_row([canonical], raw).optional()?.map(build).transpose()
}

type Raw = (String, String, i64, String);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn build((id, name, created, json): Raw) -> Result<Domain> {
    let mut attrs = attrs::from_json(&json)?;
    for (key, value) in [
        ("zimbraId", id.clone()),
        ("zimbraDomainName", name.clone()),
        ("zimbraCreateTimestamp", attrs::timestamp(created)),
    ] {
        attrs.insert(key.to_owned(), vec![value]);
    }
    for (key, default) in [("zimbraDomainType", "local"), ("zimbraDomainStatus", "active")] {
        attrs.entry(key.to_owned()).or_insert_with(|| vec![default.to_owned()]);
    }
    Ok(Domain { id, name, attrs })
}
