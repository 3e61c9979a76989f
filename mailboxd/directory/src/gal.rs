// SPDX-License-Identifier: AGPL-3.0-or-later
//! The global address list of a domain: who is in it, in our directory, in the domain's own one, or in both.

use crate::backend::{Filter, Search, Within};
use crate::entry::{Entry, Kind};
use crate::foreign::{Server, urls};
use crate::look::Need;
use crate::{Attrs, Directory, Error, Result, name};
use ldap3::{SearchEntry, ldap_escape};
use std::collections::HashSet;

/// Where zimbraGalMaxResults says nothing, and what it may say at most.
const RESULTS: usize = 100;
const RESULTS_MAX: usize = 1_000;
/// What text is looked for in.
const SEARCHED: &[&str] = &["displayName", "cn", "sn", "givenName", "zimbraMailDeliveryAddress", "zimbraMailAlias"];
const KINDS: &[Kind] = &[Kind::Account, Kind::Resource, Kind::List];
/// What is told of an entry.
const SHOWN: &[&str] = &[
    "displayName",
    "cn",
    "sn",
    "givenName",
    "initials",
    "title",
    "o",
    "ou",
    "l",
    "st",
    "street",
    "postalCode",
    "co",
    "telephoneNumber",
    "mobile",
    "facsimileTelephoneNumber",
    "mail",
    "company",
    "department",
    "description",
    "pager",
    "homePhone",
    "zimbraCalResType",
    "zimbraId",
];
const FOREIGN_FILTER: &str = "(|(cn=*%s*)(sn=*%s*)(givenName=*%s*)(displayName=*%s*)(mail=*%s*))";

#[derive(Debug, Clone)]
pub struct GalEntry {
    /// Account, Resource or List; what comes from elsewhere is an Account.
    pub kind: Kind,
    /// Its first address.
    pub name: String,
    pub attrs: Attrs,
}

#[derive(Debug, Clone)]
pub struct Found {
    /// By address, each once.
    pub entries: Vec<GalEntry>,
    /// There are more than are told.
    pub more: bool,
}

impl Directory {
    /// Who has `text` in a name or an address; empty: everybody.
    pub fn search_gal(&self, domain: &str, text: &str) -> Result<Found> {
        let missing = || Error::no_such(Kind::Domain, domain);
        let canonical = name::domain(domain).ok_or_else(missing)?;
        let home = self.home(&canonical, Need::Cached)?.ok_or_else(missing)?;
        let entry = self.domain_entry(&home, Need::Cached)?.ok_or_else(missing)?;
        let config = self.config_entry(Need::Cached)?;
        let inherited = |name: &str| entry.attr(name).or(config.as_ref().and_then(|config| config.attr(name)));
        let limit =
            inherited("zimbraGalMaxResults").and_then(|max| max.parse().ok()).unwrap_or(RESULTS).min(RESULTS_MAX);
        let mode = inherited("zimbraGalMode").unwrap_or("zimbra");
        let mut found = Vec::new();
        if mode != "ldap" {
            let search = Search {
                kinds: KINDS,
                within: Within::Domain(&home),
                filter: Filter::Listed(SEARCHED, text),
                limit: limit + 1,
            };
            let entries = self.0.backend.search(&search)?;
            found.extend(
                entries
                    .into_iter()
                    .filter(|entry| {
                        entry.attr("zimbraAccountStatus") != Some("closed") && !entry.is_true("zimbraHideInGal")
                    })
                    .map(ours),
            );
        }
        if mode != "zimbra" {
            let names = SHOWN.iter().map(|name| (*name).to_owned()).collect();
            let theirs = self.0.foreign.list(server(&entry)?, foreign_filter(&entry, text), names, limit + 1)?;
            found.extend(theirs.into_iter().filter_map(foreign));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let mut seen = HashSet::new();
        found.retain(|entry| seen.insert(entry.name.clone()));
        let more = found.len() > limit;
        found.truncate(limit);
        Ok(Found { entries: found, more })
    }
}

fn ours(mut entry: Entry) -> GalEntry {
    // What every account is called that has no other name tells nothing.
    if entry.values("cn") == [crate::account::local(&entry.name)] {
        entry.set("cn", None);
    }
    let mail = entry.addresses().map(str::to_owned).collect();
    entry.attrs.retain(|name, _| SHOWN.contains(&name.as_str()));
    entry.attrs.insert("mail".to_owned(), mail);
    GalEntry { kind: entry.kind, name: entry.name, attrs: entry.attrs }
}

/// Nobody without an address.
fn foreign(entry: SearchEntry) -> Option<GalEntry> {
    let mut attrs = Attrs::new();
    for (name, values) in entry.attrs {
        if let Some(shown) = SHOWN.iter().find(|shown| shown.eq_ignore_ascii_case(&name)) {
            attrs.insert((*shown).to_owned(), values);
        }
    }
    let name = attrs.get("mail")?.first()?.to_lowercase();
    Some(GalEntry { kind: Kind::Account, name, attrs })
}

fn server(domain: &Entry) -> Result<Server> {
    let text = |name: &str| domain.attr(name).unwrap_or_default().to_owned();
    let urls = urls(domain.values("zimbraGalLdapURL"));
    if urls.is_empty() {
        return Err(Error::Unavailable(format!("domain {}: zimbraGalLdapURL is needed", domain.name)));
    }
    Ok(Server {
        urls,
        start_tls: domain.is_true("zimbraGalLdapStartTlsEnabled"),
        base: text("zimbraGalLdapSearchBase"),
        bind_dn: text("zimbraGalLdapBindDn"),
        password: text("zimbraGalLdapBindPassword"),
    })
}

/// %s is the text, * where it is empty.
fn foreign_filter(domain: &Entry, text: &str) -> String {
    let template = domain.attr("zimbraGalLdapFilter").unwrap_or(FOREIGN_FILTER);
    match text {
        "" => template.replace("*%s*", "*").replace("%s", "*"),
        text => template.replace("%s", &ldap_escape(text)),
    }
}
