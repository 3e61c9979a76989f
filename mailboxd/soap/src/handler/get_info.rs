// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetInfoRequest: the account as its owner sees it, by sections.

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::handler::{data_source, identity, prefs, properties, signature, spelling};
use crate::render::VERSION;
use crate::state::now_ms;

pub async fn handle(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let sections = request.get("sections").map(|text| text.to_ascii_lowercase());
    let wants = |name: &str| sections.as_deref().is_none_or(|list| list.split(',').any(|s| s.trim() == name));
    let config = &context.state.config;
    let mut answer = Element::answer_to(request)
        .attr("attSizeLimit", config.message_bytes_max)
        .attr("docSizeLimit", config.message_bytes_max)
        .content("version", VERSION)
        .content("id", account.id.clone())
        .content("name", account.name.clone())
        .content("lifetime", (context.auth()?.claims.expires_ms - now_ms()).max(0))
        .content("rest", format!("{}/home/{}", config.public_url, account.name));
    if context.auth()?.claims.delegated_by.is_some() {
        answer = answer.content("adminDelegated", true);
    }
    if wants("mbox") {
        let handle = context.open().await?;
        answer = answer.content("used", handle.run(|mailbox| Ok(mailbox.row()?.size)).await?);
    }
    answer = answer.content("soapURL", format!("{}/service/soap/", config.public_url));
    answer = answer.content("isSpellCheckAvailable", spelling::is_available(&context.state).await?);
    answer = answer.content("publicURL", config.public_url.clone());
    answer.push_unique(Element::new("cos").attr("id", "default").attr("name", "default"));
    if wants("prefs") {
        answer.push_unique(prefs::prefs_element(&account, None));
    }
    if wants("attrs") {
        answer.push_unique(prefs::attrs_element(&prefs::attrs_of(&account, &config.host), None));
    }
    if wants("idents") {
        let (directory, account) = (context.state.directory.clone(), account.clone());
        let all = context.state.store.run(move |_| identity::all(&directory, &account)).await??;
        answer.push_unique(all.into_iter().fold(Element::new("identities"), Element::child));
    }
    if wants("sigs") {
        let (directory, account) = (context.state.directory.clone(), account.clone());
        let all = context.state.store.run(move |_| signature::all(&directory, &account)).await??;
        answer.push_unique(all.into_iter().fold(Element::new("signatures"), Element::child));
    }
    if wants("props") {
        answer.push_unique(properties::element(&account));
    }
    if wants("dsrcs") {
        let all = data_source::all(context, &context.open().await?).await?;
        answer.push_unique(all.into_iter().fold(Element::new("dataSources"), Element::child));
    }
    for (section, name) in [("zimlets", "zimlets"), ("children", "childAccounts")] {
        if wants(section) {
            answer.push_unique(Element::new(name));
        }
    }
    Ok(answer)
}
