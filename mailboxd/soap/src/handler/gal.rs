// SPDX-License-Identifier: AGPL-3.0-or-later
//! The global address list: SearchGal, AutoCompleteGal, SyncGal, and who is in a distribution list.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::rights::TargetType;
use directory::{Attrs, GalEntry, Kind};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

const NAME_BYTES_MAX: usize = 1024;
const LIMIT_MAX: usize = 1_000;

/// Of the directory's attributes, what a contact calls them; a later value of one name gets a number.
const NAMES: &[(&str, &str)] = &[
    ("displayName", "fullName"),
    ("cn", "fullName"),
    ("givenName", "firstName"),
    ("initials", "initials"),
    ("sn", "lastName"),
    ("mail", "email"),
    ("title", "jobTitle"),
    ("company", "company"),
    ("o", "company"),
    ("department", "department"),
    ("ou", "department"),
    ("telephoneNumber", "workPhone"),
    ("mobile", "mobilePhone"),
    ("homePhone", "homePhone"),
    ("pager", "pager"),
    ("facsimileTelephoneNumber", "workFax"),
    ("street", "workStreet"),
    ("l", "workCity"),
    ("st", "workState"),
    ("postalCode", "workPostalCode"),
    ("co", "workCountry"),
    ("description", "notes"),
    ("zimbraCalResType", "zimbraCalResType"),
    ("zimbraId", "zimbraId"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    All,
    Account,
    Resource,
    Group,
}

impl Type {
    fn of(request: &Element) -> Result<Type> {
        Ok(match request.get("type").as_deref() {
            None | Some("" | "all") => Type::All,
            Some("account") => Type::Account,
            Some("resource") => Type::Resource,
            Some("group") => Type::Group,
            Some(other) => return Err(Fault::invalid(format!("unknown type: {other}"))),
        })
    }

    fn admits(self, entry: &GalEntry) -> bool {
        match self {
            Type::All => true,
            Type::Account => entry.kind == Kind::Account,
            Type::Resource => entry.kind == Kind::Resource,
            Type::Group => entry.kind == Kind::List,
        }
    }
}

/// Attributes as a contact has them.
pub fn contact_attrs(entry: &GalEntry) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let value_of = |attrs: &Attrs, name: &str| attrs.get(name).cloned().unwrap_or_default();
    for (theirs, ours) in NAMES {
        let many = *theirs == "mail";
        for value in value_of(&entry.attrs, theirs).into_iter().filter(|value| !value.is_empty()) {
            let taken = |name: &str, out: &[(String, String)]| out.iter().any(|(known, _)| known == name);
            let name = match (taken(ours, &out), many) {
                (false, _) => (*ours).to_owned(),
                (true, false) => break,
                (true, true) => (2..).map(|n| format!("{ours}{n}")).find(|name| !taken(name, &out)).unwrap_or_default(),
            };
            out.push((name, value));
        }
    }
    if entry.kind == Kind::List {
        out.push(("type".into(), "group".into()));
    }
    out
}

/// How others name it: as Zimbra's directory would.
pub fn reference(entry: &GalEntry) -> String {
    let (local, domain) = entry.name.split_once('@').unwrap_or((&entry.name, ""));
    let domain = domain.split('.').map(|label| format!("dc={label}")).collect::<Vec<_>>().join(",");
    format!("uid={local},ou=people,{domain}")
}

/// The address that a reference stands for.
pub fn address_of(reference: &str) -> Option<String> {
    if reference.contains('@') {
        return Some(reference.to_owned());
    }
    let mut local = None;
    let mut domain = Vec::new();
    for part in reference.split(',') {
        match part.trim().split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("uid") || name.eq_ignore_ascii_case("cn") => {
                local = local.or(Some(value));
            }
            Some((name, value)) if name.eq_ignore_ascii_case("dc") => domain.push(value),
            _ => {}
        }
    }
    local.filter(|_| !domain.is_empty()).map(|local| format!("{local}@{}", domain.join(".")))
}

fn element(entry: &GalEntry, need_exp: bool) -> Element {
    let id = entry.attrs.get("zimbraId").and_then(|ids| ids.first()).unwrap_or(&entry.name);
    let mut cn = Element::new("cn").attr("id", id.clone()).attr("ref", reference(entry));
    if entry.kind == Kind::List {
        cn.set("type", "group");
        if need_exp {
            cn.set("exp", true);
        }
    }
    for (name, value) in contact_attrs(entry) {
        cn = cn.pair("a", "n", &name, &value);
    }
    cn.attr("fileAsStr", full_name(entry))
}

pub fn full_name(entry: &GalEntry) -> String {
    let value = |name: &str| entry.attrs.get(name).and_then(|values| values.first()).filter(|value| !value.is_empty());
    value("displayName").or_else(|| value("cn")).cloned().unwrap_or_else(|| entry.name.clone())
}

/// Who is in the list of the account's domain; nobody if the account may not look.
pub async fn find(context: &Context, text: &str) -> Result<(Vec<GalEntry>, bool)> {
    let account = context.target()?.clone();
    if account.attr("zimbraFeatureGalEnabled") == Some("FALSE") {
        return Ok((Vec::new(), false));
    }
    let domain = account.name.rsplit('@').next().unwrap_or_default().to_owned();
    let directory = context.state.directory.clone();
    let text = text.to_owned();
    let found = context.state.store.run(move |_| directory.search_gal(&domain, &text)).await??;
    Ok((found.entries, found.more))
}

fn name_of(request: &Element) -> Result<String> {
    let name = request.need("name")?;
    if name.len() > NAME_BYTES_MAX {
        return Err(Fault::invalid("name is too long"));
    }
    // A star at the end says no more than what a beginning does.
    Ok(name.trim().trim_end_matches('*').to_owned())
}

pub async fn search(context: &Context, request: &Element) -> Result<Element> {
    if context.target()?.attr("zimbraFeatureGalEnabled") == Some("FALSE") {
        return Err(Fault::denied());
    }
    let kind = Type::of(request)?;
    let need_exp = request.is("needExp")?;
    let offset = request.number::<usize>("offset")?.unwrap_or(0);
    let limit = request.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(LIMIT_MAX).min(LIMIT_MAX);
    let (mut entries, mut more) = match request.get("ref").filter(|text| !text.is_empty()) {
        Some(text) => {
            let address = address_of(&text).unwrap_or(text);
            let (mut entries, _) = find(context, &address).await?;
            entries.retain(|entry| entry.name == address.to_lowercase());
            (entries, false)
        }
        None => find(context, &name_of(request)?).await?,
    };
    entries.retain(|entry| kind.admits(entry));
    let descending = request.get("sortBy").is_some_and(|sort| sort.ends_with("Desc"));
    entries.sort_by_cached_key(|entry| full_name(entry).to_lowercase());
    if descending {
        entries.reverse();
    }
    more |= entries.len() > offset.saturating_add(limit);
    let mut answer = Element::answer_to(request)
        .attr("sortBy", if descending { "nameDesc" } else { "nameAsc" })
        .attr("offset", offset)
        .attr("more", more)
        .attr("paginationSupported", true);
    entries.iter().skip(offset).take(limit).for_each(|entry| answer.push(element(entry, need_exp)));
    Ok(answer)
}

pub async fn auto_complete(context: &Context, request: &Element) -> Result<Element> {
    let kind = Type::of(request)?;
    let limit = request.number::<usize>("limit")?.filter(|limit| *limit > 0).unwrap_or(20).min(LIMIT_MAX);
    let need_exp = request.is("needExp")?;
    let name = name_of(request)?;
    if name.is_empty() {
        return Err(Fault::invalid("name is empty"));
    }
    let (mut entries, more) = find(context, &name).await?;
    entries.retain(|entry| kind.admits(entry));
    let mut answer = Element::answer_to(request)
        .attr("more", more || entries.len() > limit)
        .attr("tokenizeKey", false)
        .attr("paginationSupported", true);
    entries.iter().take(limit).for_each(|entry| answer.push(element(entry, need_exp)));
    Ok(answer)
}

/// The token says what the whole list looked like: while it looks so, there is nothing new; else all of it comes again.
pub async fn sync(context: &Context, request: &Element) -> Result<Element> {
    if context.target()?.attr("zimbraFeatureGalEnabled") == Some("FALSE")
        || context.target()?.attr("zimbraFeatureGalSyncEnabled") == Some("FALSE")
    {
        return Err(Fault::denied());
    }
    let ids_only = request.is("idOnly")?;
    let known = request.get("token").filter(|token| !token.is_empty());
    let (entries, more) = find(context, "").await?;
    let token = BuildHasherDefault::<DefaultHasher>::default();
    let listed: Vec<_> = entries.iter().map(|entry| (&entry.name, &entry.attrs)).collect();
    let token = format!("{:016x}", token.hash_one(format!("{listed:?}")));
    let mut answer = Element::answer_to(request).attr("token", token.clone()).attr("more", more);
    match known {
        Some(known) if known == token => return Ok(answer),
        Some(_) => answer.set("fullSyncRecommended", true),
        None => {}
    }
    for entry in &entries {
        let mut cn = element(entry, false);
        if ids_only {
            cn.pairs.clear();
        }
        answer.push(cn);
    }
    Ok(answer)
}

pub async fn members(context: &Context, request: &Element) -> Result<Element> {
    let name = request.need_filled("dl")?;
    let offset = request.number::<i64>("offset")?.unwrap_or(0);
    let limit = request.number::<i64>("limit")?.unwrap_or(0);
    let (Ok(offset), Ok(limit)) = (usize::try_from(offset), usize::try_from(limit)) else {
        return Err(Fault::invalid("offset and limit are not negative"));
    };
    let directory = context.state.directory.clone();
    let missing = || Fault::new("account.NO_SUCH_DISTRIBUTION_LIST", format!("no such distribution list: {name}"));
    let asked = name.clone();
    let list = context.state.store.run(move |_| directory.list(&asked)).await?.map_err(|_| missing())?;
    // As much as the address list shows; of another domain, what is granted.
    let account = context.target()?.clone();
    let domain = |name: &str| name.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let (directory, id) = (context.state.directory.clone(), list.id.clone());
    let is_near =
        domain(&list.name) == domain(&account.name) && account.attr("zimbraFeatureGalEnabled") != Some("FALSE");
    let may_see = context.state.store.run(move |_| -> directory::Result<bool> {
        Ok(is_near
            || directory.user_right(Some(&account), &directory.on(TargetType::Dl, &id)?, "viewDistList")? == Some(true))
    });
    if !may_see.await?? {
        return Err(missing());
    }
    let hidden = |name: &str| list.attrs.get(name).is_some_and(|values| values.iter().any(|value| value == "TRUE"));
    if hidden("zimbraHideInGal") {
        return Err(missing());
    }
    let members = list.members();
    let shown = members.iter().skip(offset).take(if limit == 0 { usize::MAX } else { limit });
    let mut answer = Element::answer_to(request).attr("total", members.len());
    let mut count = 0;
    for member in shown {
        count += 1;
        answer.push(Element::new("dlm").text(member.clone()));
    }
    Ok(answer.attr("more", offset.saturating_add(count) < members.len()))
}
