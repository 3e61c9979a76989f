// SPDX-License-Identifier: AGPL-3.0-or-later
//! vCard and CSV.

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
