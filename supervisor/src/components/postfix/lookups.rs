// SPDX-License-Identifier: AGPL-3.0-or-later
//! The questions that Postfix asks the directory (ldap_table(5)). A directory that does not answer is a temporary error.

use crate::components::openldap::{READER, READER_BASE};
use crate::render;
use anyhow::Result;

const TEMPLATE: &str = include_str!("../../../templates/postfix/lookup.cf");
/// Whoever has a mailbox that gets mail.
const PEOPLE: &str = "(|(objectClass=zimbraAccount)(objectClass=zimbraCalendarResource))\
    (!(zimbraAccountStatus=closed))(!(zimbraAccountStatus=pending))(!(zimbraMailStatus=disabled))";
const ADDRESS: &str = "(|(zimbraMailDeliveryAddress=%s)(zimbraMailAlias=%s))";

struct Lookup {
    name: &'static str,
    what: &'static str,
    query: String,
    result: &'static str,
    format: &'static str,
}

/// `own`: the name of this server.
fn table(own: &str) -> Vec<Lookup> {
    let lookup = |name, what, query: &str, result, format| Lookup {
        name,
        what,
        query: query.replace("PEOPLE", PEOPLE).replace("ADDRESS", ADDRESS),
        result,
        format,
    };
    vec![
        lookup(
            "domains.cf",
            "is this domain ours?",
            "(&(objectClass=zimbraDomain)(zimbraDomainName=%s)(!(zimbraDomainStatus=shutdown)))",
            "zimbraDomainName",
            "",
        ),
        lookup("mailboxes.cf", "has this address a mailbox?", "(&PEOPLEADDRESS)", "zimbraMailDeliveryAddress", ""),
        lookup(
            "addresses.cf",
            "where is mail for this address kept, and where is a copy sent?",
            "(&PEOPLEADDRESS(!(zimbraPrefMailLocalDeliveryDisabled=TRUE)))",
            "zimbraMailDeliveryAddress,zimbraPrefMailForwardingAddress,zimbraMailForwardingAddress",
            "",
        ),
        lookup(
            "moved.cf",
            "where is mail for somebody sent who keeps none of it?",
            "(&PEOPLEADDRESS(zimbraPrefMailLocalDeliveryDisabled=TRUE))",
            "zimbraPrefMailForwardingAddress,zimbraMailForwardingAddress",
            "",
        ),
        lookup(
            "lists.cf",
            "who is in this list?",
            "(&(objectClass=zimbraDistributionList)(|(mail=%s)(zimbraMailAlias=%s))(!(zimbraMailStatus=disabled)))",
            "zimbraMailForwardingAddress",
            "",
        ),
        lookup(
            "catchall.cf",
            "who gets what nobody has the address of?",
            "(&(|(objectClass=zimbraAccount)(objectClass=zimbraDomain))(zimbraMailCatchAllAddress=%s))",
            "zimbraMailDeliveryAddress,zimbraMailCatchAllForwardingAddress",
            "",
        ),
        lookup(
            "alias-domains.cf",
            "does this domain stand for another one?",
            "(&(objectClass=zimbraDomain)(zimbraDomainName=%s)(zimbraDomainType=alias))",
            "zimbraDomainName",
            "reject_unverified_recipient",
        ),
        lookup(
            "owners.cf",
            "who may send from this address?",
            "(&PEOPLE(|(zimbraMailDeliveryAddress=%s)(zimbraMailAlias=%s)(zimbraAllowFromAddress=%s)))",
            "zimbraMailDeliveryAddress",
            "",
        ),
        lookup(
            "anyone.cf",
            "who may send from any address?",
            "(&(objectClass=zimbraAccount)(zimbraAllowAnyFromAddress=TRUE))",
            "zimbraMailDeliveryAddress",
            "",
        ),
        lookup(
            "transport.cf",
            "which way does mail for this address go?",
            "(&(objectClass=zimbraAccount)(zimbraMailTransport=*)ADDRESS)",
            "zimbraMailTransport",
            "",
        ),
        lookup(
            "homes.cf",
            "which other server is this mailbox on?",
            &format!("(&(objectClass=zimbraAccount)(zimbraMailHost=*)(!(zimbraMailHost={own}))ADDRESS)"),
            "zimbraMailHost",
            "lmtp:inet:%s:7025",
        ),
        lookup(
            "relayhost.cf",
            "by which host does mail from this domain leave?",
            "(&(objectClass=zimbraDomain)(zimbraDomainName=%d)(posthouseRelayHost=*))",
            "posthouseRelayHost",
            "",
        ),
    ]
}

/// (file name, text).
pub fn all(url: &str, password: &str, own: &str) -> Result<Vec<(&'static str, String)>> {
    let render = |lookup: Lookup| {
        let context = minijinja::context! {
            what => lookup.what,
            url => url,
            bind_dn => READER,
            password => password,
            base => READER_BASE,
            query => lookup.query,
            result => lookup.result,
            format => lookup.format,
        };
        Ok((lookup.name, render::text(lookup.name, TEMPLATE, context)?))
    };
    table(own).into_iter().map(render).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_table_of_main_cf_is_made_and_parentheses_match() {
        let all = super::all("ldapi://x", "geheim", "mail.a.test").unwrap();
        let main = include_str!("../../../templates/postfix/main.cf");
        for (name, text) in &all {
            assert!(main.contains(&format!("${{ldap}}{name}")), "{name} is not used");
            let query = text.lines().find(|line| line.starts_with("query_filter")).unwrap();
            assert_eq!(query.matches('(').count(), query.matches(')').count(), "{query}");
        }
        for word in main.split_whitespace().filter_map(|word| word.strip_prefix("${ldap}")) {
            let name = word.trim_end_matches(',');
            assert!(all.iter().any(|(known, _)| *known == name), "{name} is not made");
        }
    }
}
