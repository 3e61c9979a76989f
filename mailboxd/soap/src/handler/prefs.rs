// SPDX-License-Identifier: AGPL-3.0-or-later
//! Preferences are the account's attributes `zimbraPref*`: the owner reads and writes them.

mod known;

pub use known::check as check_value;

use crate::context::Context;
use crate::element::Element;
use crate::fault::{Fault, Result};
use directory::{Account, Attrs, token};

const PREFIX: &str = "zimbraPref";
const VALUES_MAX: usize = 200;
const VALUE_BYTES_MAX: usize = 64 << 10;

pub async fn get(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?;
    let names: Vec<String> = request.named("pref").filter_map(|pref| pref.get("name")).collect();
    let prefs = prefs_element(account, Some(&names).filter(|names| !names.is_empty()));
    Ok(Element { pairs: prefs.pairs, ..Element::answer_to(request) })
}

pub async fn modify(context: &Context, request: &Element) -> Result<Element> {
    let account = context.target()?.clone();
    let listed =
        request.named("pref").map(|pref| pref.need("name").map(|name| (name, pref.text_or_empty().to_owned())));
    let paired = request.pairs.iter().map(|pair| Ok((pair.name.clone(), pair.value.clone())));
    let mut changes = Attrs::new();
    for change in listed.chain(paired) {
        let (name, value) = change?;
        apply(&account, &mut changes, &name, value)?;
    }
    context.state.directory.modify_account(&account.id, changes)?;
    Ok(Element::answer_to(request))
}

/// `name` sets (again: adds a value), `+name` adds one, `-name` removes one.
fn apply(account: &Account, changes: &mut Attrs, name: &str, value: String) -> Result<()> {
    let (sign, bare) = match name.split_at_checked(1) {
        Some((sign @ ("+" | "-"), bare)) => (sign, bare),
        _ => ("", name),
    };
    if !bare.starts_with(PREFIX) || bare.len() > 128 || !bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Fault::invalid(format!("pref name must start with {PREFIX}: {bare}")));
    }
    if value.len() > VALUE_BYTES_MAX {
        return Err(Fault::new("account.INVALID_ATTR_VALUE", format!("value of {bare} is too long")));
    }
    let base = || if sign.is_empty() { Vec::new() } else { account.attrs.get(bare).cloned().unwrap_or_default() };
    if sign != "-" {
        check_value(bare, &value)?;
    }
    let values = changes.entry(bare.to_owned()).or_insert_with(base);
    match sign {
        "-" => values.retain(|kept| *kept != value),
        _ if value.is_empty() => values.clear(),
        _ if values.contains(&value) => {}
        _ => values.push(value),
    }
    if values.len() > VALUES_MAX {
        return Err(Fault::new("account.INVALID_ATTR_VALUE", format!("{bare} has too many values")));
    }
    Ok(())
}

/// Scripts of administrators are not shown to whom they filter for; the owner's own are shown as rules.
fn is_script(name: &str) -> bool {
    name.contains("SieveScript")
}

/// Those that are set and those that hold without it, by name.
pub fn prefs_element(account: &Account, only: Option<&Vec<String>>) -> Element {
    let default = |(name, value): (&str, &str)| (name.to_owned(), vec![value.to_owned()]);
    let mut prefs: std::collections::BTreeMap<String, Vec<String>> = known::defaults().map(default).collect();
    let set = account.attrs.iter().filter(|(name, _)| name.starts_with(PREFIX));
    prefs.extend(set.map(|(name, values)| (name.clone(), values.clone())));
    let mut element = Element::new("prefs");
    for (name, values) in prefs.iter().filter(|(name, _)| only.is_none_or(|only| only.contains(name))) {
        for value in values {
            element = element.pair("pref", "name", name, value);
        }
    }
    element
}

/// What the owner may see of the account, besides preferences.
pub fn attrs_of(account: &Account, host: &str) -> Attrs {
    let secret = |name: &str| {
        let name_lower = name.to_ascii_lowercase();
        name_lower.contains("password") && !name_lower.starts_with("zimbrapassword")
            || name_lower.contains("secret")
            || token::is_private_attr(name)
    };
    let mut attrs: Attrs = account
        .attrs
        .iter()
        .filter(|(name, _)| !name.starts_with(PREFIX) && !secret(name))
        .map(|(name, values)| (name.clone(), values.clone()))
        .collect();
    attrs.entry("zimbraId".into()).or_insert_with(|| vec![account.id.clone()]);
    attrs.entry("zimbraMailHost".into()).or_insert_with(|| vec![host.to_owned()]);
    attrs.entry("zimbraMailAlias".into()).or_insert_with(|| account.aliases.clone());
    attrs.entry("zimbraMailDeliveryAddress".into()).or_insert_with(|| vec![account.name.clone()]);
    attrs.entry("zimbraAccountStatus".into()).or_insert_with(|| vec!["active".into()]);
    if account.is_admin {
        attrs.entry("zimbraIsAdminAccount".into()).or_insert_with(|| vec!["TRUE".into()]);
    }
    attrs
}

pub fn attrs_element(attrs: &Attrs, only: Option<&Vec<String>>) -> Element {
    let mut element = Element::new("attrs");
    let wanted = |name: &String| only.is_none_or(|only| only.contains(name)) && !is_script(name);
    for (name, values) in attrs.iter().filter(|(name, _)| wanted(name)) {
        for value in values {
            element = element.pair("attr", "name", name, value);
        }
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        let attrs = Attrs::from([
            ("zimbraPrefX".to_owned(), vec!["1".to_owned(), "2".to_owned()]),
            ("userPassword".to_owned(), vec!["hash".to_owned()]),
        ]);
        Account { id: "i".into(), name: "a@b".into(), attrs, ..Account::default() }
    }

    fn changed(changes: &[(&str, &str)]) -> Result<Vec<String>> {
        let mut attrs = Attrs::new();
        for (name, value) in changes {
            apply(&account(), &mut attrs, name, (*value).into())?;
        }
        Ok(attrs.remove("zimbraPrefX").unwrap_or_default())
    }

    #[test]
    fn signs() {
        assert_eq!(changed(&[("zimbraPrefX", "9")]).unwrap(), ["9"]);
        assert_eq!(changed(&[("zimbraPrefX", "8"), ("zimbraPrefX", "9")]).unwrap(), ["8", "9"]);
        assert_eq!(changed(&[("+zimbraPrefX", "3")]).unwrap(), ["1", "2", "3"]);
        assert_eq!(changed(&[("-zimbraPrefX", "1")]).unwrap(), ["2"]);
        assert!(changed(&[("zimbraPrefX", "")]).unwrap().is_empty());
        for bad in ["zimbraIsAdminAccount", "+userPassword", "", "+", "é"] {
            assert_eq!(changed(&[(bad, "TRUE")]).unwrap_err().code, "service.INVALID_REQUEST");
        }
    }

    #[test]
    fn secrets_stay() {
        assert!(!attrs_of(&account(), "h").contains_key("userPassword"));
    }
}
