// SPDX-License-Identifier: AGPL-3.0-or-later
//! The address list of a domain, as an administrator asks for it.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::{GalEntry, Kind};

pub async fn search(context: &Context, request: &Element) -> Result<Element> {
    answer(context, request, false).await
}

/// Whose name or address begins so.
pub async fn complete(context: &Context, request: &Element) -> Result<Element> {
    request.need("name")?;
    answer(context, request, true).await
}

async fn answer(context: &Context, request: &Element, begins: bool) -> Result<Element> {
    let (domain, text) = (request.need_filled("domain")?, request.get("name").unwrap_or_default());
    let wanted: fn(Kind) -> bool = match request.get("type").as_deref() {
        None | Some("all" | "") => |_| true,
        Some("account") => |kind| kind == Kind::Account,
        Some("resource") => |kind| kind == Kind::Resource,
        Some("group") => |kind| kind == Kind::List,
        Some(_) => return Err(Fault::invalid("type is all, account, resource or group")),
    };
    let limit = request.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let text = if text == "*" || text == "." { String::new() } else { text };
    let directory = context.state.directory.clone();
    let asked = text.clone();
    let found = context.state.store.run(move |_| directory.search_gal(&domain, &asked)).await??;
    let is_meant = |entry: &&GalEntry| wanted(entry.kind) && (!begins || text.is_empty() || begins_with(entry, &text));
    let hits: Vec<&GalEntry> = found.entries.iter().filter(is_meant).collect();
    let more = found.more || hits.len() > limit;
    let mut answer = Element::answer_to(request).attr("more", more).attr("tokenizeKey", false);
    if !begins {
        answer = answer.attr("sortBy", "nameAsc").attr("offset", 0);
    }
    for entry in hits.into_iter().take(limit) {
        answer.push(contact(entry));
    }
    Ok(answer)
}

fn begins_with(entry: &GalEntry, text: &str) -> bool {
    let text = text.to_lowercase();
    let words = entry.attrs.values().flatten().map(|value| value.to_lowercase());
    words
        .into_iter()
        .any(|value| value.split([' ', '@']).any(|word| word.starts_with(&text)) || value.starts_with(&text))
}

/// `<cn id><a n="email">…</a></cn>`, by the names that contacts have.
fn contact(entry: &GalEntry) -> Element {
    let mut element = Element::new("cn").attr("id", entry.name.clone()).attr("ref", entry.name.clone());
    let mut push = |name: &str, value: &str| element.push(Element::new("a").attr("n", name).text(value));
    for (name, values) in &entry.attrs {
        let shown = match name.as_str() {
            "mail" => {
                for (n, address) in values.iter().enumerate() {
                    push(&if n == 0 { "email".to_owned() } else { format!("email{}", n + 1) }, address);
                }
                continue;
            }
            "displayName" | "cn" => "fullName",
            "givenName" => "firstName",
            "sn" => "lastName",
            "title" => "jobTitle",
            "o" | "company" => "company",
            "ou" | "department" => "department",
            "l" => "workCity",
            "st" => "workState",
            "street" => "workStreet",
            "postalCode" => "workPostalCode",
            "co" => "workCountry",
            "telephoneNumber" => "workPhone",
            "mobile" => "mobilePhone",
            "facsimileTelephoneNumber" => "workFax",
            other => other,
        };
        if name == "cn" && entry.attrs.contains_key("displayName") {
            continue;
        }
        if let Some(value) = values.first() {
            push(shown, value);
        }
    }
    if entry.kind == Kind::List {
        push("type", "group");
    }
    element
}
