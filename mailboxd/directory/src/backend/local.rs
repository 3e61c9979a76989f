// SPDX-License-Identifier: AGPL-3.0-or-later
//! Entries in one SQLite file: a row an entry, its attributes as JSON, the indexed ones beside it.

use super::local_schema::{Db, is_duplicate};
use super::{Backend, Failure, Filter, Search, Within, Write, folded};
use crate::entry::{Entry, Kind};
use crate::known::attribute;
use crate::{Attrs, Error, attrs};
use rusqlite::{Connection, Row, ToSql, Transaction, params_from_iter};
use std::path::Path;

pub struct Local(Db);

const COLUMNS: &str = "SELECT kind, id, name, parent, version, attrs FROM entry WHERE kind IN";

impl Local {
    pub fn open(dir: &Path) -> Result<Local, Error> {
        let local = Local(Db::open(dir)?);
        local.0.write(reindex)?;
        Ok(local)
    }
}

impl Backend for Local {
    fn search(&self, search: &Search<'_>) -> Result<Vec<Entry>, Failure> {
        self.0.read(|db| {
            let (sql, values) = query(search)?;
            let mut query = db.prepare_cached(&sql)?;
            let mut rows = query.query(params_from_iter(values.iter().map(|v| v as &dyn ToSql)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let entry = load(row)?;
                if is_listed(&entry, &search.filter) {
                    if found.len() == search.limit {
                        return Err(Failure::TooMany(search.limit));
                    }
                    found.push(entry);
                }
            }
            Ok(found)
        })
    }

    fn apply(&self, writes: &[Write]) -> Result<(), Failure> {
        self.0.write(|db| {
            for write in writes {
                match write {
                    Write::Create(entry) => create(db, entry)?,
                    Write::Update { old, new } => update(db, old, new)?,
                    Write::Delete(entry) => delete(db, entry)?,
                }
            }
            Ok(())
        })
    }

    fn is_shared(&self) -> bool {
        false
    }
}

/// A migration leaves entries without their indexed values.
fn reindex(db: &Transaction<'_>) -> Result<(), Error> {
    if db.prepare("SELECT 1 FROM value")?.exists([])? {
        return Ok(());
    }
    let mut query = db.prepare("SELECT id, attrs FROM entry")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        index(db, &row.get::<_, String>(0)?, &attrs::from_json(&row.get::<_, String>(1)?)?)?;
    }
    Ok(())
}

/// The statement, whose text depends on few things only, and its values.
fn query(search: &Search<'_>) -> Result<(String, Vec<String>), Failure> {
    let mut values: Vec<String> = search.kinds.iter().map(|kind| kind.class().to_owned()).collect();
    let mut sql = format!("{COLUMNS} ({})", marks(values.len()));
    match search.within {
        Within::Everything => {}
        Within::Domain(domain) => {
            sql += " AND domain = ?";
            values.push(domain.to_owned());
        }
        Within::Parent(place) => {
            sql += " AND parent = ?";
            values.push(place.to_owned());
        }
    }
    if let Filter::Equal(names, value) = &search.filter {
        if let Some(name) = names.iter().find(|name| !attribute(name).is_some_and(|known| known.indexed)) {
            return Err(Error::Invalid { what: "search (attribute is not indexed)", value: (*name).to_owned() }.into());
        }
        sql += &format!(" AND id IN (SELECT entry FROM value WHERE attr IN ({}) AND value = ?)", marks(names.len()));
        values.extend(names.iter().map(|name| (*name).to_owned()));
        values.push(folded(value));
    }
    if let Filter::Present(names) = &search.filter {
        sql += &format!(" AND ({})", vec!["json_type(attrs, ?) IS NOT NULL"; names.len()].join(" OR "));
        values.extend(names.iter().map(|name| format!("$.\"{name}\"")));
    }
    Ok((sql + " ORDER BY domain, name", values))
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(",")
}

fn is_listed(entry: &Entry, filter: &Filter<'_>) -> bool {
    let Filter::Listed(names, text) = filter else { return true };
    let text = folded(text);
    let contains = |name: &&str| entry.values(name).iter().any(|value| folded(value).contains(&text));
    !entry.is_true("zimbraHideInGal") && names.iter().any(contains)
}

fn load(row: &Row<'_>) -> Result<Entry, Failure> {
    let class: String = row.get(0)?;
    let kind =
        Kind::of_class(&class).ok_or_else(|| Error::Unavailable(format!("{class}: written by a newer release")))?;
    let (id, parent): (String, String) = (row.get(1)?, row.get(3)?);
    let attrs = attrs::from_json(&row.get::<_, String>(5)?)?;
    let written = |name: &str| attrs.get(name).and_then(|values| values.first()).cloned();
    let name = match kind {
        Kind::Identity => written("zimbraPrefIdentityName"),
        Kind::Signature => written("zimbraSignatureName"),
        _ => None,
    };
    Ok(Entry {
        kind,
        place: id.clone(),
        id,
        name: name.map_or_else(|| row.get(2), Ok)?,
        parent: (!parent.is_empty()).then_some(parent),
        version: row.get::<_, i64>(4)?.to_string(),
        attrs,
    })
}

/// By which a name is taken. Those of identities and signatures are free text.
fn key(entry: &Entry) -> String {
    if matches!(entry.kind, Kind::Identity | Kind::Signature) { folded(&entry.name) } else { entry.name.clone() }
}

fn create(db: &Connection, entry: &Entry) -> Result<(), Failure> {
    require_above(db, entry)?;
    db.execute(
        "INSERT INTO entry (id, kind, space, parent, name, domain, version, attrs) VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
        (
            &entry.id,
            entry.kind.class(),
            space(entry.kind),
            entry.parent.as_deref().unwrap_or_default(),
            key(entry),
            entry.domain(),
            attrs::to_json(&entry.attrs)?,
        ),
    )
    .map_err(exists)?;
    Ok(index(db, &entry.id, &entry.attrs)?)
}

fn update(db: &Connection, old: &Entry, new: &Entry) -> Result<(), Failure> {
    if old.domain() != new.domain() {
        require_above(db, new)?;
    }
    let changed = db
        .execute(
            "UPDATE entry SET name = ?, domain = ?, attrs = ?, version = version + 1 WHERE id = ? AND version = ?",
            (key(new), new.domain(), attrs::to_json(&new.attrs)?, &old.id, old.version.parse::<i64>().unwrap_or(-1)),
        )
        .map_err(exists)?;
    if changed == 0 {
        return Err(Failure::Conflict);
    }
    db.execute("DELETE FROM value WHERE entry = ?", [&old.id])?;
    Ok(index(db, &old.id, &new.attrs)?)
}

fn delete(db: &Connection, entry: &Entry) -> Result<(), Failure> {
    let below = match entry.kind {
        Kind::Domain => ("SELECT 1 FROM entry WHERE domain = ?", &entry.name),
        _ => ("SELECT 1 FROM entry WHERE parent = ?", &entry.id),
    };
    if db.prepare_cached(below.0)?.exists([below.1])? {
        return Err(Failure::NotEmpty);
    }
    match db.execute("DELETE FROM entry WHERE id = ?", [&entry.id])? {
        0 => Err(Failure::Conflict),
        _ => Ok(()),
    }
}

/// The domain of an address, the owner of an identity.
fn require_above(db: &Connection, entry: &Entry) -> Result<(), Failure> {
    let (sql, key) = match &entry.parent {
        Some(parent) => ("SELECT 1 FROM entry WHERE id = ?", parent.as_str()),
        None if entry.kind.is_address() => {
            ("SELECT 1 FROM entry WHERE space = 'zimbraDomain' AND parent = '' AND name = ?", entry.domain())
        }
        None => return Ok(()),
    };
    if db.prepare_cached(sql)?.exists([key])? { Ok(()) } else { Err(Failure::NoParent) }
}

fn index(db: &Connection, id: &str, attrs: &Attrs) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO value (attr, value, entry) VALUES (?, ?, ?)")?;
    for (name, values) in attrs.iter().filter(|(name, _)| attribute(name).is_some_and(|known| known.indexed)) {
        for value in values {
            insert.execute((name, folded(value), id))?;
        }
    }
    Ok(())
}

fn space(kind: Kind) -> &'static str {
    if kind.is_address() { "address" } else { kind.class() }
}

fn exists(e: rusqlite::Error) -> Failure {
    if is_duplicate(&e) { Failure::Exists } else { e.into() }
}

impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Failure {
        Failure::Other(e.into())
    }
}
