// SPDX-License-Identifier: AGPL-3.0-or-later
//! All that an administrator may do somewhere, for pages that show only what works.

use super::check::{Ranked, answering};
use super::right::{Class, What, all, on_target};
use super::{Need, On, Powers, TargetType};
use crate::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    All,
    /// Names of known attributes; none: nothing.
    These(Vec<&'static str>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Preset rights.
    pub rights: Vec<&'static str>,
    pub get: Allowed,
    pub set: Allowed,
}

impl Effective {
    pub fn is_empty(&self) -> bool {
        let nothing = Allowed::These(Vec::new());
        self.rights.is_empty() && self.get == nothing && self.set == nothing
    }
}

/// Where what is effective.
#[derive(Debug, Clone)]
pub struct Everywhere {
    pub target: TargetType,
    /// On each entry of this type.
    pub all: Option<Effective>,
    /// On each one in this domain.
    pub in_domains: Vec<(String, Effective)>,
    /// On this entry: id and name.
    pub entries: Vec<(String, String, Effective)>,
}

impl Powers {
    pub fn effective(&self, on: &On) -> Result<Effective> {
        let ranked = self.ranked(on)?;
        Ok(self.collect(&ranked, on.target))
    }

    /// For each type of target what is effective on all of them, in whole domains, on single entries.
    pub fn effective_everywhere(&self) -> Result<Vec<Everywhere>> {
        let everything = self.directory().on_everything()?;
        let places = if self.is_global() { Vec::new() } else { self.directory().targets_with_grants()? };
        let ranked = places.into_iter().map(|on| Ok((self.ranked(&on)?, on))).collect::<Result<Vec<_>>>()?;
        // A place where nothing is granted to this account itself adds nothing.
        let own = |ranked: &[Ranked], on: &On| {
            ranked.iter().any(|r| r.via.on.id() == on.id() && r.via.on.target == on.target)
        };
        let places: Vec<_> = ranked.iter().filter(|(ranked, on)| own(ranked, on)).collect();
        let global = self.ranked(&everything)?;
        let mut out = Vec::new();
        for target in TargetType::ALL {
            let all = Some(self.collect(&global, target)).filter(|effective| !effective.is_empty());
            let mut found = Everywhere { target, all, in_domains: Vec::new(), entries: Vec::new() };
            for (ranked, on) in &places {
                let effective = self.collect(ranked, target);
                if effective.is_empty() || !on.target.is_above(target) {
                    continue;
                }
                if on.target == target {
                    found.entries.push((on.id().to_owned(), on.name().to_owned(), effective));
                } else if on.target == TargetType::Domain {
                    found.in_domains.push((on.name().to_owned(), effective));
                }
            }
            out.push(found);
        }
        Ok(out)
    }

    fn collect(&self, ranked: &[Ranked], target: TargetType) -> Effective {
        let may = |need: &Need<'_>| {
            self.is_global() || answering(ranked, target, need).is_some_and(|r| !r.via.grant.modifiers.deny)
        };
        let presets = all()
            .iter()
            .filter(|right| matches!(right.what, What::Preset) && right.class == Class::Admin && right.is_on(target));
        let name = |right: &'static super::Right| -> &'static str { &right.name };
        Effective {
            rights: presets.filter(|right| may(&Need::Do(&right.name))).map(name).collect(),
            get: allowed(on_target(target, false), |name| may(&Need::Get(name)), may(&Need::Get(UNKNOWN))),
            set: allowed(on_target(target, true), |name| may(&Need::Set(name)), may(&Need::Set(UNKNOWN))),
        }
    }
}

/// Stands for those that the table does not know: who may read or set it may do so with all.
const UNKNOWN: &str = "-";

fn allowed(names: impl Iterator<Item = &'static str>, may: impl Fn(&str) -> bool, may_unknown: bool) -> Allowed {
    let (yes, no): (Vec<_>, Vec<_>) = names.partition(|name| may(name));
    if no.is_empty() && may_unknown { Allowed::All } else { Allowed::These(yes) }
}
