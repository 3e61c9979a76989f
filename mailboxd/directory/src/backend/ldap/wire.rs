// SPDX-License-Identifier: AGPL-3.0-or-later
//! Entries as LDAP shows them, and back. What the schema does not know, does not allow on an entry of this class, or could not
//! hold in its syntax goes into one attribute of ours as "name=value", so that both backends keep the same.

use super::tree::{Tree, split};
use crate::entry::{Entry, Kind};
use crate::known::{OVERFLOW, attribute};
use crate::{Attrs, Error};
use ldap3::SearchEntry;
use std::collections::{BTreeMap, HashSet};

/// Values have no order in LDAP.
pub type Wire = BTreeMap<String, HashSet<String>>;

/// User attributes, and the operational one that changes with every write.
pub const WANTED: [&str; 2] = ["*", VERSION];
/// <https://datatracker.ietf.org/doc/html/draft-chu-ldap-csn>
pub const VERSION: &str = "entryCSN";
/// Attributes of the tree, not of the entry.
const STRUCTURAL: &[&str] = &["objectClass", "dc", "ou"];

pub fn write(entry: &Entry) -> Wire {
    let mut wire = Wire::new();
    for (name, values) in &entry.attrs {
        let fits = attribute(name).is_some_and(|known| {
            known.is_on(entry.kind) && (!known.ascii || values.iter().all(|value| value.is_ascii()))
        });
        if fits {
            wire.entry(name.clone()).or_default().extend(values.iter().cloned());
        } else {
            wire.entry(OVERFLOW.to_owned()).or_default().extend(values.iter().map(|value| format!("{name}={value}")));
        }
    }
    wire
}

pub fn classes(kind: Kind) -> HashSet<String> {
    let names: &[&str] = match kind {
        Kind::Resource => &["zimbraAccount", "zimbraCalendarResource"],
        Kind::Domain => &["domain", "zimbraDomain"],
        _ => &[kind.class()],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub fn read(found: SearchEntry, tree: &Tree) -> Result<Entry, Error> {
    let damaged = |what: &str| Error::Unavailable(format!("{}: {what}", found.dn));
    if let Some(name) = found.bin_attrs.keys().next() {
        return Err(damaged(&format!("{name} is not UTF-8")));
    }
    let mut attrs = Attrs::new();
    let (mut kind, mut version) = (None, String::new());
    for (name, values) in &found.attrs {
        match name.as_str() {
            "objectClass" => kind = values.iter().filter_map(|class| Kind::of_class(class)).max(),
            VERSION => version = values.first().cloned().unwrap_or_default(),
            OVERFLOW => {
                for (name, value) in values.iter().filter_map(|text| text.split_once('=')) {
                    attrs.entry(name.to_owned()).or_default().push(value.to_owned());
                }
            }
            other
                if STRUCTURAL.contains(&other) && attribute(other).is_none_or(|known| !known.is_on(Kind::Account)) => {}
            other => {
                let name = attribute(other).map_or(other, |known| known.name);
                attrs.entry(name.to_owned()).or_default().extend(values.iter().cloned());
            }
        }
    }
    attrs.values_mut().for_each(|values| values.sort());
    let kind = kind.ok_or_else(|| damaged("unknown object class"))?;
    let first = |name: &str| attrs.get(name).and_then(|values: &Vec<String>| values.first()).cloned();
    let id = first("zimbraId").ok_or_else(|| damaged("no zimbraId"))?;
    let name = match kind {
        // While an entry is renamed its DN is a step ahead.
        Kind::Account | Kind::Resource => first("zimbraMailDeliveryAddress"),
        Kind::Alias | Kind::List => {
            first("uid").zip(tree.domain_of(&found.dn)).map(|(uid, domain)| format!("{uid}@{domain}"))
        }
        Kind::Domain => first("zimbraDomainName"),
        Kind::Cos | Kind::Server | Kind::Config => first("cn"),
        Kind::Identity => first("zimbraPrefIdentityName"),
        Kind::Signature => first("zimbraSignatureName"),
    };
    let name = name.ok_or_else(|| damaged("no name"))?;
    let parent = matches!(kind, Kind::Identity | Kind::Signature).then(|| split(&found.dn).1.to_owned());
    Ok(Entry { kind, id, name, parent, attrs, place: found.dn, version })
}

/// Of a filter: RFC 4515 §3.
pub fn escape(value: &str) -> String {
    ldap3::ldap_escape(value).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn what_the_schema_does_not_take_is_kept_beside_it() {
        let mut entry = Entry::new(Kind::Account, "jürgen@example.test", Attrs::new());
        entry.set("zimbraMailDeliveryAddress", ["jürgen@example.test".to_owned()]);
        entry.set("mail", ["jürgen@example.test".to_owned()]);
        entry.set("zimbraPrefX", ["1=2".to_owned(), "3".to_owned()]);
        entry.set("zimbraDomainStatus", ["active".to_owned()]);
        let mut wire = write(&entry);
        let mut over: Vec<&String> = wire[OVERFLOW].iter().collect();
        over.sort();
        assert_eq!(over, ["mail=jürgen@example.test", "zimbraDomainStatus=active", "zimbraPrefX=1=2", "zimbraPrefX=3"]);
        wire.insert("objectClass".into(), classes(Kind::Account));
        let attrs: HashMap<String, Vec<String>> = wire.into_iter().map(|(n, v)| (n, v.into_iter().collect())).collect();
        let tree = Tree { base: String::new() };
        let found = SearchEntry { dn: tree.place(&entry), attrs, bin_attrs: HashMap::new() };
        let back = read(found, &tree).unwrap();
        assert_eq!((back.kind, &back.name, &back.attrs), (Kind::Account, &entry.name, &entry.attrs));
    }

    proptest! {
        #[test]
        fn escaped_text_stays_one_value_of_a_filter(text in "\\PC{0,40}") {
            let filter = format!("(cn={})", escape(&text));
            prop_assert!(text.is_empty() || ldap3::parse_filter(&filter).is_ok(), "{}", filter);
            prop_assert!(!escape(&text).contains(['(', ')', '*', '\0']));
        }
    }
}
