// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a right is: a name for something that can be done (preset), for attributes that can be read or set, or for a bundle of
//! other rights (combo).

use super::TargetType;
use super::table::RIGHTS;
use crate::known::{self, Who, attribute};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Bundles in bundles.
const DEPTH_MAX: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// For people, who may grant it on what is theirs.
    User,
    /// For administrators.
    Admin,
}

#[derive(Debug, Clone)]
pub enum Attributes {
    All,
    /// A name, or the beginning of names with a `*` behind it.
    These(&'static [&'static str]),
    One(String),
}

#[derive(Debug, Clone)]
pub enum What {
    Preset,
    Get(Attributes),
    Set(Attributes),
    Combo(&'static [&'static str]),
}

#[derive(Debug, Clone)]
pub struct Right {
    pub name: Cow<'static, str>,
    pub class: Class,
    pub what: What,
    /// Bits of target types. Of a combo: zero.
    pub(crate) on: u16,
    /// A sentence.
    pub about: &'static str,
}

impl Attributes {
    pub fn contain(&self, name: &str) -> bool {
        let fits = |pattern: &&str| match pattern.strip_suffix('*') {
            Some(start) => name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
            None => pattern.eq_ignore_ascii_case(name),
        };
        match self {
            Attributes::All => true,
            Attributes::These(names) => names.iter().any(fits),
            Attributes::One(one) => one.eq_ignore_ascii_case(name),
        }
    }
}

impl Right {
    /// preset, getAttrs, setAttrs or combo.
    pub fn kind(&self) -> &'static str {
        match self.what {
            What::Preset => "preset",
            What::Get(_) => "getAttrs",
            What::Set(_) => "setAttrs",
            What::Combo(_) => "combo",
        }
    }

    /// The target types that it means something on.
    pub fn targets(&self) -> impl Iterator<Item = TargetType> + '_ {
        TargetType::ALL.into_iter().filter(|target| self.is_on(*target))
    }

    pub fn is_on(&self, target: TargetType) -> bool {
        self.on & target.bit() != 0
    }

    /// Whether it may be granted on an entry of this type: one that it is on, or one above such. A combo: if one of its rights may.
    pub fn is_grantable_on(&self, target: TargetType) -> bool {
        self.leaves().iter().any(|leaf| leaf.targets().any(|below| target.is_above(below)))
    }

    /// Itself, or the rights in the bundle, with those of bundles in it.
    pub fn leaves(&self) -> Vec<Cow<'_, Right>> {
        let mut out = Vec::new();
        match self.what {
            What::Combo(names) => expand(names, DEPTH_MAX, &mut out),
            _ => out.push(Cow::Borrowed(self)),
        }
        out
    }

    /// Known attributes that it is about on `target`; a name with a star stands for those that are known.
    pub fn known_attributes(&self, target: TargetType) -> Vec<&'static str> {
        let (What::Get(attributes) | What::Set(attributes)) = &self.what else { return Vec::new() };
        on_target(target, matches!(self.what, What::Set(_))).filter(|name| attributes.contain(name)).collect()
    }
}

/// Attributes that the table knows on entries of this type; `settable`: without what follows from other things.
pub(crate) fn on_target(target: TargetType, settable: bool) -> impl Iterator<Item = &'static str> {
    let kind = target.kind();
    let fits = move |a: &&known::Attribute| {
        kind.is_some_and(|kind| a.is_on(kind)) && !a.secret && !(settable && a.who == Who::System)
    };
    known::all().iter().filter(fits).map(|a| a.name)
}

fn expand(names: &'static [&'static str], depth: usize, out: &mut Vec<Cow<'_, Right>>) {
    for right in names.iter().filter_map(|name| builtin(name)) {
        match right.what {
            What::Combo(inner) if depth > 0 => expand(inner, depth - 1, out),
            What::Combo(_) => {}
            _ => out.push(Cow::Borrowed(right)),
        }
    }
}

pub fn all() -> &'static [Right] {
    RIGHTS
}

fn builtin(name: &str) -> Option<&'static Right> {
    static BY_NAME: LazyLock<HashMap<&str, &Right>> =
        LazyLock::new(|| RIGHTS.iter().map(|right| (right.name.as_ref(), right)).collect());
    BY_NAME.get(name).copied()
}

/// One of the table, or one for a single attribute: `get.TARGET-TYPE.ATTRIBUTE`, `set.TARGET-TYPE.ATTRIBUTE`.
pub fn find(name: &str) -> Option<Cow<'static, Right>> {
    if let Some(right) = builtin(name) {
        return Some(Cow::Borrowed(right));
    }
    let mut words = name.splitn(3, '.');
    let (verb, target, attr) = (words.next()?, TargetType::of_name(words.next()?)?, words.next()?);
    let known = attribute(attr).filter(|known| target.kind().is_some_and(|kind| known.is_on(kind)) && !known.secret)?;
    let one = Attributes::One(known.name.to_owned());
    let (what, about) = match verb {
        "get" => (What::Get(one), "read this attribute"),
        "set" if known.who != Who::System => (What::Set(one), "set this attribute"),
        _ => return None,
    };
    Some(Cow::Owned(Right { name: Cow::Owned(name.to_owned()), class: Class::Admin, what, on: target.bit(), about }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_whole() {
        let mut seen = HashSet::new();
        for right in all() {
            assert!(seen.insert(right.name.as_ref()), "{} twice", right.name);
            match right.what {
                What::Combo(names) => {
                    for name in names {
                        assert!(builtin(name).is_some(), "{}: no right {name}", right.name);
                    }
                    assert!(!right.leaves().is_empty(), "{} is empty", right.name);
                }
                _ => assert!(right.on != 0, "{} is on nothing", right.name),
            }
        }
    }

    #[test]
    fn rights_for_one_attribute() {
        let right = find("set.account.description").unwrap();
        assert!(matches!(&right.what, What::Set(attributes) if attributes.contain("Description")));
        assert!(right.is_grantable_on(TargetType::Domain) && !right.is_grantable_on(TargetType::Cos));
        for bad in
            ["set.account.userPassword", "set.account.zimbraId", "get.none.sn", "get.account", "x.account.sn", ""]
        {
            assert!(find(bad).is_none(), "{bad}");
        }
    }
}
