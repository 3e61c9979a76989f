// SPDX-License-Identifier: AGPL-3.0-or-later
//! Domains: those whose mail is ours. An alias domain has no addresses of its own: whoever is in it is at the same name in
//! the domain that it stands for.

use crate::backend::{Failure, Filter, Within, Write};
use crate::entry::{Entry, Kind};
use crate::look::{Need, domain_key};
use crate::{Attrs, Directory, Domain, Error, Result, attrs, name};
use std::sync::Arc;

const TARGET: &str = "zimbraDomainAliasTargetId";
const DAEMONS_SECRETS: [&str; 2] = ["DKIMKey", "posthouseRelayLogin"];

impl Directory {
    pub fn create_domain(&self, domain: &str, changes: Attrs) -> Result<Domain> {
        self.make_domain(domain, changes, None)
    }

    /// `alias` is another name of the domain `target`.
    pub fn create_alias_domain(&self, alias: &str, target: &str, changes: Attrs) -> Result<Domain> {
        let target = self.need_domain(target)?;
        if target.attr(TARGET).is_some() {
            return Err(Error::invalid("target (it is an alias itself)", &target.name));
        }
        self.make_domain(alias, changes, Some(&target))
    }

    fn make_domain(&self, domain: &str, changes: Attrs, target: Option<&Entry>) -> Result<Domain> {
        let canonical = valid(domain)?;
        self.check_default_cos(&changes)?;
        let mut set = Attrs::new();
        attrs::merge(&mut set, changes)?;
        let mut entry = Entry::new(Kind::Domain, &canonical, set);
        entry.set("zimbraDomainName", [canonical.clone()]);
        entry.attrs.entry("zimbraDomainStatus".to_owned()).or_insert_with(|| vec!["active".to_owned()]);
        entry.set("zimbraDomainType", [if target.is_some() { "alias" } else { "local" }.to_owned()]);
        if let Some(target) = target {
            entry.set(TARGET, [target.id.clone()]);
            // What the MTA reads: addresses of one domain are rewritten to the other.
            entry.set("zimbraMailCatchAllAddress", [format!("@{canonical}")]);
            entry.set("zimbraMailCatchAllForwardingAddress", [format!("@{}", target.name)]);
        }
        self.commit(&canonical, || Ok(vec![Write::Create(entry.clone())])).map_err(|failure| match failure {
            Failure::Exists => Error::DomainExists(canonical.clone()),
            other => other.into(),
        })?;
        self.domain(&canonical)?.ok_or(Error::NoSuchDomain(canonical))
    }

    /// `name` as A-labels or UTF-8, any case.
    pub fn domain(&self, name: &str) -> Result<Option<Domain>> {
        let Some(canonical) = name::domain(name) else { return Ok(None) };
        let entry = self.domain_entry(&canonical, Need::Now)?;
        entry.map(|entry| self.domain_of((*entry).clone(), Need::Now)).transpose()
    }

    /// It must be there when it is named. One that goes later is no error.
    fn check_default_cos(&self, changes: &Attrs) -> Result<()> {
        let named = changes.get("zimbraDomainDefaultCOSId").into_iter().flatten().filter(|id| !id.is_empty());
        for id in named {
            if self.cos_entry(id, Need::Now)?.is_none() {
                return Err(Error::invalid("value of attribute (no such class of service)", id));
            }
        }
        Ok(())
    }

    pub fn domain_by_id(&self, id: &str) -> Result<Option<Domain>> {
        let entry = self.entry_by_id(&[Kind::Domain], id)?;
        entry.map(|entry| self.domain_of(entry, Need::Now)).transpose()
    }

    /// The domain whose zimbraVirtualHostname this is.
    pub fn domain_by_virtual_host(&self, host: &str) -> Result<Option<Domain>> {
        let entry = self.one(&[Kind::Domain], &["zimbraVirtualHostname"], host)?;
        entry.map(|entry| self.domain_of(entry, Need::Now)).transpose()
    }

    /// What is shown to nobody but the daemons that need it: the DKIM key, the login at the smarthost.
    pub fn domain_secrets(&self, name: &str) -> Result<Attrs> {
        let entry = self.need_domain(name)?;
        let mut secrets = entry.attrs.clone();
        secrets.retain(|name, _| DAEMONS_SECRETS.contains(&name.as_str()));
        Ok(secrets)
    }

    /// By name.
    pub fn domains(&self) -> Result<Vec<Domain>> {
        let entries = self.search(&[Kind::Domain], Within::Everything, Filter::All)?;
        let mut domains =
            entries.into_iter().map(|entry| self.domain_of(entry, Need::Now)).collect::<Result<Vec<_>>>()?;
        domains.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(domains)
    }

    pub fn is_local_domain(&self, domain: &str) -> Result<bool> {
        match name::domain(domain) {
            Some(canonical) => Ok(self.domain_entry(&canonical, Need::Delivery)?.is_some()),
            None => Ok(false),
        }
    }

    pub fn modify_domain(&self, name: &str, changes: Attrs) -> Result<Domain> {
        let id = self.need_domain(name)?.id.clone();
        self.check_default_cos(&changes)?;
        let changed =
            self.change(&[Kind::Domain], &id, Kind::Domain, |entry| attrs::merge(&mut entry.attrs, changes.clone()))?;
        self.domain_of(changed, Need::Now)
    }

    /// Refused while an address is in it, or another domain is an alias of it.
    pub fn delete_domain(&self, name: &str) -> Result<()> {
        let entry = self.need_domain(name)?;
        if self.one(&[Kind::Domain], &[TARGET], &entry.id)?.is_some() {
            return Err(Error::DomainNotEmpty(entry.name.clone()));
        }
        let plan = || Ok(vec![Write::Delete((*self.need_domain(name)?).clone())]);
        self.commit(&entry.name, plan).map_err(|failure| match failure {
            Failure::NotEmpty => Error::DomainNotEmpty(entry.name.clone()),
            other => other.into(),
        })
    }

    /// The domain that a login name without `@` belongs to: zimbraDefaultDomainName of the global config, else the oldest.
    pub fn default_domain(&self) -> Result<Option<String>> {
        let config = self.config_entry(Need::Cached)?;
        if let Some(name) = config.as_ref().and_then(|config| config.attr("zimbraDefaultDomainName")) {
            return Ok(Some(name.to_owned()));
        }
        let oldest = self.cached_entry("domains", Need::Cached, || {
            let domains = self.search(&[Kind::Domain], Within::Everything, Filter::All)?;
            let local = domains.into_iter().filter(|domain| domain.attr(TARGET).is_none());
            Ok(local
                .min_by_key(|domain| (domain.attr("zimbraCreateTimestamp").map(str::to_owned), domain.name.clone())))
        })?;
        Ok(oldest.map(|domain| domain.name.clone()))
    }

    /// Of a canonical name.
    pub(crate) fn domain_entry(&self, canonical: &str, need: Need) -> Result<Option<Arc<Entry>>> {
        self.cached_entry(&domain_key(canonical), need, || self.one(&[Kind::Domain], &["zimbraDomainName"], canonical))
    }

    /// The domain in which addresses of this one really are; None when it is not ours.
    pub(crate) fn home(&self, canonical: &str, need: Need) -> Result<Option<String>> {
        let Some(entry) = self.domain_entry(canonical, need)? else { return Ok(None) };
        let Some(id) = entry.attr(TARGET) else { return Ok(Some(canonical.to_owned())) };
        let target = self.cached_entry(&domain_key(id), need, || self.entry_by_id(&[Kind::Domain], id))?;
        Ok(target.map(|target| target.name.clone()))
    }

    fn need_domain(&self, name: &str) -> Result<Arc<Entry>> {
        let canonical = valid(name)?;
        self.domain_entry(&canonical, Need::Now)?.ok_or(Error::NoSuchDomain(canonical))
    }
}

fn valid(domain: &str) -> Result<String> {
    name::domain(domain).ok_or_else(|| Error::invalid("domain name", domain))
}
