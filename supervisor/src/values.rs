// SPDX-License-Identifier: AGPL-3.0-or-later
//! Attributes of the directory as templates need them. What is not set has the default that is given here.

use crate::engine::Snapshot;
use serde_json::Value;

#[derive(Debug, PartialEq, Eq)]
pub struct SenderList<'a> {
    /// As amavisd looks them up: `ann@a.test`, or `a.test` for everybody there.
    pub addresses: Vec<&'a str>,
    pub allow: Vec<&'a str>,
    pub block: Vec<&'a str>,
}

/// Extensions that are kept out of mail to these addresses, instead of what holds for the others.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    pub addresses: Vec<&'a str>,
    pub extensions: Vec<&'a str>,
}

pub struct Values<'a> {
    config: &'a Value,
    domains: &'a [Value],
    sender_lists: &'a Value,
    policies: &'a Value,
    administrators: &'a Value,
}

impl<'a> Values<'a> {
    pub fn new(snapshot: &'a Snapshot) -> Values<'a> {
        let domains = snapshot["domains"].as_array().map(Vec::as_slice).unwrap_or_default();
        Values {
            config: &snapshot["config"],
            domains,
            sender_lists: &snapshot["sender_lists"],
            policies: &snapshot["policies"],
            administrators: &snapshot["administrators"],
        }
    }

    /// The values of an attribute of this server, else of the global config.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        // A control character in an attribute would become a line of its own in a rendered file.
        strings(&self.config[name]).filter(|value| !value.chars().any(char::is_control))
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

    pub fn domain_names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.domains.iter().filter_map(|domain| domain["name"].as_str())
    }

    /// The first that can have accounts: an alias domain has none.
    pub fn home_domain(&self) -> Option<&'a str> {
        let is_alias = |domain: &Value| strings(&domain["attrs"]["zimbraDomainType"]).any(|kind| kind == "alias");
        self.domains.iter().find(|domain| !is_alias(domain)).and_then(|domain| domain["name"].as_str())
    }

    /// Domain, selector and private key.
    pub fn dkim_keys(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> + use<'a> {
        self.domains.iter().filter_map(|domain| {
            // It names a file as well.
            let selector = strings(&domain["attrs"]["DKIMSelector"]).next().filter(|selector| is_plain(selector))?;
            let name = domain["name"].as_str().filter(|name| is_plain(name))?;
            Some((name, selector, strings(&domain["secrets"]["DKIMKey"]).next()?))
        })
    }

    /// Whom accounts let in and keep out. People write these themselves and they end up in a program's text: what is not
    /// plainly an address or a domain is left out.
    pub fn sender_lists(&self) -> Vec<SenderList<'a>> {
        let senders = |list: &'a Value| strings(list).filter(|sender| is_plain(sender)).collect::<Vec<_>>();
        items(self.sender_lists)
            .map(|list| SenderList {
                addresses: lookups(&list["addresses"]),
                allow: senders(&list["allow"]),
                block: senders(&list["block"]),
            })
            .filter(|list| !list.addresses.is_empty() && list.allow.len() + list.block.len() > 0)
            .collect()
    }

    /// No extension: what amavisd has by itself.
    pub fn policies(&self) -> Vec<Policy<'a>> {
        let policy = |policy: &'a Value| Policy {
            addresses: lookups(&policy["addresses"]),
            extensions: strings(&policy["extensions"]).filter(|extension| is_extension(extension)).collect(),
        };
        items(self.policies).map(policy).filter(|policy| !policy.addresses.is_empty()).collect()
    }

    /// Extensions that are kept out.
    pub fn blocked_extensions(&self) -> Vec<&'a str> {
        self.all("zimbraMtaBlockedExtension").filter(|extension| is_extension(extension)).collect()
    }

    /// Addresses of those who administer everything.
    pub fn administrators(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        strings(self.administrators)
    }

    /// Domains with a login of their own at their smarthost: the name, and `user:password`.
    pub fn domain_logins(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.domains.iter().filter_map(|domain| {
            // Without a smarthost of its own, the login would be shown to whoever gets the mail.
            strings(&domain["attrs"]["posthouseRelayHost"]).next()?;
            Some((domain["name"].as_str()?, strings(&domain["secrets"]["posthouseRelayLogin"]).next()?))
        })
    }

    pub fn has_domain_logins(&self) -> bool {
        self.domain_logins().next().is_some()
    }
}

/// Keys of amavisd's look-ups (README.lookups): a domain stands for everybody in it.
fn lookups(addresses: &Value) -> Vec<&str> {
    strings(addresses)
        .filter(|address| is_plain(address))
        .map(|address| address.strip_prefix('@').unwrap_or(address))
        .collect()
}

fn is_extension(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn items(values: &Value) -> std::slice::Iter<'_, Value> {
    values.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn is_plain(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"@.-_+=".contains(&byte);
    !text.is_empty() && !text.starts_with('.') && text.bytes().all(is_fine)
}

fn strings(values: &Value) -> impl Iterator<Item = &str> {
    values.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_people_write_does_not_become_a_program() {
        let list = json!([
            {"addresses": ["ann@a.test", "'; unlink '@a.test"], "allow": ["x@y.test", "'.`id`.'"], "block": ["spam.test"]},
            {"addresses": ["@a.test"], "block": ["spam.test"]},
            {"addresses": ["bob@a.test"], "allow": ["'"]},
            {"addresses": ["'"], "allow": ["x@y.test"]},
        ]);
        let policies = json!([
            {"addresses": ["ann@a.test", "@b.test", "|@c.test"], "extensions": ["exe", ")'i; system('id'); qr'("]},
            {"addresses": [], "extensions": ["exe"]},
        ]);
        let snapshot = Snapshot::new(json!({"sender_lists": list, "policies": policies}));
        let values = Values::new(&snapshot);
        let list = |address, allow| SenderList { addresses: vec![address], allow, block: vec!["spam.test"] };
        assert_eq!(values.sender_lists(), [list("ann@a.test", vec!["x@y.test"]), list("a.test", vec![])]);
        assert_eq!(values.policies(), [Policy { addresses: vec!["ann@a.test", "b.test"], extensions: vec!["exe"] }]);
        assert!(is_extension("exe") && !is_extension("a|b") && !is_extension(""));
        assert!(!is_plain("../x") && !is_plain(""));
    }

    #[test]
    fn no_attribute_becomes_a_line_or_a_path_of_its_own() {
        let snapshot = Snapshot::new(json!({
            "config": {"zimbraMtaRelayHost": ["x\ndaemon_directory = /tmp"], "zimbraMtaMyNetworks": ["a\rb", "10.0.0.0/8"]},
            "domains": [{"name": "../../x", "attrs": {"DKIMSelector": ["s"]}, "secrets": {"DKIMKey": ["k"]}}],
        }));
        let values = Values::new(&snapshot);
        assert_eq!(values.one("zimbraMtaRelayHost"), None);
        assert_eq!(values.all("zimbraMtaMyNetworks").collect::<Vec<_>>(), ["10.0.0.0/8"]);
        assert_eq!(values.dkim_keys().count(), 0);
    }

    #[test]
    fn an_alias_domain_is_nobodys_home() {
        let snapshot = Snapshot::new(json!({"domains": [
            {"name": "a.test", "attrs": {"zimbraDomainType": ["alias"]}}, {"name": "b.test", "attrs": {}},
        ]}));
        assert_eq!(Values::new(&snapshot).home_domain(), Some("b.test"));
        assert_eq!(Values::new(&Snapshot::default()).home_domain(), None);
    }

    #[test]
    fn attributes_and_their_defaults() {
        let snapshot = Snapshot::new(json!({
            "config": {"a": ["1", "2"], "off": ["FALSE"], "zimbraMtaRestriction": ["reject_rbl_client x.test", "other"]},
            "domains": [{"name": "d.test", "attrs": {"posthouseRelayHost": ["r.test"]}, "secrets": {"posthouseRelayLogin": ["u:p"]}}, {"name": "e.test", "secrets": {"posthouseRelayLogin": ["v:q"]}}],
        }));
        let values = Values::new(&snapshot);
        assert_eq!((values.all("a").count(), values.number("a"), values.one("b")), (2, Some(1), None));
        assert!(!values.is_on("off", true) && values.is_on("unset", true));
        assert_eq!(values.restrictions("reject_rbl_client").collect::<Vec<_>>(), ["x.test"]);
        assert_eq!(values.domain_logins().collect::<Vec<_>>(), [("d.test", "u:p")]);
        assert!(!Values::new(&Snapshot::default()).has_domain_logins());
    }
}
