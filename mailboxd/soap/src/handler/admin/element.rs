// SPDX-License-Identifier: AGPL-3.0-or-later
//! Entries as elements, with as much of them as an administrator may see and asked for.

use super::access::hide;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::handler::prefs::attrs_of;
use directory::known::{DEFAULTS, attribute};
use directory::rights::{Need, Powers, TargetType};
use directory::{Account, Attrs, Domain, Kind, Object, find::Item};

/// The names of `attrs="a,b"`.
fn wanted(request: &Element) -> Option<Vec<String>> {
    let names = request.get("attrs").filter(|names| !names.trim().is_empty())?;
    Some(names.split(',').map(|name| name.trim().to_owned()).collect())
}

/// What one administrator sees.
pub struct Sight<'a> {
    context: &'a Context,
    powers: Powers,
    wanted: Option<Vec<String>>,
    /// What was changed just now is shown without what can't be read, not refused.
    is_of_change: bool,
    /// `applyCos="0"`, `applyConfig="0"`: only what stands on the entry itself, nothing inherited.
    only_own: bool,
}

impl<'a> Sight<'a> {
    pub fn new(context: &'a Context, request: &Element) -> Result<Sight<'a>> {
        let only_own = request.flag("applyCos")? == Some(false) || request.flag("applyConfig")? == Some(false);
        Ok(Sight { context, powers: context.powers()?, wanted: wanted(request), is_of_change: false, only_own })
    }

    pub fn of_change(context: &'a Context) -> Result<Sight<'a>> {
        Ok(Sight { context, powers: context.powers()?, wanted: None, is_of_change: true, only_own: false })
    }

    /// Who has rights on some entries is not told which others there are.
    pub fn found<T>(&self, found: Result<T>) -> Result<T> {
        found.map_err(|fault| if self.powers.is_global() { fault } else { hide(fault) })
    }

    /// Whether an entry is shown in lists and searches.
    pub fn sees(&self, kind: Kind, id: &str, name: &str) -> Result<bool> {
        if self.powers.is_global() {
            return Ok(true);
        }
        let right = match kind {
            Kind::Account => "listAccount",
            Kind::Resource => "listCalendarResource",
            Kind::List => "listDistributionList",
            Kind::Domain => "listDomain",
            Kind::Cos => "listCos",
            Kind::Server => "listServer",
            Kind::Alias => {
                let Some((_, domain)) = name.rsplit_once('@') else { return Ok(false) };
                let on = self.context.state.directory.on(TargetType::Domain, domain)?;
                return Ok(self.powers.may(&on, &Need::Do("listAlias"))?);
            }
            _ => return Ok(false),
        };
        let Some(target) = TargetType::of_kind(kind) else { return Ok(false) };
        let on = match self.context.state.directory.on(target, id) {
            Ok(on) => on,
            // Gone since it was found.
            Err(directory::Error::Unavailable(why)) => return Err(directory::Error::Unavailable(why).into()),
            Err(_) => return Ok(false),
        };
        Ok(self.powers.may(&on, &Need::Do(right))?)
    }

    /// `<account name id><a n>…</account>`, by another name for a resource.
    pub fn account(&self, account: &Account, name: &str) -> Result<Element> {
        let host = &self.context.state.config.host;
        let mut attrs = attrs_of(account, host);
        let prefs = account.attrs.iter().filter(|(name, _)| name.starts_with("zimbraPref"));
        attrs.extend(prefs.map(|(name, values)| (name.clone(), values.clone())));
        if self.only_own {
            attrs.retain(|name, _| !account.inherited.contains(name.as_str()));
        } else {
            with_defaults(&mut attrs);
            if let Some(cos) = self.context.state.directory.cos_of_account(account)? {
                attrs.entry("zimbraCOSId".into()).or_insert_with(|| vec![cos.id]);
            }
        }
        let element = Element::new(name).attr("name", account.name.clone()).attr("id", account.id.clone());
        self.with_attrs(element, TargetType::Account, &account.id, &attrs)
    }

    pub fn domain(&self, domain: &Domain) -> Result<Element> {
        let mut attrs = domain.attrs.clone();
        if self.only_own {
            attrs.retain(|name, _| !domain.inherited.contains(name.as_str()));
        }
        attrs.entry("zimbraDomainName".into()).or_insert_with(|| vec![domain.name.clone()]);
        attrs.entry("zimbraId".into()).or_insert_with(|| vec![domain.id.clone()]);
        attrs.entry("zimbraDomainType".into()).or_insert_with(|| vec!["local".into()]);
        attrs.entry("zimbraDomainStatus".into()).or_insert_with(|| vec!["active".into()]);
        let element = Element::new("domain").attr("name", domain.name.clone()).attr("id", domain.id.clone());
        self.with_attrs(element, TargetType::Domain, &domain.id, &attrs)
    }

    /// A class of service or a server.
    pub fn object(&self, object: &Object) -> Result<Element> {
        let (name, target) = match object.kind {
            Kind::Cos => ("cos", TargetType::Cos),
            _ => ("server", TargetType::Server),
        };
        let mut attrs = object.attrs.clone();
        if object.kind == Kind::Cos && !self.only_own {
            with_defaults(&mut attrs);
        }
        attrs.insert("objectClass".into(), vec![object.kind.class().into()]);
        let mut element = Element::new(name).attr("name", object.name.clone()).attr("id", object.id.clone());
        if object.kind == Kind::Cos && object.name == "default" {
            element.set("isDefaultCos", true);
        }
        self.with_attrs(element, target, &object.id, &attrs)
    }

    /// Without members.
    pub fn list(&self, list: &Object) -> Result<Element> {
        let element =
            Element::new("dl").attr("name", list.name.clone()).attr("id", list.id.clone()).attr("dynamic", false);
        self.with_attrs(element, TargetType::Dl, &list.id, &list.attrs)
    }

    pub fn item(&self, item: &Item) -> Result<Element> {
        match item {
            Item::Account(Kind::Resource, account) => self.account(account, "calresource"),
            Item::Account(_, account) => self.account(account, "account"),
            Item::Domain(domain) => self.domain(domain),
            Item::Object(object) => match object.kind {
                Kind::List => self.list(object),
                Kind::Alias => self.alias(object),
                _ => self.object(object),
            },
        }
    }

    fn alias(&self, alias: &Object) -> Result<Element> {
        let target = alias.attrs.get("zimbraAliasTargetId").and_then(|v| v.first()).cloned().unwrap_or_default();
        let directory = &self.context.state.directory;
        let (name, kind) = match directory.account_by_id(&target)? {
            Some(account) => (account.name, "account"),
            None => (directory.list(&target).map(|list| list.name).unwrap_or_default(), "dl"),
        };
        let element = Element::new("alias").attr("name", alias.name.clone()).attr("id", alias.id.clone());
        let mut element = element.attr("targetName", name).attr("type", kind);
        self.push(&mut element, &alias.attrs, |_| true);
        Ok(element)
    }

    /// Denied, where none of the attributes that were asked for may be read.
    fn with_attrs(&self, mut element: Element, target: TargetType, id: &str, attrs: &Attrs) -> Result<Element> {
        if self.powers.is_global() {
            self.push(&mut element, attrs, |_| true);
            return Ok(element);
        }
        let on = self.context.state.directory.on(target, id)?;
        let powers = self.powers.on(&on)?;
        let may = |name: &str| powers.may(&Need::Get(name));
        let asked = |name: &&String| self.wanted.as_ref().is_none_or(|wanted| is_in(wanted, name));
        if !self.is_of_change && !attrs.keys().filter(asked).any(|name| may(name)) {
            return Err(Fault::denied());
        }
        self.push(&mut element, attrs, may);
        Ok(element)
    }

    fn push(&self, element: &mut Element, attrs: &Attrs, may: impl Fn(&str) -> bool) {
        for (name, values) in attrs {
            if self.wanted.as_ref().is_some_and(|wanted| !is_in(wanted, name)) || !may(name) {
                continue;
            }
            for value in values {
                let mut a = Element::new("a").attr("n", name.clone()).text(value.clone());
                if element.name == "cos" && !is_for_accounts(name) {
                    a.set("c", true);
                }
                element.push(a);
            }
        }
    }
}

/// What is about the class of service itself is marked: `c="1"`.
fn is_for_accounts(name: &str) -> bool {
    name != "objectClass" && attribute(name).is_none_or(|known| known.is_inherited_from(Kind::Cos))
}

fn with_defaults(attrs: &mut Attrs) {
    for (name, value) in DEFAULTS {
        attrs.entry((*name).to_owned()).or_insert_with(|| vec![(*value).to_owned()]);
    }
}

fn is_in(wanted: &[String], name: &str) -> bool {
    wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
}
