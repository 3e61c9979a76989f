// SPDX-License-Identifier: AGPL-3.0-or-later
//! Searches with names (FILTERS, RFC 5466): kept as annotations of the account, `/private/filters/values/NAME` before
//! `/shared/filters/values/NAME`, and put in the place of their names before anything is looked for.

use crate::session::User;
use crate::session::failure::Failure;
use crate::wire::cursor::Cursor;
use crate::wire::search::{DEPTH_MAX, KEYS_MAX, Key, program};
use mailbox::Annotated;
use std::collections::HashMap;

/// Filters may name filters, but not for ever.
const NESTED_MAX: usize = 8;

pub async fn expand(user: &User, key: Key) -> Result<Key, Failure> {
    if !names_filter(&key) {
        return Ok(key);
    }
    let all = user.handle.run(|m| m.annotations(Annotated::Account)).await?;
    let filters = Filters { values: all.into_iter().collect() };
    let mut keys = KEYS_MAX;
    filters.expand(key, 0, 0, &mut keys)
}

fn names_filter(key: &Key) -> bool {
    match key {
        Key::Filter(_) => true,
        Key::And(keys) => keys.iter().any(names_filter),
        Key::Or(one, other) => names_filter(one) || names_filter(other),
        Key::Not(key) => names_filter(key),
        _ => false,
    }
}

struct Filters {
    values: HashMap<String, Vec<u8>>,
}

impl Filters {
    fn expand(&self, key: Key, nested: usize, depth: usize, keys: &mut usize) -> Result<Key, Failure> {
        *keys = keys.checked_sub(1).ok_or_else(|| Failure::no("LIMIT", "the filters have too many search keys"))?;
        if depth > DEPTH_MAX {
            return Err(Failure::no("LIMIT", "the filters are nested too deep"));
        }
        let mut inner = |key| self.expand(key, nested, depth + 1, keys);
        Ok(match key {
            Key::And(all) => Key::And(all.into_iter().map(inner).collect::<Result<_, _>>()?),
            Key::Or(one, other) => Key::Or(Box::new(inner(*one)?), Box::new(inner(*other)?)),
            Key::Not(key) => Key::Not(Box::new(inner(*key)?)),
            Key::Filter(name) => {
                let value = self.value(&name, nested)?;
                self.expand(value, nested + 1, depth + 1, keys)?
            }
            other => other,
        })
    }

    fn value(&self, name: &str, nested: usize) -> Result<Key, Failure> {
        // RFC 5466 §3.1: also where what is kept under the name is no search.
        let undefined = || Failure::no(&format!("UNDEFINED-FILTER {name}"), "there is no such filter");
        if nested >= NESTED_MAX {
            return Err(undefined());
        }
        let lower = name.to_ascii_lowercase();
        let value = ["private", "shared"]
            .iter()
            .find_map(|tree| self.values.get(&format!("/{tree}/filters/values/{lower}")))
            .ok_or_else(undefined)?;
        let mut cursor = Cursor::new(value);
        let parsed = program(&mut cursor);
        if cursor.is_end() { parsed.map_err(|_| undefined()) } else { Err(undefined()) }
    }
}
