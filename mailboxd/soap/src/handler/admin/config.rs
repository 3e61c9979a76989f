// SPDX-License-Identifier: AGPL-3.0-or-later
//! What holds everywhere, and what is known of attributes.

use super::{change, read_attrs};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::known::{self, Syntax};
use directory::rights::{Need, TargetType};
use directory::{Attrs, Kind};

const DEFAULT_DOMAIN: &str = "zimbraDefaultDomainName";

/// `<a n="name"/>`
pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_element("a")?.need_filled("n")?;
    let attrs = readable(context, false)?;
    let known = known::attribute(&name).map_or(name.as_str(), |known| known.name);
    let powers = context.powers()?;
    if !powers.may(&context.state.directory.on(TargetType::Config, "")?, &Need::Get(known))? {
        return Err(Fault::denied());
    }
    let only = attrs.into_iter().filter(|(have, _)| have == known).collect();
    Ok(with_attrs(Element::answer_to(request), &only))
}

/// `applyConfig="0"`, as of other entries: without what holds where nothing is set.
pub async fn all(context: &Context, request: &Element) -> Result<Element> {
    let attrs = readable(context, request.flag("applyConfig")? == Some(false))?;
    if attrs.is_empty() {
        return Err(Fault::denied());
    }
    Ok(with_attrs(Element::answer_to(request), &attrs))
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let config = context.state.directory.config()?;
    let changes = read_attrs(request, Some(&config.attrs))?;
    if changes.is_empty() && !context.powers()?.is_global() {
        return Err(Fault::denied());
    }
    change::check_changes(context, &context.state.directory.on(TargetType::Config, "")?, &changes)?;
    context.state.directory.modify_config(changes)?;
    Ok(Element::answer_to(request))
}

fn readable(context: &Context, only_own: bool) -> Result<Attrs> {
    let powers = context.powers()?;
    let mut attrs = context.state.directory.config()?.attrs;
    // The one that counts, where none is named.
    if !only_own
        && !attrs.contains_key(DEFAULT_DOMAIN)
        && let Some(domain) = context.state.directory.default_domain()?
    {
        attrs.insert(DEFAULT_DOMAIN.to_owned(), vec![domain]);
    }
    for (name, value) in known::CONFIG_DEFAULTS.iter().filter(|_| !only_own) {
        attrs.entry((*name).to_owned()).or_insert_with(|| vec![(*value).to_owned()]);
    }
    let on = context.state.directory.on(TargetType::Config, "")?;
    let powers = powers.on(&on)?;
    attrs.retain(|name, _| powers.may(&Need::Get(name)));
    Ok(attrs)
}

fn with_attrs(mut answer: Element, attrs: &Attrs) -> Element {
    for (name, values) in attrs {
        for value in values {
            answer.push(Element::new("a").attr("n", name.clone()).text(value.clone()));
        }
    }
    answer
}

/// Names and what values they take: of those named, or of kinds of entries, or all.
pub async fn attribute_info(_: &Context, request: &Element) -> Result<Element> {
    let list = |name: &str| {
        let text = request.get(name).filter(|text| !text.trim().is_empty());
        text.map(|text| text.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>())
    };
    let (names, kinds) = (list("attrs"), list("entryTypes"));
    if names.is_some() && kinds.is_some() {
        return Err(Fault::invalid("either attrs or entryTypes"));
    }
    let kinds = kinds.map(|words| words.iter().map(|word| kind_of(word)).collect::<Result<Vec<_>>>()).transpose()?;
    let mut answer = Element::answer_to(request);
    let is_named = |a: &known::Attribute| {
        names.as_ref().is_none_or(|names| names.iter().any(|name| name.eq_ignore_ascii_case(a.name)))
    };
    let is_there = |a: &known::Attribute| kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| a.is_on(*kind)));
    for a in known::all().iter().filter(|a| !a.secret && is_named(a) && is_there(a)) {
        answer.push(info(a));
    }
    if let Some(names) = names
        && let Some(unknown) = names.iter().find(|name| known::attribute(name).is_none())
    {
        return Err(Fault::new("service.INVALID_REQUEST", format!("no such attribute: {unknown}")));
    }
    Ok(answer)
}

fn kind_of(word: &str) -> Result<Kind> {
    Ok(match word {
        "account" | "mailRecipient" => Kind::Account,
        "calendarResource" => Kind::Resource,
        "alias" => Kind::Alias,
        "distributionList" | "group" => Kind::List,
        "domain" => Kind::Domain,
        "cos" => Kind::Cos,
        "server" => Kind::Server,
        "globalConfig" => Kind::Config,
        "identity" => Kind::Identity,
        "signature" => Kind::Signature,
        _ => return Err(Fault::invalid(format!("no such type of entry: {word}"))),
    })
}

/// `type`, `values`, `multi` and `readOnly` are ours, beside Zimbra's `desc`: for pages that let one change what they don't know.
fn info(a: &known::Attribute) -> Element {
    let (kind, values) = match a.syntax {
        Syntax::Text => ("text", None),
        Syntax::Bool => ("boolean", None),
        Syntax::Integer => ("integer", None),
        Syntax::Number => ("number", None),
        Syntax::Duration => ("duration", None),
        Syntax::Time => ("time", None),
        Syntax::Word(words) => ("enum", Some(words.join(","))),
    };
    let element = Element::new("a").attr("n", a.name).attr("desc", describe(a)).attr("type", kind);
    let element = element.attr_opt("values", values).attr("multi", a.multi);
    element.attr("readOnly", a.who == known::Who::System)
}

fn describe(a: &known::Attribute) -> String {
    let values = match a.syntax {
        Syntax::Text => "text".to_owned(),
        Syntax::Bool => "TRUE or FALSE".to_owned(),
        Syntax::Integer => "a number".to_owned(),
        Syntax::Number => "a number, 0 or more".to_owned(),
        Syntax::Duration => "a number with ms, s, m, h or d".to_owned(),
        Syntax::Time => "a time, as 20260131000000Z".to_owned(),
        Syntax::Word(words) => format!("one of {}", words.join(", ")),
    };
    if a.multi { format!("{values}; several") } else { values }
}
