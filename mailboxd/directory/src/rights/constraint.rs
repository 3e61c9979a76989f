// SPDX-License-Identifier: AGPL-3.0-or-later
//! Constraints: within what limits administrators with rights, but not those who may do everything, set an attribute. One value of
//! zimbraConstraint each, on a class of service (for it and its accounts) or on the global config (for the rest):
//! `ATTRIBUTE:min=N:max=N:v=VALUE:v=VALUE`.

use crate::entry::{Entry, Kind};
use crate::known::{attribute, duration_ms};
use crate::look::Need;
use crate::rights::{On, TargetType};
use crate::{Attrs, Directory, Error, Result};

const CONSTRAINT: &str = "zimbraConstraint";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraint {
    pub attribute: String,
    /// Of numbers and durations.
    pub min: Option<String>,
    pub max: Option<String>,
    /// Not empty: one of these.
    pub values: Vec<String>,
}

impl Constraint {
    fn parse(text: &str) -> Option<Constraint> {
        let mut parts = text.split(':');
        let mut constraint = Constraint { attribute: parts.next()?.to_owned(), ..Constraint::default() };
        for part in parts {
            match part.split_once('=')? {
                ("min", value) => constraint.min = Some(unescape(value)),
                ("max", value) => constraint.max = Some(unescape(value)),
                ("v", value) => constraint.values.push(unescape(value)),
                _ => return None,
            }
        }
        Some(constraint)
    }

    fn spell(&self) -> String {
        let mut out = self.attribute.clone();
        let parts = self.min.iter().map(|v| ("min", v)).chain(self.max.iter().map(|v| ("max", v)));
        for (name, value) in parts.chain(self.values.iter().map(|v| ("v", v))) {
            out += &format!(":{name}={}", value.replace('%', "%25").replace(':', "%3A"));
        }
        out
    }

    fn is_empty(&self) -> bool {
        self.min.is_none() && self.max.is_none() && self.values.is_empty()
    }

    /// Why a value is not within it.
    fn refuses(&self, value: &str) -> Option<String> {
        let size = |text: &str| text.parse::<i128>().ok().or_else(|| duration_ms(text).map(i128::from));
        if !self.values.is_empty() && !self.values.iter().any(|v| v == value) {
            return Some(format!("{value} is none of the values that are allowed"));
        }
        for (limit, is_min) in [(&self.min, true), (&self.max, false)] {
            let Some(limit) = limit else { continue };
            let (Some(has), Some(edge)) = (size(value), size(limit)) else {
                return Some(format!("{value} can't be compared with {limit}"));
            };
            if is_min && has < edge || !is_min && has > edge {
                return Some(format!("{value} is {} {limit}", if is_min { "less than" } else { "more than" }));
            }
        }
        None
    }
}

fn unescape(text: &str) -> String {
    text.replace("%3A", ":").replace("%25", "%")
}

impl Directory {
    /// On a class of service or the global config; of these attributes, or all.
    pub fn constraints(&self, on: &On, names: &[String]) -> Vec<Constraint> {
        let wanted = |c: &Constraint| names.is_empty() || names.iter().any(|n| n.eq_ignore_ascii_case(&c.attribute));
        of(&on.entry).filter(wanted).collect()
    }

    /// Replaces those of the same attributes; an empty one removes it.
    pub fn set_constraints(&self, on: &On, changes: &[Constraint]) -> Result<()> {
        for change in changes {
            let known = attribute(&change.attribute);
            let bad = known.is_none_or(|known| known.secret)
                || change.min.iter().chain(&change.max).any(|limit| limit.is_empty());
            if bad {
                return Err(Error::invalid("attribute name (of a constraint)", &change.attribute));
            }
        }
        let change = |entry: &mut Entry| {
            let is_changed =
                |have: &Constraint| changes.iter().any(|c| c.attribute.eq_ignore_ascii_case(&have.attribute));
            let kept = of(entry).filter(|have| !is_changed(have)).collect::<Vec<_>>();
            let all = kept.iter().chain(changes.iter().filter(|change| !change.is_empty()));
            let spelled: Vec<String> = all.map(Constraint::spell).collect();
            entry.set(CONSTRAINT, spelled);
            Ok(())
        };
        match on.target {
            TargetType::Cos => self.change(&[Kind::Cos], on.id(), Kind::Cos, change).map(drop),
            TargetType::Config => self.change_config_entry(change),
            _ => Err(Error::invalid("target (constraints are on classes of service and the global config)", on.name())),
        }
    }

    /// Whether an administrator with rights may give these values.
    pub fn check_constraints(&self, on: &On, changes: &Attrs) -> Result<()> {
        let holder = match on.target {
            TargetType::Account | TargetType::CalResource => {
                let domain = self.domain_entry(on.entry.domain(), Need::Cached)?;
                self.cos_of(&on.entry, domain.as_deref(), Need::Now)?
            }
            TargetType::Cos => Some(std::sync::Arc::new(on.entry.clone())),
            _ => self.config_entry(Need::Now)?,
        };
        within(holder.as_deref(), changes)
    }

    /// The same for what is to be made in a domain.
    pub fn check_constraints_of_new(&self, domain: &On, target: TargetType, changes: &Attrs) -> Result<()> {
        let holder = match target {
            TargetType::Account | TargetType::CalResource => {
                let named = changes.get("zimbraCOSId").and_then(|values| values.first()).map(String::as_str);
                let default = domain.entry.attr("zimbraDomainDefaultCOSId");
                let keys = [named, default, Some(crate::open::DEFAULT_COS)];
                let mut found = None;
                for key in keys.into_iter().flatten() {
                    if found.is_none() {
                        found = self.cos_entry(key, Need::Now)?;
                    }
                }
                found
            }
            _ => self.config_entry(Need::Now)?,
        };
        within(holder.as_deref(), changes)
    }
}

fn within(holder: Option<&Entry>, changes: &Attrs) -> Result<()> {
    let constraints: Vec<Constraint> = holder.into_iter().flat_map(of).collect();
    for (name, values) in changes {
        let name = name.trim_start_matches(['+', '-']);
        for constraint in constraints.iter().filter(|c| c.attribute.eq_ignore_ascii_case(name)) {
            if let Some(why) = values.iter().filter(|v| !v.is_empty()).find_map(|value| constraint.refuses(value)) {
                return Err(Error::Constraint(constraint.attribute.clone(), why));
            }
        }
    }
    Ok(())
}

fn of(entry: &Entry) -> impl Iterator<Item = Constraint> + '_ {
    entry.values(CONSTRAINT).iter().filter_map(|value| Constraint::parse(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn limits() {
        let quota = Constraint::parse("zimbraMailQuota:min=10:max=20").unwrap();
        assert_eq!(quota.spell(), "zimbraMailQuota:min=10:max=20");
        assert!(quota.refuses("10").is_none() && quota.refuses("20").is_none());
        for bad in ["9", "21", "", "many"] {
            assert!(quota.refuses(bad).is_some(), "{bad}");
        }
        let life = Constraint::parse("zimbraAuthTokenLifetime:max=2h").unwrap();
        assert!(life.refuses("90m").is_none() && life.refuses("1d").is_some());
        let words = Constraint { attribute: "x".into(), values: vec!["a:b%".into()], ..Constraint::default() };
        assert_eq!(Constraint::parse(&words.spell()).unwrap(), words);
        assert!(words.refuses("a").is_some() && words.refuses("a:b%").is_none());
    }
}
