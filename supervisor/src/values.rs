// SPDX-License-Identifier: AGPL-3.0-or-later
//! Attributes of the directory as templates need them. What is not set has the default that is given here.

use crate::engine::Snapshot;
use serde_json::Value;

pub struct Values<'a> {
    config: &'a Value,
    domains: &'a [Value],
}

impl<'a> Values<'a> {
    pub fn new(snapshot: &'a Snapshot) -> Values<'a> {
        let domains = snapshot["domains"].as_array().map(Vec::as_slice).unwrap_or_default();
        Values { config: &snapshot["config"], domains }
    }

    /// The values of an attribute of this server, else of the global config.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        strings(&self.config[name])
    }

    pub fn one(&self, name: &str) -> Option<&'a str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.one(name)?.parse().ok()
    }

    pub fn is_on(&self, name: &str, default: bool) -> bool {
        self.one(name).map_or(default, |value| value == "TRUE")
    }

    /// Of zimbraMtaRestriction (`reject_rbl_client list.example`), those of one kind.
    pub fn restrictions(&self, kind: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.all("zimbraMtaRestriction").filter_map(move |line| line.strip_prefix(kind)).map(str::trim)
    }

    /// Domains with a login of their own at their smarthost: the name, and `user:password`.
    pub fn domain_logins(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.domains.iter().filter_map(|domain| {
            Some((domain["name"].as_str()?, strings(&domain["secrets"]["posthouseRelayLogin"]).next()?))
        })
    }

    pub fn has_domain_logins(&self) -> bool {
        self.domain_logins().next().is_some()
    }
}

fn strings(values: &Value) -> impl Iterator<Item = &str> {
    values.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_and_their_defaults() {
        let snapshot = Snapshot::new(json!({
            "config": {"a": ["1", "2"], "off": ["FALSE"], "zimbraMtaRestriction": ["reject_rbl_client x.test", "other"]},
            "domains": [{"name": "d.test", "secrets": {"posthouseRelayLogin": ["u:p"]}}, {"name": "e.test"}],
        }));
        let values = Values::new(&snapshot);
        assert_eq!((values.all("a").count(), values.number("a"), values.one("b")), (2, Some(1), None));
        assert!(!values.is_on("off", true) && values.is_on("unset", true));
        assert_eq!(values.restrictions("reject_rbl_client").collect::<Vec<_>>(), ["x.test"]);
        assert_eq!(values.domain_logins().collect::<Vec<_>>(), [("d.test", "u:p")]);
        assert!(!Values::new(&Snapshot::default()).has_domain_logins());
    }
}
