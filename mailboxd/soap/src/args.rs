// SPDX-License-Identifier: AGPL-3.0-or-later
//! Typed readers of a request. Every wrong value is `service.INVALID_REQUEST` that names the argument.

use crate::element::Element;
use crate::fault::{Fault, Result};
use mailbox::ItemId;

/// Ids in one comma-separated list.
pub const IDS_MAX: usize = 10_000;

impl Element {
    pub fn need(&self, name: &str) -> Result<String> {
        self.get(name).ok_or_else(|| Fault::invalid(format!("missing required attribute: {name}")))
    }

    /// As [`Element::need`], and not empty.
    pub fn need_filled(&self, name: &str) -> Result<String> {
        let value = self.need(name)?;
        if value.is_empty() { Err(Fault::invalid(format!("empty attribute: {name}"))) } else { Ok(value) }
    }

    pub fn need_element(&self, name: &str) -> Result<&Element> {
        self.first(name).ok_or_else(|| Fault::invalid(format!("missing required element: {name}")))
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.get(name).as_deref() {
            None => Ok(None),
            Some("1" | "true" | "TRUE") => Ok(Some(true)),
            Some("0" | "false" | "FALSE") => Ok(Some(false)),
            Some(_) => Err(Fault::invalid(format!("not a boolean: {name}"))),
        }
    }

    pub fn is(&self, name: &str) -> Result<bool> {
        Ok(self.flag(name)?.unwrap_or(false))
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>> {
        match self.get(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| Fault::invalid(format!("not a valid number: {name}"))),
        }
    }

    pub fn folder_id(&self, name: &str, own: &str) -> Result<Option<ItemId>> {
        self.get(name).map(|text| folder_id(&text, own)).transpose()
    }

    /// The list `<element key="name">value</element>`, or `_attrs` in JSON: name and value, in order.
    pub fn key_values(&self, element: &str, key: &str) -> Result<Vec<(String, String)>> {
        let listed = self.named(element).map(|one| Ok((one.need(key)?, one.text_or_empty().to_owned())));
        let paired = self.pairs.iter().map(|pair| Ok((pair.name.clone(), pair.value.clone())));
        listed.chain(paired).collect()
    }

    /// Names of header fields to show: `<header n="X"/>`.
    pub fn wanted_headers(&self) -> Vec<String> {
        self.named("header").filter_map(|header| header.get("n")).filter(|name| !name.is_empty()).take(32).collect()
    }
}

/// `257`, or `<own account id>:257`. What another mailbox is named for has been led there before (`delegate`).
fn local<'a>(text: &'a str, own: &str) -> Result<&'a str> {
    match text.rsplit_once(':') {
        None => Ok(text),
        Some((account, id)) if account == own => Ok(id),
        Some(_) => Err(Fault::denied()),
    }
}

fn malformed(text: &str) -> Fault {
    Fault::invalid(format!("malformed item id: {text}"))
}

pub fn item_id(text: &str, own: &str) -> Result<ItemId> {
    local(text, own)?.parse().map(ItemId).map_err(|_| malformed(text))
}

/// A negative number is a folder that can't exist, not a malformed one.
pub fn folder_id(text: &str, own: &str) -> Result<ItemId> {
    let id: i64 = local(text, own)?.parse().map_err(|_| malformed(text))?;
    u32::try_from(id).map(ItemId).map_err(|_| Fault::no_such("folder", text))
}

/// As [`folder_id`], for tags.
pub fn tag_id(text: &str, own: &str) -> Result<ItemId> {
    let id: i64 = local(text, own)?.parse().map_err(|_| malformed(text))?;
    u32::try_from(id).map(ItemId).map_err(|_| Fault::no_such("tag", text))
}

/// A message's id, and the part that may be named with it (`257-2.1`).
pub fn message_id(text: &str, own: &str) -> Result<ItemId> {
    item_id(text, own)
}

/// A real conversation, or minus the id of the message that is alone in one.
pub fn conversation_id(text: &str, own: &str) -> Result<i64> {
    let id: i64 = local(text, own)?.parse().map_err(|_| malformed(text))?;
    if id != 0 && id.unsigned_abs() <= u64::from(u32::MAX) { Ok(id) } else { Err(Fault::no_such("conversation", text)) }
}

/// The ids of a list, as they were spelled and in order.
pub fn id_list(element: &Element) -> Result<Vec<String>> {
    let text = element.need_filled("id")?;
    let ids: Vec<String> = text.split(',').map(str::to_owned).collect();
    if ids.len() > IDS_MAX {
        return Err(Fault::invalid(format!("more than {IDS_MAX} ids")));
    }
    Ok(ids)
}
