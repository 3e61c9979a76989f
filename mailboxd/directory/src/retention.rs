// SPDX-License-Identifier: AGPL-3.0-or-later
//! Retention policies that an administrator offers, everywhere or by class of service: for how long mail is kept at least, and after
//! how long it goes. One attribute (zimbraMailPurgeSystemPolicy) has them all, as JSON. Folders refer to them by id.

use crate::entry::{Entry, Kind};
use crate::known::duration_ms;
use crate::rights::{On, TargetType};
use crate::{Directory, Error, Result};
use serde::{Deserialize, Serialize};

const POLICIES: &str = "zimbraMailPurgeSystemPolicy";
const POLICIES_MAX: usize = 100;
const NAME_MAX: usize = 128;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub id: String,
    pub name: String,
    /// A number and one of s, m, h, d.
    pub lifetime: String,
    /// At least for so long; else: at most.
    pub is_keep: bool,
}

impl Directory {
    /// Of a class of service or the global config.
    pub fn retention_policies(&self, on: &On) -> Vec<Policy> {
        read(&on.entry)
    }

    pub fn create_retention_policy(&self, on: &On, name: &str, lifetime: &str, is_keep: bool) -> Result<Policy> {
        let id = uuid::Uuid::new_v4().to_string();
        let policy = Policy { id, name: valid_name(name)?, lifetime: valid_lifetime(lifetime)?, is_keep };
        self.change_policies(on, |policies| {
            if policies.iter().any(|have| have.name == policy.name) {
                return Err(Error::invalid("name (a policy has it)", name));
            }
            if policies.len() >= POLICIES_MAX {
                return Err(Error::invalid("number of policies", &POLICIES_MAX.to_string()));
            }
            policies.push(policy.clone());
            Ok(())
        })?;
        Ok(policy)
    }

    pub fn modify_retention_policy(
        &self,
        on: &On,
        id: &str,
        name: Option<&str>,
        lifetime: Option<&str>,
    ) -> Result<Policy> {
        let name = name.map(valid_name).transpose()?;
        let lifetime = lifetime.map(valid_lifetime).transpose()?;
        self.change_policies(on, |policies| {
            let policy = policies.iter_mut().find(|have| have.id == id);
            let policy = policy.ok_or_else(|| Error::invalid("id (no policy has it)", id))?;
            policy.name = name.clone().unwrap_or_else(|| policy.name.clone());
            policy.lifetime = lifetime.clone().unwrap_or_else(|| policy.lifetime.clone());
            Ok(())
        })?;
        let on = self.on(on.target, on.id())?;
        read(&on.entry)
            .into_iter()
            .find(|have| have.id == id)
            .ok_or_else(|| Error::invalid("id (no policy has it)", id))
    }

    pub fn delete_retention_policy(&self, on: &On, id: &str) -> Result<()> {
        self.change_policies(on, |policies| {
            let before = policies.len();
            policies.retain(|have| have.id != id);
            if policies.len() < before { Ok(()) } else { Err(Error::invalid("id (no policy has it)", id)) }
        })
    }

    fn change_policies(&self, on: &On, work: impl Fn(&mut Vec<Policy>) -> Result<()>) -> Result<()> {
        let change = |entry: &mut Entry| {
            let mut policies = read(entry);
            work(&mut policies)?;
            let text = serde_json::to_string(&policies).map_err(|e| Error::Unavailable(e.to_string()))?;
            entry.set(POLICIES, (!policies.is_empty()).then_some(text));
            Ok(())
        };
        match on.target {
            TargetType::Cos => self.change(&[Kind::Cos], on.id(), Kind::Cos, change).map(drop),
            TargetType::Config => self.change_config_entry(change),
            _ => Err(Error::invalid("target (policies are of classes of service and the global config)", on.name())),
        }
    }
}

fn read(entry: &Entry) -> Vec<Policy> {
    entry.attr(POLICIES).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn valid_name(name: &str) -> Result<String> {
    let fine = (1..=NAME_MAX).contains(&name.len()) && !name.chars().any(char::is_control);
    if fine { Ok(name.to_owned()) } else { Err(Error::invalid("name of a policy", name)) }
}

fn valid_lifetime(text: &str) -> Result<String> {
    match duration_ms(text) {
        Some(ms) if ms > 0 => Ok(text.to_owned()),
        _ => Err(Error::invalid("lifetime", text)),
    }
}
