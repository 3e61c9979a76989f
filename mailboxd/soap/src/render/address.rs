// SPDX-License-Identifier: AGPL-3.0-or-later
//! `<e t="f" a="ann@example.test" d="Ann" p="Ann Other"/>`

use crate::element::Element;
use mailbox::Address;

/// What a list shows of somebody: the first word of the name, or the address up to the "@".
pub fn display(address: &str, name: Option<&str>) -> String {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    match name {
        // "Other, Ann" sorts by family name; people are called by the given one.
        Some(name) => match name.split_once(',') {
            Some((_, given)) if !given.trim().is_empty() => first_word(given),
            _ => first_word(name),
        },
        None => address.split('@').next().unwrap_or(address).to_owned(),
    }
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().trim_matches(|c| c == '"' || c == '\'').to_owned()
}

fn element(kind: &str, address: &str, name: Option<&str>) -> Element {
    Element::new("e")
        .attr("a", address)
        .attr("d", display(address, name))
        .attr_opt("p", name.filter(|name| !name.is_empty()))
        .attr("t", kind)
}

pub fn email(kind: &str, address: &Address) -> Element {
    element(kind, &address.address, address.name.as_deref())
}

pub fn mailbox_email(kind: &str, mailbox: &mime::Mailbox) -> Element {
    element(kind, &mailbox.address, mailbox.name.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_lists() {
        assert_eq!(display("ann@x", Some("Ann Other")), "Ann");
        assert_eq!(display("ann@x", Some("Other, Ann B.")), "Ann");
        assert_eq!(display("ann@x", Some("  ")), "ann");
        assert_eq!(display("ann@x", None), "ann");
        assert_eq!(display("", None), "");
    }
}
