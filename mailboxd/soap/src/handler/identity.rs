// SPDX-License-Identifier: AGPL-3.0-or-later
//! Identities: whom an account writes as. The one called DEFAULT is the account's own preferences, under its own id.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::{Account, Attrs, Kind, Object};

const DEFAULT: &str = "DEFAULT";
const NAME: &str = "zimbraPrefIdentityName";
const ID: &str = "zimbraPrefIdentityId";
const PREFIX: &str = "zimbraPref";
const NAME_CHARS_MAX: usize = 128;
const VALUE_BYTES_MAX: usize = 64 << 10;
/// Where the class of service says nothing.
const IDENTITIES_MAX: usize = 20;

/// Preferences of the account that make its default identity.
const OF_DEFAULT: &[&str] = &[
    "zimbraPrefBccAddress",
    "zimbraPrefDefaultSignatureId",
    "zimbraPrefForwardIncludeOriginalText",
    "zimbraPrefForwardReplyFormat",
    "zimbraPrefForwardReplyPrefixChar",
    "zimbraPrefForwardReplySignatureId",
    "zimbraPrefForwardReplyFontColor",
    "zimbraPrefForwardReplyFontFamily",
    "zimbraPrefForwardReplyFontSize",
    "zimbraPrefFromAddress",
    "zimbraPrefFromAddressType",
    "zimbraPrefFromDisplay",
    "zimbraPrefMailSignature",
    "zimbraPrefMailSignatureEnabled",
    "zimbraPrefMailSignatureStyle",
    "zimbraPrefReplyIncludeOriginalText",
    "zimbraPrefReplyToAddress",
    "zimbraPrefReplyToDisplay",
    "zimbraPrefReplyToEnabled",
    "zimbraPrefSaveToSent",
    "zimbraPrefSentMailFolder",
    "zimbraPrefUseDefaultIdentitySettings",
    "zimbraPrefWhenInFolderIds",
    "zimbraPrefWhenInFoldersEnabled",
    "zimbraPrefWhenSentToAddresses",
    "zimbraPrefWhenSentToEnabled",
];

fn default_element(account: &Account) -> Element {
    let mut attrs: Attrs = account
        .attrs
        .iter()
        .filter(|(name, _)| OF_DEFAULT.contains(&name.as_str()))
        .map(|(name, values)| (name.clone(), values.clone()))
        .collect();
    attrs.entry("zimbraPrefFromAddress".into()).or_insert_with(|| vec![account.name.clone()]);
    if let Some(name) = account.display_name() {
        attrs.entry("zimbraPrefFromDisplay".into()).or_insert_with(|| vec![name.to_owned()]);
    }
    element(DEFAULT, &account.id, &attrs)
}

fn element(name: &str, id: &str, attrs: &Attrs) -> Element {
    let mut element = Element::new("identity").attr("name", name).attr("id", id);
    element = element.pair("a", "name", NAME, name).pair("a", "name", ID, id);
    let shown = attrs.iter().filter(|(attr, _)| attr.starts_with(PREFIX) && *attr != NAME && *attr != ID);
    for (attr, values) in shown {
        for value in values {
            element = element.pair("a", "name", attr, value);
        }
    }
    element
}

fn of_object(identity: &Object) -> Element {
    element(&identity.name, &identity.id, &identity.attrs)
}

/// The default one first.
pub fn all(directory: &directory::Directory, account: &Account) -> directory::Result<Vec<Element>> {
    let others = directory.personas(Kind::Identity, &account.id)?;
    Ok(std::iter::once(default_element(account)).chain(others.iter().map(of_object)).collect())
}

/// The attributes that an `identity` gives; an empty value takes one away.
fn changes(identity: &Element) -> Result<Attrs> {
    let mut changes = Attrs::new();
    for (name, value) in identity.key_values("a", "name")? {
        if name == NAME || name == ID {
            continue;
        }
        if !name.starts_with(PREFIX) || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Fault::new("account.INVALID_ATTR_NAME", format!("not an attribute of an identity: {name}")));
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(Fault::new("account.INVALID_ATTR_VALUE", format!("value of {name} is too long")));
        }
        super::prefs::check_value(&name, &value)?;
        let values = changes.entry(name).or_default();
        if !value.is_empty() {
            values.push(value);
        }
    }
    Ok(changes)
}

/// A name as it is kept.
pub fn clean_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
        return Err(Fault::invalid(format!("invalid name: {name:?}")));
    }
    Ok(name.to_owned())
}

/// Which one `<identity id= name=>` means; the id counts if both are there.
fn key(identity: &Element) -> Result<String> {
    let given = |name: &str| identity.get(name).filter(|value| !value.trim().is_empty());
    given("id").or_else(|| given("name")).ok_or_else(|| Fault::invalid("an identity needs an id or a name"))
}

fn is_default(account: &Account, key: &str) -> bool {
    key.eq_ignore_ascii_case(DEFAULT) || key == account.id
}

pub fn limit(account: &Account, attr: &str, default: usize) -> usize {
    account.attr(attr).and_then(|max| max.parse().ok()).unwrap_or(default)
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let identity = request.need_element("identity")?;
    let name = clean_name(&identity.need("name")?)?;
    if is_default(&account, &name) {
        return Err(Fault::new("account.IDENTITY_EXISTS", format!("identity {name} already exists")));
    }
    let changes = changes(identity)?;
    let directory = context.state.directory.clone();
    let made = context.state.store.run(move |_| -> Result<Object> {
        let max = limit(&account, "zimbraIdentityMaxNumEntries", IDENTITIES_MAX);
        // the default one counts
        if directory.personas(Kind::Identity, &account.id)?.len() + 1 >= max.max(1) {
            return Err(Fault::new("account.TOO_MANY_IDENTITIES", format!("{max} identities at most")));
        }
        Ok(directory.create_persona(Kind::Identity, &account.id, &name, changes)?)
    });
    Ok(Element::answer_to(request).child(of_object(&made.await??)))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let (directory, account) = (context.state.directory.clone(), context.target()?.clone());
    let all = context.state.store.run(move |_| all(&directory, &account)).await??;
    let mut answer = Element::answer_to(request);
    all.into_iter().for_each(|identity| answer.push(identity));
    Ok(answer)
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let identity = request.need_element("identity")?;
    let key = key(identity)?;
    let mut changes = changes(identity)?;
    let renamed = identity.get("id").is_some_and(|id| !id.is_empty()).then(|| identity.get("name")).flatten();
    let renamed = renamed.map(|name| clean_name(&name)).transpose()?;
    let given = identity.key_values("a", "name")?.into_iter().find(|(name, _)| name == NAME).map(|(_, name)| name);
    let renamed = renamed.or(given.map(|name| clean_name(&name)).transpose()?);
    let directory = context.state.directory.clone();
    let work = move || -> Result<()> {
        if is_default(&account, &key) {
            if renamed.is_some_and(|name| !name.eq_ignore_ascii_case(DEFAULT)) {
                return Err(Fault::invalid("the default identity can't be renamed"));
            }
            directory.modify_account(&account.id, changes)?;
            return Ok(());
        }
        let known = directory.personas(Kind::Identity, &account.id)?;
        let wanted = key.to_lowercase();
        let found = known.iter().find(|one| one.id == key || one.name.to_lowercase() == wanted);
        let found = found.ok_or_else(|| Fault::new("account.NO_SUCH_IDENTITY", format!("no such identity: {key}")))?;
        match renamed.filter(|name| *name != found.name) {
            Some(name) if is_default(&account, &name) => {
                Err(Fault::new("account.IDENTITY_EXISTS", format!("identity {name} already exists")))
            }
            Some(name) => {
                directory.rename_persona(Kind::Identity, &account.id, &found.id, &name, changes)?;
                Ok(())
            }
            None => {
                changes.remove(NAME);
                directory.modify_persona(Kind::Identity, &account.id, &found.id, changes)?;
                Ok(())
            }
        }
    };
    context.state.store.run(move |_| work()).await??;
    Ok(Element::answer_to(request))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let key = key(request.need_element("identity")?)?;
    if is_default(&account, &key) {
        return Err(Fault::invalid("the default identity can't be deleted"));
    }
    let directory = context.state.directory.clone();
    context.state.store.run(move |_| directory.delete_persona(Kind::Identity, &account.id, &key)).await??;
    Ok(Element::answer_to(request))
}
