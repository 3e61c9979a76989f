// SPDX-License-Identifier: AGPL-3.0-or-later
//! AutoComplete: from what is typed to addresses. Own contacts and groups, then those that others share, then the global
//! address list, then whom mail was sent to; within all, whom one writes to most comes first.

use super::gal;
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use crate::render::{contact_attr, contact_detail, is_group};
use directory::Kind;
use mailbox::{ContactDetail, Item, ItemId, Ranked};
use std::collections::HashSet;

const RESULTS: usize = 20;
const RESULTS_MAX: usize = 200;
const NAME_BYTES_MAX: usize = 512;

struct Match {
    ranking: u32,
    /// 0: contacts, 1: the global list, 2: nobody in particular.
    class: u8,
    sort: String,
    email: String,
    element: Element,
}

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let (matches, cacheable) = complete(context, request).await?;
    let mut answer = Element::answer_to(request).attr("canBeCached", cacheable);
    matches.into_iter().for_each(|found| answer.push(found.element));
    Ok(answer)
}

/// The same over several accounts' answers in one.
pub async fn full(context: &Context, request: &Element) -> Result<Element> {
    let inner = request.need_element("AutoCompleteRequest")?;
    let (matches, cacheable) = complete(context, inner).await?;
    let mut answer = Element::answer_to(request).attr("canBeCached", cacheable);
    matches.into_iter().for_each(|found| answer.push(found.element));
    Ok(answer)
}

async fn complete(context: &Context, request: &Element) -> Result<(Vec<Match>, bool)> {
    let own = context.target()?.id.clone();
    let name = request.need("name")?;
    if name.trim().is_empty() {
        return Err(Fault::invalid("name parameter is empty"));
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(Fault::invalid("name is too long"));
    }
    let account = context.target()?.clone();
    let pref = |name: &str, default: bool| account.attr(name).map_or(default, |value| value == "TRUE");
    let folders = match request.get("folders").filter(|folders| !folders.is_empty()) {
        Some(list) => {
            let ids = list.split(',').map(|id| crate::args::folder_id(id.trim(), &own));
            Some(ids.collect::<Result<Vec<_>>>()?)
        }
        None => None,
    };
    let words = words(&name);
    let typed = words.clone();
    let handle = context.open().await?;
    let mut everything = handle
        .run(move |mailbox| {
            let ranking = if mailbox.is_own() { mailbox.ranking()? } else { Vec::new() };
            let shunned = mailbox.folders()?;
            let shunned: HashSet<ItemId> = shunned
                .iter()
                .filter(|folder| ["/Trash", "/Junk"].iter().any(|top| is_below(&folder.path, top)))
                .map(|folder| folder.item.id)
                .collect();
            let is_asked = |item: &Item| match &folders {
                Some(folders) => folders.contains(&item.folder),
                None => !shunned.contains(&item.folder),
            };
            let matches = |item: &Item| !of_contact(item, &typed, &[]).is_empty();
            let contacts = mailbox.contacts_where(None, |item| is_asked(item) && matches(item))?;
            Ok((ranking, contacts))
        })
        .await?;
    if pref("zimbraPrefSharedAddrBookAutoCompleteEnabled", false) {
        everything.1.extend(super::shared::contacts(context, &handle).await?);
    }
    let (ranking, contacts) = everything;
    let mut matches: Vec<Match> = contacts.iter().flat_map(|item| of_contact(item, &words, &ranking)).collect();
    let gal = request.flag("includeGal")?.unwrap_or_else(|| pref("zimbraPrefGalAutoCompleteEnabled", true));
    if gal {
        let need_exp = request.is("needExp")?;
        let (entries, _) = gal::find(context, words.last().map_or("", String::as_str)).await?;
        matches.extend(entries.iter().filter_map(|entry| of_gal(entry, &words, &ranking, need_exp)));
    }
    matches.extend(ranking.iter().filter_map(|ranked| of_ranked(ranked, &words)));
    matches.sort_by(|a, b| (b.ranking, a.class, &a.sort).cmp(&(a.ranking, b.class, &b.sort)));
    // Who is in two places is told once: where more is known.
    matches.sort_by_key(|found| std::cmp::Reverse(found.ranking));
    let mut best: Vec<Match> = Vec::new();
    for found in matches {
        match best.iter_mut().find(|known| !found.email.is_empty() && known.email == found.email) {
            Some(known) if found.class < known.class => *known = found,
            Some(_) => {}
            None => best.push(found),
        }
    }
    let limit = account.attr("zimbraContactAutoCompleteMaxResults").and_then(|max| max.parse().ok()).unwrap_or(RESULTS);
    let limit = limit.min(RESULTS_MAX);
    let cacheable = best.len() <= limit;
    best.truncate(limit);
    Ok((best, cacheable))
}

fn is_below(path: &str, top: &str) -> bool {
    path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Lower case, split at spaces.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

/// Every word that was typed begins a word of `known`.
fn begins(known: &str, typed: &[String]) -> bool {
    let known = known.to_lowercase();
    let mut starts: Vec<&str> = known.split_whitespace().collect();
    // what is behind punctuation begins, too: "O'Neil", "(Sales)", "a.b@c"
    let mut before = ' ';
    for (at, c) in known.char_indices() {
        if !before.is_alphanumeric() && !before.is_whitespace() {
            starts.push(&known[at..]);
        }
        before = c;
    }
    typed.iter().all(|word| starts.iter().any(|start| start.starts_with(word.as_str())))
}

const EMAILS: [&str; 3] = ["email", "workEmail", "homeEmail"];

fn emails(detail: &ContactDetail) -> impl Iterator<Item = &str> {
    let is_email = |name: &str| EMAILS.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit()));
    detail
        .attrs
        .iter()
        .filter(move |(name, value)| is_email(name) && !value.is_empty())
        .map(|(_, value)| value.as_str())
}

fn of_contact(item: &Item, typed: &[String], ranking: &[Ranked]) -> Vec<Match> {
    let Some(detail) = contact_detail(item) else { return Vec::new() };
    let attr = |name: &str| contact_attr(detail, name).unwrap_or_default();
    let names = ["firstName", "middleName", "lastName", "fullName", "nickname", "company"].map(attr);
    let called = format!("{} {}", names.join(" "), item.name);
    let by_name = begins(&called, typed);
    let describe = |element: Element| {
        element
            .attr("type", "contact")
            .attr("id", item.id.to_string())
            .attr("l", item.folder.to_string())
            .attr_opt("first", contact_attr(detail, "firstName"))
            .attr_opt("middle", contact_attr(detail, "middleName"))
            .attr_opt("last", contact_attr(detail, "lastName"))
            .attr_opt("full", contact_attr(detail, "fullName"))
            .attr_opt("nick", contact_attr(detail, "nickname"))
            .attr_opt("company", contact_attr(detail, "company"))
            .attr("fileas", item.name.clone())
    };
    if is_group(detail) {
        if !by_name {
            return Vec::new();
        }
        let name = contact_attr(detail, "nickname").unwrap_or(&item.name).to_owned();
        let element = Element::new("match").attr("isGroup", true).attr("ranking", 0).attr("display", name.clone());
        return vec![Match {
            ranking: 0,
            class: 0,
            sort: name.to_lowercase(),
            email: String::new(),
            element: describe(element),
        }];
    }
    let full = [attr("firstName"), attr("middleName"), attr("lastName")];
    let full = full.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let shown = contact_attr(detail, "fullName").filter(|name| !name.is_empty()).map_or(full, str::to_owned);
    let found =
        emails(detail).filter(|email| by_name || begins(email, typed) || begins(&format!("{called} {email}"), typed));
    found
        .enumerate()
        .map(|(at, email)| {
            let ranking = rank(ranking, email);
            let element = Element::new("match")
                .attr("email", with_name(&shown, email))
                .attr("ranking", ranking)
                .attr("isGroup", false);
            Match {
                ranking,
                class: 0,
                sort: format!("{} {at:04}", item.name).to_lowercase(),
                email: email.to_lowercase(),
                element: describe(element),
            }
        })
        .collect()
}

fn of_gal(entry: &directory::GalEntry, typed: &[String], ranking: &[Ranked], need_exp: bool) -> Option<Match> {
    let attrs = gal::contact_attrs(entry);
    let value = |name: &str| attrs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let all: Vec<&str> = attrs
        .iter()
        .filter(|(name, _)| name.starts_with("email") || name.ends_with("Name"))
        .map(|(_, value)| value.as_str())
        .collect();
    if !begins(&all.join(" "), typed) {
        return None;
    }
    let group = entry.kind == Kind::List;
    let points = rank(ranking, &entry.name);
    let name = gal::full_name(entry);
    let shown = if name == entry.name { "" } else { &name };
    let mut element = Element::new("match")
        .attr("email", with_name(shown, &entry.name))
        .attr("type", "gal")
        .attr("ranking", points)
        .attr("isGroup", group)
        .attr_opt("first", value("firstName"))
        .attr_opt("last", value("lastName"))
        .attr_opt("full", value("fullName"))
        .attr_opt("company", value("company"))
        .attr("fileas", name.clone());
    if group && need_exp {
        element.set("exp", true);
    }
    Some(Match { ranking: points, class: 1, sort: name.to_lowercase(), email: entry.name.to_lowercase(), element })
}

fn of_ranked(ranked: &Ranked, typed: &[String]) -> Option<Match> {
    let name = ranked.name.clone().unwrap_or_default();
    if !begins(&format!("{name} {}", ranked.address), typed) {
        return None;
    }
    let element = Element::new("match")
        .attr("email", with_name(&name, &ranked.address))
        .attr("type", "rankingTable")
        .attr("ranking", ranked.count)
        .attr("isGroup", false)
        .attr_opt("full", ranked.name.clone());
    let email = ranked.address.clone();
    Some(Match { ranking: ranked.count, class: 2, sort: email.clone(), email, element })
}

fn rank(ranking: &[Ranked], email: &str) -> u32 {
    let email = email.to_lowercase();
    ranking.iter().find(|ranked| ranked.address == email).map_or(0, |ranked| ranked.count)
}

/// `"Ann Other" <ann@example.org>`
fn with_name(name: &str, email: &str) -> String {
    match name.trim() {
        "" => email.to_owned(),
        name => format!("\"{}\" <{email}>", name.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// RankingActionRequest: forgets how often was written to one address, or to all.
pub async fn ranking(context: &Context, request: &Element) -> Result<Element> {
    let action = request.need_element("action")?;
    let address = match action.need_filled("op")?.as_str() {
        "reset" => None,
        "delete" => Some(action.need_filled("email")?),
        other => return Err(Fault::invalid(format!("unknown operation: {other}"))),
    };
    let handle = context.open().await?;
    handle.run(move |mailbox| mailbox.forget_ranking(address.as_deref())).await?;
    Ok(Element::answer_to(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_begins_words() {
        for (typed, expected) in [
            ("an", true),
            ("oth ann", true),
            ("ann@", true),
            ("example", true),
            ("neil", true),
            ("nn", false),
            ("x", false),
        ] {
            assert_eq!(begins("Ann Other O'Neil ann@example.org", &words(typed)), expected, "{typed}");
        }
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(with_name("A \"B\" C", "a@b"), "\"A \\\"B\\\" C\" <a@b>");
        assert_eq!(with_name(" ", "a@b"), "a@b");
    }
}
