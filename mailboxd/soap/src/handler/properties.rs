// SPDX-License-Identifier: AGPL-3.0-or-later
//! What extensions of the web client keep: ModifyPropertiesRequest, and the section `props` of GetInfo.

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::{Account, Attrs};

/// "zimlet:name:value"
const ATTR: &str = "zimbraZimletUserProperties";
const PROPERTIES_MAX: usize = 150;
const NAME_BYTES_MAX: usize = 256;
const VALUE_BYTES_MAX: usize = 16 << 10;

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let mut known: Vec<String> = account.attrs.get(ATTR).cloned().unwrap_or_default();
    for prop in request.named("prop") {
        let (zimlet, name, value) = (prop.need_filled("zimlet")?, prop.need_filled("name")?, prop.text_or_empty());
        let bad = |text: &str| text.len() > NAME_BYTES_MAX || text.contains(|c: char| c == ':' || c.is_control());
        if bad(&zimlet) || bad(&name) || value.len() > VALUE_BYTES_MAX {
            return Err(Fault::invalid("a property's name holds no colon, and is not too long"));
        }
        let key = format!("{zimlet}:{name}:");
        known.retain(|one| !one.starts_with(&key));
        if !value.is_empty() {
            known.push(format!("{key}{value}"));
        }
    }
    if known.len() > PROPERTIES_MAX {
        return Err(Fault::invalid(format!("more than {PROPERTIES_MAX} properties")));
    }
    let directory = context.state.directory.clone();
    let changes = Attrs::from([(ATTR.to_owned(), known)]);
    context.state.store.run(move |_| directory.modify_account(&account.id, changes)).await??;
    Ok(Element::answer_to(request))
}

pub fn element(account: &Account) -> Element {
    let mut props = Element::new("props");
    for one in account.attrs.get(ATTR).into_iter().flatten() {
        let mut parts = one.splitn(3, ':');
        if let (Some(zimlet), Some(name), Some(value)) = (parts.next(), parts.next(), parts.next()) {
            props.push(Element::new("prop").attr("zimlet", zimlet).attr("name", name).text(value));
        }
    }
    props
}
