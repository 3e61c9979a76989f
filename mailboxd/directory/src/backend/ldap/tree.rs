// SPDX-License-Identifier: AGPL-3.0-or-later
//! Where entries are. What holds for all of them is below cn=zimbra, a domain is at its own dc=…:
//!
//! ```text
//! cn=zimbra            cn=config · cn=cos (cn=default …) · cn=servers (cn=HOST …) · cn=admins
//! dc=test, dc=example  ou=people (uid=LOCAL-PART: accounts, resources, lists, aliases; below an account its identities)
//! ```
//!
//! An address is a DN, so that the protocol itself sees to it that nobody else has it.

use crate::entry::{Entry, Kind};
use ldap3::dn_escape;

/// The containers that must be above what `place` makes, from the top.
pub const CONTAINERS: [&str; 4] = ["cn=zimbra", "cn=cos,cn=zimbra", "cn=servers,cn=zimbra", "cn=admins,cn=zimbra"];

pub struct Tree {
    /// What every DN ends in; may be empty.
    pub base: String,
}

impl Tree {
    /// RFC 4514
    pub fn place(&self, entry: &Entry) -> String {
        let name = dn_escape(entry.name.as_str());
        match entry.kind {
            Kind::Config => self.below("cn=config,cn=zimbra"),
            Kind::Cos => self.below(&format!("cn={name},cn=cos,cn=zimbra")),
            Kind::Server => self.below(&format!("cn={name},cn=servers,cn=zimbra")),
            Kind::Domain => self.domain(&entry.name),
            Kind::Identity => format!("zimbraPrefIdentityName={name},{}", entry.parent.as_deref().unwrap_or_default()),
            Kind::Signature => format!("zimbraSignatureName={name},{}", entry.parent.as_deref().unwrap_or_default()),
            Kind::Account | Kind::Resource | Kind::Alias | Kind::List => {
                let (local, domain) = entry.name.rsplit_once('@').unwrap_or((&entry.name, ""));
                format!("uid={},{}", dn_escape(local), self.people(domain))
            }
        }
    }

    pub fn below(&self, dn: &str) -> String {
        match (dn, self.base.as_str()) {
            ("", base) => base.to_owned(),
            (dn, "") => dn.to_owned(),
            (dn, base) => format!("{dn},{base}"),
        }
    }

    /// Labels of a canonical domain need no escape.
    pub fn domain(&self, domain: &str) -> String {
        let labels: Vec<String> = domain.split('.').map(|label| format!("dc={}", dn_escape(label))).collect();
        self.below(&labels.join(","))
    }

    pub fn people(&self, domain: &str) -> String {
        format!("ou=people,{}", self.domain(domain))
    }

    /// DNs of the nodes from the top down to the domain itself, with the label of each.
    pub fn nodes(&self, domain: &str) -> Vec<(String, String)> {
        let labels: Vec<&str> = domain.split('.').collect();
        (0..labels.len()).rev().map(|at| (self.domain(&labels[at..].join(".")), labels[at].to_owned())).collect()
    }

    /// The domain that an address at this DN is in.
    pub fn domain_of(&self, dn: &str) -> Option<String> {
        let above = &dn[dn.to_ascii_lowercase().rfind(",ou=people,")? + ",ou=people,".len()..];
        let above = match self.base.as_str() {
            "" => above,
            base => above.get(..above.len().checked_sub(base.len() + 1)?)?,
        };
        let labels: Option<Vec<&str>> =
            above.split(',').map(|rdn| rdn.split_once('=').map(|(_, label)| label)).collect();
        Some(labels?.join(".").to_ascii_lowercase())
    }
}

/// First RDN and the rest.
pub fn split(dn: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, byte) in dn.bytes().enumerate() {
        match byte {
            b',' if !escaped => return (&dn[..at], &dn[at + 1..]),
            byte => escaped = byte == b'\\' && !escaped,
        }
    }
    (dn, "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;
    use crate::Attrs;

    #[test]
    fn places_and_back() {
        let tree = Tree { base: String::new() };
        let account = Entry::new(Kind::Account, "o#=+x@mail.example.test", Attrs::new());
        let dn = tree.place(&account);
        assert_eq!(dn, "uid=o#\\3d\\2bx,ou=people,dc=mail,dc=example,dc=test");
        assert_eq!(tree.domain_of(&dn).unwrap(), "mail.example.test");
        assert_eq!(split(&dn), ("uid=o#\\3d\\2bx", "ou=people,dc=mail,dc=example,dc=test"));
        assert_eq!(split("cn=a\\,b,cn=c"), ("cn=a\\,b", "cn=c"));
        let nodes = tree.nodes("mail.example.test");
        assert_eq!(nodes[0], ("dc=test".into(), "test".into()));
        assert_eq!(nodes[2].0, "dc=mail,dc=example,dc=test");
        let tree = Tree { base: "o=mail".into() };
        assert_eq!(tree.domain_of(&tree.place(&account)).unwrap(), "mail.example.test");
        assert_eq!(tree.place(&Entry::new(Kind::Cos, "a,b", Attrs::new())), "cn=a\\2cb,cn=cos,cn=zimbra,o=mail");
    }
}
