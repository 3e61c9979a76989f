// SPDX-License-Identifier: AGPL-3.0-or-later
//! Attributes: names, values, and how a change is merged into what is there.

use crate::backend::folded;
use crate::known::{OVERFLOW, Who, attribute};
use crate::{Attrs, Error, Result};

const NAME_MAX: usize = 64;
const VALUE_MAX: usize = 64 * 1024;
const VALUES_MAX: usize = 1_000;
const ATTRIBUTES_MAX: usize = 1_000;

/// A name replaces all values (no value, or one empty value: removes them); `+name` adds, `-name` takes away, as in zmprov.
/// What the table of known attributes says of type, number of values and who may set it holds.
pub fn merge(attrs: &mut Attrs, changes: Attrs) -> Result<()> {
    for (key, values) in changes {
        let (sign, name) = match key.split_at_checked(1) {
            Some((sign @ ("+" | "-"), name)) => (sign, name),
            _ => ("", key.as_str()),
        };
        check(name, &values)?;
        if is_given(name) {
            continue;
        }
        let name = spelling(attrs, name);
        let values = values.into_iter().filter(|v| !v.is_empty());
        let slot = attrs.entry(name.clone()).or_default();
        match sign {
            "+" => values.for_each(|value| add(slot, value)),
            "-" => values.for_each(|value| slot.retain(|have| !is_same(have, &value))),
            _ => {
                slot.clear();
                values.for_each(|value| add(slot, value));
            }
        }
        if slot.len() > VALUES_MAX {
            return Err(Error::Invalid { what: "attribute (too many values)", value: name });
        }
        if slot.len() > 1 && attribute(&name).is_some_and(|known| !known.multi) {
            return Err(Error::Invalid { what: "attribute (it has one value)", value: name });
        }
        if slot.is_empty() {
            attrs.remove(&name);
        }
    }
    if attrs.len() > ATTRIBUTES_MAX {
        return Err(Error::Invalid { what: "number of attributes", value: attrs.len().to_string() });
    }
    Ok(())
}

/// LDAP attribute names ignore case (RFC 4512 §2.5): the spelling of the table, else the one that is there.
fn spelling(attrs: &Attrs, name: &str) -> String {
    match attribute(name) {
        Some(known) => known.name.to_owned(),
        None => attrs.keys().find(|k| k.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned()),
    }
}

/// A value is kept once, whatever its case and spaces: LDAP's idea of equality, which the local backend shares.
fn is_same(a: &str, b: &str) -> bool {
    a == b || folded(a) == folded(b)
}

fn add(slot: &mut Vec<String>, value: String) {
    if !slot.iter().any(|have| is_same(have, &value)) {
        slot.push(value);
    }
}

fn check(name: &str, values: &[String]) -> Result<()> {
    let fine = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= NAME_MAX
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !fine {
        return Err(Error::Invalid { what: "attribute name", value: name.chars().take(NAME_MAX).collect() });
    }
    let known = attribute(name);
    if is_given(name) {
        return match values.iter().find(|value| !value.is_empty() && !is_class(name, value)) {
            Some(_) => Err(Error::Invalid { what: "change", value: format!("{name} is immutable") }),
            None => Ok(()),
        };
    }
    for value in values {
        let fine = value.len() <= VALUE_MAX
            && !value.contains('\0')
            && (value.is_empty() || known.is_none_or(|known| known.fits(value)));
        if !fine {
            return Err(Error::Invalid { what: "value of attribute", value: name.to_owned() });
        }
    }
    Ok(())
}

/// What follows from other things: nobody sets it. No value, which is no change, is let through.
fn is_given(name: &str) -> bool {
    ["objectClass", OVERFLOW].iter().any(|other| other.eq_ignore_ascii_case(name))
        || attribute(name).is_some_and(|known| known.who == Who::System)
}

/// Programs name the classes of an account, which it has anyway.
fn is_class(name: &str, value: &str) -> bool {
    const CLASSES: [&str; 4] = ["organizationalPerson", "inetOrgPerson", "zimbraAccount", "amavisAccount"];
    name.eq_ignore_ascii_case("objectClass") && CLASSES.contains(&value)
}

pub fn to_json(attrs: &Attrs) -> Result<String> {
    serde_json::to_string(attrs).map_err(|e| Error::Unavailable(e.to_string()))
}

pub fn from_json(text: &str) -> Result<Attrs> {
    serde_json::from_str(text).map_err(|e| Error::Unavailable(format!("attributes: {e}")))
}

/// GeneralizedTime (RFC 4517 §3.3.13) of seconds since 1970, e.g. "20261123204600Z".
pub fn timestamp(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Civil date from days, counting years from 1 March so that the leap day comes last.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attrs(list: &[(&str, &[&str])]) -> Attrs {
        list.iter().map(|(k, v)| ((*k).to_owned(), v.iter().map(|v| (*v).to_owned()).collect())).collect()
    }

    #[test]
    fn changes_merge_as_in_zmprov() {
        let mut have = attrs(&[("description", &["old"]), ("zimbraNotes", &["a", "b"])]);
        merge(&mut have, attrs(&[("Description", &["new"]), ("+zimbraNotes", &["c", "a"]), ("sn", &["S"])])).unwrap();
        assert_eq!(have, attrs(&[("description", &["new"]), ("zimbraNotes", &["a", "b", "c"]), ("sn", &["S"])]));
        merge(&mut have, attrs(&[("-zimbraNotes", &["b"]), ("sn", &[""]), ("description", &[])])).unwrap();
        assert_eq!(have, attrs(&[("zimbraNotes", &["a", "c"])]));
    }

    #[test]
    fn bad_attributes_are_refused() {
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("1a", "x"),
            ("+", "x"),
            ("é", "x"),
            ("zimbraId", "x"),
            ("USERPASSWORD", "x"),
            ("zimbraAccountStatus", "open"),
            ("zimbraIsAdminAccount", "yes"),
            ("zimbraMailQuota", "-1"),
            ("sn", "a\0b"),
        ] {
            assert!(merge(&mut Attrs::new(), attrs(&[(name, &[value])])).is_err(), "{name}={value}");
        }
        let long = "x".repeat(VALUE_MAX + 1);
        assert!(merge(&mut Attrs::new(), attrs(&[("sn", &[&long])])).is_err());
    }

    #[test]
    fn timestamps() {
        assert_eq!(timestamp(0), "19700101000000Z");
        assert_eq!(timestamp(951_782_399), "20000228235959Z");
        assert_eq!(timestamp(951_782_400), "20000229000000Z");
        assert_eq!(timestamp(1_795_466_760), "20261123204600Z");
    }
}
