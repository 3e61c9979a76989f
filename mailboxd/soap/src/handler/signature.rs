// SPDX-License-Identifier: AGPL-3.0-or-later
//! Signatures: texts that go below what an account writes.

use super::identity::{clean_name, limit};
use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::{Account, Attrs, Kind, Object};

const SIGNATURES_MAX: usize = 20;
/// Characters of one text, where the class of service says nothing.
const LENGTH_MAX: usize = 10_240;

/// Content type, and the attribute that holds the text.
const TEXTS: [(&str, &str); 2] =
    [("text/plain", "zimbraPrefMailSignature"), ("text/html", "zimbraPrefMailSignatureHTML")];
const CONTACT: &str = "zimbraPrefMailSignatureContactId";

fn element(signature: &Object) -> Element {
    let first = |attr: &str| signature.attrs.get(attr).and_then(|values| values.first());
    let mut element = Element::new("signature").attr("name", signature.name.clone()).attr("id", signature.id.clone());
    if let Some(contact) = first(CONTACT) {
        element = element.content("cid", contact.clone());
    }
    for (kind, attr) in TEXTS {
        if let Some(text) = first(attr) {
            element.push(Element::new("content").attr("type", kind).text(text.clone()));
        }
    }
    element
}

pub fn all(directory: &directory::Directory, account: &Account) -> directory::Result<Vec<Element>> {
    Ok(directory.personas(Kind::Signature, &account.id)?.iter().map(element).collect())
}

fn changes(account: &Account, signature: &Element) -> Result<Attrs> {
    let max = limit(account, "zimbraMailSignatureMaxLength", LENGTH_MAX);
    let mut changes = Attrs::new();
    for content in signature.named("content") {
        let kind = content.get("type").filter(|kind| !kind.is_empty()).unwrap_or_else(|| "text/plain".into());
        let attr = TEXTS.iter().find(|(known, _)| *known == kind).map(|(_, attr)| *attr);
        let attr = attr.ok_or_else(|| Fault::invalid(format!("unknown content type: {kind}")))?;
        if changes.contains_key(attr) {
            return Err(Fault::invalid(format!("two contents of type {kind}")));
        }
        let text = content.text_or_empty();
        if max > 0 && text.chars().count() > max {
            return Err(Fault::new("account.INVALID_ATTR_VALUE", format!("a signature has {max} characters at most")));
        }
        changes.insert(attr.to_owned(), if text.is_empty() { Vec::new() } else { vec![text.to_owned()] });
    }
    if let Some(contact) = signature.get("cid") {
        changes.insert(CONTACT.to_owned(), if contact.is_empty() { Vec::new() } else { vec![contact] });
    }
    Ok(changes)
}

pub async fn create(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let signature = request.need_element("signature")?;
    let name = clean_name(&signature.need("name")?)?;
    let changes = changes(&account, signature)?;
    let directory = context.state.directory.clone();
    let made = context.state.store.run(move |_| -> Result<Object> {
        let max = limit(&account, "zimbraSignatureMaxNumEntries", SIGNATURES_MAX);
        if directory.personas(Kind::Signature, &account.id)?.len() >= max {
            return Err(Fault::new("account.TOO_MANY_SIGNATURES", format!("{max} signatures at most")));
        }
        Ok(directory.create_persona(Kind::Signature, &account.id, &name, changes)?)
    });
    let made = made.await??;
    Ok(Element::answer_to(request).child(Element::new("signature").attr("name", made.name).attr("id", made.id)))
}

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let (directory, account) = (context.state.directory.clone(), context.target()?.clone());
    let all = context.state.store.run(move |_| all(&directory, &account)).await??;
    let mut answer = Element::answer_to(request);
    all.into_iter().for_each(|signature| answer.push(signature));
    Ok(answer)
}

fn key(signature: &Element) -> Result<String> {
    let given = |name: &str| signature.get(name).filter(|value| !value.trim().is_empty());
    given("id").or_else(|| given("name")).ok_or_else(|| Fault::invalid("a signature needs an id or a name"))
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let signature = request.need_element("signature")?;
    let (key, changes) = (key(signature)?, changes(&account, signature)?);
    let has_id = signature.get("id").is_some_and(|id| !id.is_empty());
    let name = if has_id { signature.get("name").map(|name| clean_name(&name)).transpose()? } else { None };
    let directory = context.state.directory.clone();
    let work = move || match name {
        Some(name) => directory.rename_persona(Kind::Signature, &account.id, &key, &name, changes),
        None => directory.modify_persona(Kind::Signature, &account.id, &key, changes),
    };
    context.state.store.run(move |_| work()).await??;
    Ok(Element::answer_to(request))
}

pub async fn delete(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let key = key(request.need_element("signature")?)?;
    let directory = context.state.directory.clone();
    context.state.store.run(move |_| directory.delete_persona(Kind::Signature, &account.id, &key)).await??;
    Ok(Element::answer_to(request))
}
