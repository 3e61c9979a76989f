// SPDX-License-Identifier: AGPL-3.0-or-later
//! vCard, CSV, and the delimited fields that scripts take apart without a parser.

use mailbox::{Item, Kind, Mailbox};

pub fn vcards(mailbox: &Mailbox, items: &[Item]) -> mailbox::Result<String> {
    let mut out = String::new();
    for item in items.iter().filter(|item| item.kind == Kind::Contact) {
        out.push_str(&mime::write_vcard(&mailbox.contact_card(item)?));
    }
    Ok(out)
}

pub fn csv(mailbox: &Mailbox, items: &[Item]) -> mailbox::Result<String> {
    let contacts = items.iter().filter(|item| item.kind == Kind::Contact);
    let cards = contacts.map(|item| mailbox.contact_card(item)).collect::<mailbox::Result<Vec<_>>>()?;
    Ok(mime::write_csv(&cards))
}

pub const DELIMITED: &str = "text/x-zimbra-delimitted-fields";
/// Behind each name and each value, and behind each contact: separators of ASCII, which no value has.
const FIELD: char = '\u{1e}';
const CONTACT: char = '\u{1d}';

pub fn delimited(mailbox: &Mailbox, items: &[Item]) -> mailbox::Result<String> {
    let mut out = String::new();
    for item in items.iter().filter(|item| item.kind == Kind::Contact) {
        let card = mailbox.contact_card(item)?;
        let id = ("id".to_owned(), item.id.to_string());
        for text in std::iter::once(&id).chain(&card.attrs).flat_map(|(name, value)| [name, value]) {
            out.extend(text.chars().filter(|c| ![FIELD, CONTACT].contains(c)));
            out.push(FIELD);
        }
        out.push(CONTACT);
    }
    Ok(out)
}
