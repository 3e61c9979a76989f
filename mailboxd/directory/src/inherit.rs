// SPDX-License-Identifier: AGPL-3.0-or-later
//! What an account has that was not set on it: from its class of service, its domain, the server, the global config, in this order.
//! Which attribute comes from where, the table of known attributes says.

use crate::entry::{Entry, Kind};
use crate::known::{Attribute, attribute};
use crate::look::Need;
use crate::object::shown;
use crate::open::DEFAULT_COS;
use crate::{Account, Attrs, Directory, Domain, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Directory {
    pub(crate) fn account_of(&self, entry: Entry, need: Need) -> Result<Account> {
        // Accounts are made by the thousand from a few of these.
        let need = if need == Need::Now { Need::Cached } else { need };
        let domain = self.domain_entry(entry.domain(), need)?;
        let cos = self.cos_of(&entry, domain.as_deref(), need)?;
        let config = self.config_entry(need)?;
        let server = self.server_entry(need)?;
        let above = [(Kind::Cos, cos), (Kind::Domain, domain), (Kind::Server, server), (Kind::Config, config)];
        let aliases = entry.addresses().skip(1).map(str::to_owned).collect();
        let mut attrs = shown(entry.attrs);
        let inherited = inherit(&mut attrs, &above);
        attrs.entry("zimbraAccountStatus".to_owned()).or_insert_with(|| vec!["active".to_owned()]);
        let is_admin = attrs.get("zimbraIsAdminAccount").is_some_and(|v| v.iter().any(|v| v == "TRUE"));
        let mut account = Account { id: entry.id, name: entry.name, aliases, is_admin, attrs, inherited };
        let addresses = std::iter::once(account.name.clone()).chain(account.aliases.iter().cloned());
        account.attrs.insert("mail".to_owned(), addresses.collect());
        Ok(account)
    }

    /// What an entry would have of those above it, if it had nothing of its own.
    pub fn inherited(&self, on: &crate::rights::On) -> Result<Attrs> {
        let above = match on.entry.kind {
            Kind::Account | Kind::Resource => {
                let domain = self.domain_entry(on.entry.domain(), Need::Cached)?;
                let cos = self.cos_of(&on.entry, domain.as_deref(), Need::Cached)?;
                let server = self.server_entry(Need::Cached)?;
                let config = self.config_entry(Need::Cached)?;
                vec![(Kind::Cos, cos), (Kind::Domain, domain), (Kind::Server, server), (Kind::Config, config)]
            }
            Kind::Domain => vec![(Kind::Config, self.config_entry(Need::Cached)?)],
            _ => return Ok(Attrs::new()),
        };
        let mut attrs = Attrs::new();
        inherit(&mut attrs, &above);
        Ok(attrs)
    }

    /// The account's own, its domain's, the one named "default".
    pub(crate) fn cos_of(&self, entry: &Entry, domain: Option<&Entry>, need: Need) -> Result<Option<Arc<Entry>>> {
        self.cos_by(entry.attr("zimbraCOSId"), domain, need)
    }

    /// `own`: the one that an account names.
    pub(crate) fn cos_by(&self, own: Option<&str>, domain: Option<&Entry>, need: Need) -> Result<Option<Arc<Entry>>> {
        let named = [own, domain.and_then(|domain| domain.attr("zimbraDomainDefaultCOSId"))];
        for key in named.into_iter().flatten().chain([DEFAULT_COS]) {
            if let Some(cos) = self.cos_entry(key, need)? {
                return Ok(Some(cos));
            }
        }
        Ok(None)
    }

    pub(crate) fn domain_of(&self, entry: Entry, need: Need) -> Result<Domain> {
        let config = self.config_entry(if need == Need::Now { Need::Cached } else { need })?;
        let mut attrs = shown(entry.attrs);
        let inherited = inherit(&mut attrs, &[(Kind::Config, config)]);
        for (key, default) in [("zimbraDomainType", "local"), ("zimbraDomainStatus", "active")] {
            attrs.entry(key.to_owned()).or_insert_with(|| vec![default.to_owned()]);
        }
        Ok(Domain { id: entry.id, name: entry.name, attrs, inherited })
    }
}

/// The names of what came from above. A name is on an account, or on a domain and a config: `on` tells by the table.
fn inherit(attrs: &mut Attrs, above: &[(Kind, Option<Arc<Entry>>)]) -> BTreeSet<&'static str> {
    let mut inherited = BTreeSet::new();
    let lowest = if above.len() == 1 { Kind::Domain } else { Kind::Account };
    let comes_from = |known: &Attribute, kind| known.is_on(lowest) && known.is_inherited_from(kind);
    for (kind, entry) in above {
        for (name, values) in entry.iter().flat_map(|entry| &entry.attrs) {
            if let Some(known) = attribute(name).filter(|known| comes_from(known, *kind) && !known.secret)
                && (!attrs.contains_key(name)
                    || (known.domain_first && *kind == Kind::Domain && inherited.contains(known.name)))
            {
                attrs.insert(name.clone(), values.clone());
                inherited.insert(known.name);
            }
        }
    }
    inherited
}
