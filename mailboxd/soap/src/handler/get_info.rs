// SPDX-License-Identifier: AGPL-3.0-or-later
//! GetInfoRequest: the account as its owner sees it, by sections.

use crate::context::Context;
use crate::element::Element;
use crate::fault::Result;
use crate::handler::prefs;
use crate::render::VERSION;
use crate::state::now_ms;
use directory::Account;

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
    answer = answer.content("publicURL", config.public_url.clone());
    answer.push_unique(Element::new("cos").attr("id", "default").attr("name", "default"));
    if wants("prefs") {
        answer.push_unique(prefs::prefs_element(&account, None));
    }
    if wants("attrs") {
        answer.push_unique(prefs::attrs_element(&prefs::attrs_of(&account, &config.host), None));
    }
    if wants("idents") {
        answer.push_unique(Element::new("identities").child(default_identity(&account)));
    }
    for (section, name) in [
        ("zimlets", "zimlets"),
        ("props", "props"),
        ("sigs", "signatures"),
        ("dsrcs", "dataSources"),
        ("children", "childAccounts"),
    ] {
        if wants(section) {
            answer.push_unique(Element::new(name));
        }
    }
    Ok(answer)
}

/// What a message of this account comes from, unless it says otherwise.
fn default_identity(account: &Account) -> Element {
    let from = account.attr("zimbraPrefFromAddress").unwrap_or(&account.name);
    let display = account.attr("zimbraPrefFromDisplay").or(account.display_name()).unwrap_or_default();
    Element::new("identity")
        .attr("name", "DEFAULT")
        .attr("id", account.id.clone())
        .pair("a", "name", "zimbraPrefIdentityName", "DEFAULT")
        .pair("a", "name", "zimbraPrefIdentityId", &account.id)
        .pair("a", "name", "zimbraPrefFromAddress", from)
        .pair("a", "name", "zimbraPrefFromDisplay", display)
}
