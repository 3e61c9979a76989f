// SPDX-License-Identifier: AGPL-3.0-or-later
//! Header fields of a message as IMAP's SEARCH compares them. One place for what is indexed and for what is looked at, so
//! that both ways give one answer.

use index::Header;
use metadata::{Address, Detail, Item, MessageDetail};

const HEADERS: [Header; 5] = [Header::Subject, Header::From, Header::To, Header::Cc, Header::Bcc];

/// Whether a text of the field holds `text`, which is in lower case.
pub fn header_holds(item: &Item, header: Header, text: &str) -> bool {
    let Detail::Message(detail) = &item.detail else { return false };
    match people(detail, header) {
        Some(people) => people.iter().any(|address| person(address).contains(text)),
        None => item.subject.to_lowercase().contains(text),
    }
}

/// All that [`header_holds`] looks at.
pub(crate) fn headers(item: &Item) -> Vec<(Header, String)> {
    let Detail::Message(detail) = &item.detail else { return Vec::new() };
    let mut out = Vec::new();
    for header in HEADERS {
        match people(detail, header) {
            Some(people) => out.extend(people.iter().map(|address| (header, person(address)))),
            None => out.push((header, item.subject.to_lowercase())),
        }
    }
    out
}

fn people(detail: &MessageDetail, header: Header) -> Option<&[Address]> {
    match header {
        Header::From => Some(&detail.from),
        Header::To => Some(&detail.to),
        Header::Cc => Some(&detail.cc),
        Header::Bcc => Some(&detail.bcc),
        Header::Subject => None,
    }
}

/// As it would stand in a header field.
fn person(address: &Address) -> String {
    match &address.name {
        Some(name) => format!("{name} <{}>", address.address).to_lowercase(),
        None => address.address.to_lowercase(),
    }
}
