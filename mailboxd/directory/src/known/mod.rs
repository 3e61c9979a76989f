// SPDX-License-Identifier: AGPL-3.0-or-later
//! The attributes that this system knows: type, where they may stand, where they are inherited from, who may change them.
//! supervisor/templates/openldap/posthouse.schema is made from this table (and a test compares). An attribute that is not
//! in it is kept as text, for whoever set it; over LDAP in one attribute of ours, since a schema refuses what it doesn't know.

mod defaults;
mod schema;
mod table;
mod wishes;

use crate::entry::Kind;
pub use defaults::{CONFIG_DEFAULTS, DEFAULTS};
pub use schema::{OVERFLOW, schema};
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    Text,
    /// TRUE or FALSE.
    Bool,
    /// Zero or more.
    Number,
    /// Of 32 bits, with a sign.
    Integer,
    /// A number and one of ms, s, m, h, d; without a letter: seconds.
    Duration,
    /// GeneralizedTime.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Follows from other things.
    System,
    Admin,
    /// The account's owner, too.
    Owner,
}

#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Last arc of its OID: never given to another one. 0: a standard schema of OpenLDAP defines it.
    pub number: u16,
    pub name: &'static str,
    pub syntax: Syntax,
    pub multi: bool,
    on: u16,
    from: u16,
    /// The domain's comes before that of the class of service.
    pub domain_first: bool,
    pub who: Who,
    /// Can be searched by value, and by part of a value.
    pub indexed: bool,
    /// Shown to nobody.
    pub secret: bool,
    /// The standard defines it as ASCII (IA5String); other values are kept beside it.
    pub ascii: bool,
}

impl Attribute {
    pub fn is_on(&self, kind: Kind) -> bool {
        self.on & kind.bit() != 0
    }

    /// Whether an entry without this attribute takes it from one of `kind`.
    pub fn is_inherited_from(&self, kind: Kind) -> bool {
        self.from & kind.bit() != 0
    }

    pub fn fits(&self, value: &str) -> bool {
        match self.syntax {
            Syntax::Text => true,
            Syntax::Bool => matches!(value, "TRUE" | "FALSE"),
            Syntax::Integer => value.parse::<i32>().is_ok(),
            Syntax::Number => value.parse::<i64>().is_ok_and(|number| number >= 0 && !value.starts_with('+')),
            Syntax::Duration => duration_ms(value).is_some(),
            Syntax::Time => {
                value.len() == 15 && value.ends_with('Z') && value[..14].bytes().all(|b| b.is_ascii_digit())
            }
            Syntax::Word(words) => words.contains(&value),
        }
    }
}

/// By name, in any case.
pub fn attribute(name: &str) -> Option<&'static Attribute> {
    static BY_NAME: LazyLock<HashMap<String, &Attribute>> =
        LazyLock::new(|| all().iter().map(|a| (a.name.to_ascii_lowercase(), a)).collect());
    BY_NAME.get(&name.to_ascii_lowercase()).copied()
}

pub fn all() -> &'static [Attribute] {
    static ALL: LazyLock<Vec<Attribute>> = LazyLock::new(|| [table::ATTRIBUTES, wishes::ATTRIBUTES].concat());
    &ALL
}

/// "5m", "2d", "3600", in milliseconds.
pub fn duration_ms(text: &str) -> Option<u64> {
    let (digits, factor) = match text.strip_suffix("ms") {
        Some(digits) => (digits, 1),
        None => match text.char_indices().last()? {
            (at, 's') => (&text[..at], 1_000),
            (at, 'm') => (&text[..at], 60_000),
            (at, 'h') => (&text[..at], 3_600_000),
            (at, 'd') => (&text[..at], 86_400_000),
            _ => (text, 1_000),
        },
    };
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_numbers_are_given_once() {
        let mut seen = HashSet::new();
        for a in all() {
            assert!(seen.insert(a.name.to_ascii_lowercase()), "{}", a.name);
            assert!(a.number == 0 || seen.insert(a.number.to_string()), "{}", a.name);
            assert!(a.on != 0, "{} stands nowhere", a.name);
        }
    }

    #[test]
    fn defaults_fit() {
        assert!(DEFAULTS.is_sorted());
        for (name, value) in DEFAULTS {
            let known = attribute(name).unwrap();
            assert!(known.fits(value) && known.is_on(Kind::Account) && known.is_on(Kind::Cos), "{name}");
        }
        for (name, value) in CONFIG_DEFAULTS {
            assert!(attribute(name).unwrap().fits(value) && attribute(name).unwrap().is_on(Kind::Config), "{name}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration_ms("5m"), Some(300_000));
        assert_eq!(duration_ms("250ms"), Some(250));
        assert_eq!(duration_ms("2d"), Some(172_800_000));
        assert_eq!(duration_ms("7"), Some(7_000));
        for bad in ["", "m", "-1s", "1w", "1.5h", "99999999999999999999s", "é"] {
            assert_eq!(duration_ms(bad), None, "{bad}");
        }
    }

    /// UPDATE=1 writes it anew.
    #[test]
    fn the_schema_file_is_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../supervisor/templates/openldap/posthouse.schema");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, schema()).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap() == schema(), "{path}: run this test with UPDATE=1");
    }
}
